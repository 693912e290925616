// What every phase of the compiler makes of a few small models, as text:
// test/golden/phases/<model>/<phase>.txt. MIDGE_REWRITE_GOLDEN=1 writes the files anew; the diff is then to
// be read like any other change.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "emit/emit.h"
#include "import/tflite.h"
#include "support/models.h"

namespace midge::test {
namespace {

struct Model {
  const char* name;
  const char* file;
};

// A convolution with borders, a network of dense layers, a requantisation fused behind an addition, a view.
constexpr Model kModels[] = {
    {"sine", "models/sine/sine.tflite"},
    {"conv", "test/conformance/cases/conv_2d/int8_same_3x3.tflite"},
    {"softmax", "test/conformance/cases/softmax/int8_rank2.tflite"},
    {"add", "test/conformance/cases/add/int8_same_shape.tflite"},
};

class Phases : public testing::TestWithParam<Model> {};

void expect_golden(std::string_view phase, const std::string& model, const std::string& text) {
  const auto file = source_dir() / "test/golden/phases" / model / (std::string(phase) + ".txt");
  if (std::getenv("MIDGE_REWRITE_GOLDEN")) {
    std::filesystem::create_directories(file.parent_path());
    ASSERT_TRUE(write_file(file, text).has_value()) << file;
  }
  const auto expected = read_text_file(file);
  ASSERT_TRUE(expected.has_value()) << file << " is missing; MIDGE_REWRITE_GOLDEN=1 makes it";
  EXPECT_EQ(text, *expected) << file;
}

TEST_P(Phases, EachMakesTheRecordedText) {
  const auto bytes = read_file(source_dir() / GetParam().file);
  ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
  auto graph = import::import_tflite(*bytes, GetParam().name);
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  compile::Options options;
  options.name = GetParam().name;
  std::vector<std::string> seen;
  options.after_phase = [&](std::string_view phase, const std::function<std::string()>& text) {
    seen.emplace_back(phase);
    expect_golden(phase, GetParam().name, text());
  };
  const auto program = compile::compile(std::move(*graph), options);
  ASSERT_TRUE(program.has_value()) << program.error().message;
  const auto names = compile::phase_names();
  EXPECT_EQ(seen, std::vector<std::string>(names.begin(), names.end()));
  std::string emitted;
  for (const emit::File& file : emit::emit(*program))
    emitted += fmt::format("==> {}\n{}\n", file.name, file.text);
  expect_golden("emit", GetParam().name, emitted);
}

INSTANTIATE_TEST_SUITE_P(Models, Phases, testing::ValuesIn(kModels),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace midge::test
