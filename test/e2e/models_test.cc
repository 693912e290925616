// The MLPerf Tiny reference models on every board: each int8 model gives TensorFlow Lite Micro's bytes,
// output and every layer; the float ones are within tolerance of LiteRT's recorded outputs.
#include "support/models.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <charconv>

#include "base/file.h"

namespace midge::test {
namespace {

const char* const kInt8Models[] = {"ad01_int8", "kws_ref_model", "pretrainedResnet_quant", "str_ww_ref_model",
                                   "vww_96_int8"};
const char* const kFloatModels[] = {"ad01_fp32", "kws_ref_model_float32", "pretrainedResnet", "vww_96_float"};

// "CONV_2D#3" → 3.
int operator_index(const std::string& source) {
  int index = -1;
  const size_t hash = source.rfind('#');
  if (hash != std::string::npos)
    std::from_chars(source.data() + hash + 1, source.data() + source.size(), index);
  return index;
}

Bytes must_read(const std::filesystem::path& file) {
  auto bytes = read_file(file);
  EXPECT_TRUE(bytes.has_value()) << file;
  return bytes.value_or(Bytes());
}

// kws_ref_model_float32 stores int8 weights: LiteRT then quantises activations as it runs, which Midge does
// not (weights become float when the model is read). Its reference is LiteRT's output with the same weights
// stored as float.
std::string float_golden(const std::string& model) {
  return model + (model == "kws_ref_model_float32" ? ".float_weights.out.bin" : ".out.bin");
}

class Models : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (shared_dir().empty()) GTEST_SKIP() << "../shared is absent: the MLPerf Tiny models are not tested";
  }

  measure::Outcome run(const std::vector<compile::Program>& programs, const std::vector<measure::Run>& runs) {
    const auto board = board::find_board(GetParam(), {});
    EXPECT_TRUE(board.has_value()) << board.error().message;
    const auto image = measure::Image::build(*board, programs);
    EXPECT_TRUE(image.has_value()) << image.error().message;
    if (!image) return {};
    auto outcome = image->run(runs);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
    return outcome.value_or(measure::Outcome());
  }
};

TEST_P(Models, Int8OutputsAndLayersAreTensorFlowLitesBytes) {
  const auto shared = shared_dir();
  std::vector<compile::Program> programs;
  std::vector<measure::Run> runs;
  std::vector<std::vector<std::filesystem::path>> expected;  // per run, per graph output
  for (const char* model : kInt8Models) {
    const auto file = shared / "models" / (std::string(model) + ".tflite");
    const Bytes input = must_read(shared / "golden" / (std::string(model) + ".in.bin"));
    for (const bool keep_layers : {false, true}) {
      auto program =
          compile_file(file, fmt::format("{}{}", model, keep_layers ? "_layers" : ""), keep_layers);
      ASSERT_TRUE(program.has_value()) << program.error().message;
      std::vector<std::filesystem::path> files;
      for (ValueId id : program->graph.outputs) {
        const NodeId node = graph::producer(program->graph, id);
        files.push_back(
            shared / "golden" / "layers" /
            fmt::format("{}.op{:02}.bin", model, operator_index(program->graph.node(node).source)));
      }
      expected.push_back(std::move(files));
      runs.push_back({programs.size(), {input}});
      programs.push_back(std::move(*program));
    }
  }
  const measure::Outcome outcome = run(programs, runs);
  ASSERT_EQ(outcome.outputs.size(), runs.size());
  int layers = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    const graph::Graph& graph = programs[i].graph;
    for (size_t o = 0; o < graph.outputs.size(); ++o, ++layers)
      EXPECT_EQ(difference(graph.value(graph.outputs[o]), outcome.outputs[i][o], must_read(expected[i][o])),
                "")
          << expected[i][o].filename();
  }
  EXPECT_GE(layers, 84);  // 79 operators and five outputs
}

Bytes float_input(const graph::Value& value) {
  Bytes input;
  const int64_t elements = element_count(value.shape).value_or(0);
  for (int64_t i = 0; i < elements; ++i) {
    const float x = static_cast<float>((i * 37 + 11) & 0xff) / 255.0f;
    const auto* raw = reinterpret_cast<const uint8_t*>(&x);
    input.insert(input.end(), raw, raw + sizeof x);
  }
  return input;
}

// One image each: together their weights are larger than some boards' flash.
TEST_P(Models, FloatOutputsAreLiteRts) {
  for (const char* model : kFloatModels) {
    auto program = compile_file(shared_dir() / "models" / (std::string(model) + ".tflite"), model);
    ASSERT_TRUE(program.has_value()) << program.error().message;
    const graph::Graph graph = program->graph;
    const measure::Outcome outcome = run({*program}, {{0, {float_input(graph.value(graph.inputs[0]))}}});
    ASSERT_EQ(outcome.outputs.size(), 1u);
    const Bytes expected = must_read(source_dir() / "test/conformance/float_golden" / float_golden(model));
    EXPECT_EQ(difference(graph.value(graph.outputs[0]), outcome.outputs[0][0], expected, 1e-4), "") << model;
  }
}

INSTANTIATE_TEST_SUITE_P(Boards, Models, testing::ValuesIn(all_boards()), [](const auto& tested) {
  std::string name = tested.param;
  for (char& c : name)
    if (c == '-') c = '_';
  return name;
});

}  // namespace
}  // namespace midge::test
