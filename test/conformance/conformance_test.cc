// Every operator case of cases.json: the emitted C gives the oracle's result, on the host and on an emulated
// board.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "support/models.h"

namespace midge::test {
namespace {

struct Case {
  std::string name;
  double tolerance = 0;
  compile::Program program;
  std::vector<Bytes> inputs, expected;
};

struct Listed {
  std::string name, operator_name;
  double tolerance = 0;
};

std::vector<Listed> listed_cases() {
  const auto text = read_text_file(source_dir() / "test/conformance/cases.json");
  if (!text) return {};
  std::vector<Listed> cases;
  const nlohmann::json list = nlohmann::json::parse(*text);
  for (const auto& entry : list.at("cases"))
    cases.push_back({entry.at("name"), entry.at("operator"), entry.at("tolerance")});
  return cases;
}

std::vector<std::string> operators() {
  std::vector<std::string> names;
  for (const Listed& listed : listed_cases())
    if (names.empty() || names.back() != listed.operator_name) names.push_back(listed.operator_name);
  return names;
}

// Compiles one case; reports what is wrong and returns nothing if that fails.
std::optional<Case> load(const Listed& listed, size_t index) {
  const auto stem = source_dir() / "test/conformance/cases" / listed.name;
  auto program = compile_file(stem.string() + ".tflite", fmt::format("case_{}", index));
  const auto input = read_file(stem.string() + ".in.bin");
  const auto output = read_file(stem.string() + ".out.bin");
  if (!program || !input || !output) {
    ADD_FAILURE() << listed.name << ": " << (program ? "its data cannot be read" : program.error().message);
    return std::nullopt;
  }
  const auto inputs = cut(program->graph, program->graph.inputs, *input);
  const auto expected = cut(program->graph, program->graph.outputs, *output);
  if (!inputs || !expected) {
    ADD_FAILURE() << listed.name << ": the recorded bytes do not fit the model's inputs and outputs";
    return std::nullopt;
  }
  return Case{listed.name, listed.tolerance, std::move(*program), *inputs, *expected};
}

class Conformance : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(Conformance, EqualsTheOracle) {
  const auto& [board_name, operator_name] = GetParam();
  std::vector<Case> cases;
  std::vector<compile::Program> programs;
  std::vector<measure::Run> runs;
  for (const Listed& listed : listed_cases()) {
    if (listed.operator_name != operator_name) continue;
    auto loaded = load(listed, programs.size());
    if (!loaded) continue;
    runs.push_back({programs.size(), loaded->inputs});
    programs.push_back(loaded->program);
    cases.push_back(std::move(*loaded));
  }
  const auto board = board::find_board(board_name, {});
  ASSERT_TRUE(board.has_value()) << board.error().message;
  board::BuildOptions options;
  options.flags = {"-O1"};
  const auto image = measure::Image::build(*board, programs, options);
  ASSERT_TRUE(image.has_value()) << image.error().message;
  const auto outcome = image->run(runs);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  for (size_t i = 0; i < cases.size(); ++i) {
    const graph::Graph& graph = cases[i].program.graph;
    for (size_t o = 0; o < graph.outputs.size(); ++o)
      EXPECT_EQ(difference(graph.value(graph.outputs[o]), outcome->outputs[i][o], cases[i].expected[o],
                           cases[i].tolerance),
                "")
          << cases[i].name;
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, Conformance,
                         testing::Combine(testing::Values("host", "mps2-an386"),
                                          testing::ValuesIn(operators())),
                         [](const auto& tested) {
                           std::string name =
                               fmt::format("{}_{}", std::get<0>(tested.param), std::get<1>(tested.param));
                           for (char& c : name)
                             if (c == '-') c = '_';
                           return name;
                         });

}  // namespace
}  // namespace midge::test
