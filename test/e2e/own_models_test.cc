// The models in models/: the picture classifier's accuracy and bytes, the regression on the smallest board.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/process.h"
#include "support/models.h"

namespace midge::test {
namespace {

constexpr size_t kImages = 1000, kPixels = 28 * 28, kClasses = 10;

Bytes must_read(const std::filesystem::path& file) {
  const auto bytes = read_file(file);
  EXPECT_TRUE(bytes.has_value()) << file;
  return bytes.value_or(Bytes());
}

Bytes unzipped(const std::filesystem::path& file) {
  const auto outcome = run_process({.command = {"gzip", "-dc", file.string()}});
  EXPECT_TRUE(outcome.has_value() && outcome->succeeded()) << file;
  return outcome ? Bytes(outcome->output.begin(), outcome->output.end()) : Bytes();
}

// The network's output for every run, on `board`.
std::vector<Bytes> outputs_on(const std::string& board_name, const compile::Program& program,
                              const std::vector<Bytes>& inputs) {
  const auto board = board::find_board(board_name, {});
  EXPECT_TRUE(board.has_value()) << board.error().message;
  const auto image = measure::Image::build(*board, {&program, 1});
  EXPECT_TRUE(image.has_value()) << image.error().message;
  if (!image) return {};
  std::vector<measure::Run> runs;
  for (const Bytes& input : inputs) runs.push_back({0, {input}});
  const auto outcome = image->run(runs);
  EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
  std::vector<Bytes> outputs;
  if (outcome)
    for (const auto& tensors : outcome->outputs) outputs.push_back(tensors[0]);
  return outputs;
}

std::vector<Bytes> fashion_inputs() {
  const Bytes pixels = unzipped(source_dir() / "models/fashion/test_1000.images.gz");
  EXPECT_EQ(pixels.size(), kImages * kPixels);
  std::vector<Bytes> inputs;
  for (size_t i = 0; i + kPixels <= pixels.size(); i += kPixels) {
    Bytes input;
    // The input's scale is 1/255 and its zero point -128: the code of pixel / 255 is pixel - 128.
    for (size_t p = 0; p < kPixels; ++p) input.push_back(static_cast<uint8_t>(pixels[i + p] - 128));
    inputs.push_back(std::move(input));
  }
  return inputs;
}

size_t best_class(const Bytes& scores) {
  size_t best = 0;
  for (size_t i = 1; i < scores.size(); ++i)
    if (static_cast<int8_t>(scores[i]) > static_cast<int8_t>(scores[best])) best = i;
  return best;
}

TEST(Fashion, ThousandImagesOnTheHost) {
  const auto folder = source_dir() / "models/fashion";
  const auto program = compile_file(folder / "fashion.tflite", "fashion");
  ASSERT_TRUE(program.has_value()) << program.error().message;
  const std::vector<Bytes> outputs = outputs_on("host", *program, fashion_inputs());
  ASSERT_EQ(outputs.size(), kImages);
  const Bytes labels = must_read(folder / "test_1000.labels.bin"),
              litert = must_read(folder / "test_1000.litert.bin"),
              micro = must_read(folder / "test_1000.micro_out.bin");
  ASSERT_EQ(micro.size(), kImages * kClasses);
  size_t correct = 0;
  for (size_t i = 0; i < kImages; ++i) {
    EXPECT_EQ(outputs[i], Bytes(micro.begin() + i * kClasses, micro.begin() + (i + 1) * kClasses))
        << "image " << i;
    EXPECT_EQ(best_class(outputs[i]), litert[i]) << "image " << i;
    correct += best_class(outputs[i]) == labels[i];
  }
  EXPECT_GE(correct, 900u);
}

TEST(Fashion, FirstImagesOnTheEmulatedCortexM7) {
  const auto program = compile_file(source_dir() / "models/fashion/fashion.tflite", "fashion");
  ASSERT_TRUE(program.has_value()) << program.error().message;
  std::vector<Bytes> inputs = fashion_inputs();
  inputs.resize(20);
  EXPECT_EQ(outputs_on("mps2-an500", *program, inputs), outputs_on("host", *program, inputs));
}

TEST(Sine, EveryPointOnAMicrobit) {
  const auto folder = source_dir() / "models/sine";
  const auto program = compile_file(folder / "sine.tflite", "sine");
  ASSERT_TRUE(program.has_value()) << program.error().message;
  std::vector<Bytes> inputs, expected;
  for (uint8_t x : must_read(folder / "sine.in.bin")) inputs.push_back({x});
  for (uint8_t y : must_read(folder / "sine.out.bin")) expected.push_back({y});
  ASSERT_GE(inputs.size(), 30u);
  EXPECT_EQ(outputs_on("microbit", *program, inputs), expected);
}

}  // namespace
}  // namespace midge::test
