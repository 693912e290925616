// Good files, cut short or with one field changed: whatever comes of it, the importer answers, soon and in
// little memory. Memory is limited for the whole process (not under address sanitizer, which reserves
// terabytes), and so is its processor time, so that a hang ends.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>

#include "base/file.h"
#include "import/model_testing.h"
#include "import/tflite.h"

namespace midge::import {
namespace {

using Bytes = std::vector<uint8_t>;

class DamagedModels : public testing::Test {
 protected:
  void SetUp() override {
#ifndef __SANITIZE_ADDRESS__
    const rlimit limit{rlim_t{1} << 30, rlim_t{1} << 30};
    ASSERT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
#endif
    const rlimit seconds{200, 200};  // of processor time: a busy machine does not matter
    ASSERT_EQ(setrlimit(RLIMIT_CPU, &seconds), 0);
  }
};

Bytes load(const std::filesystem::path& path) {
  Result<Bytes> bytes = read_file(path);
  EXPECT_TRUE(bytes.has_value()) << path;
  return bytes.has_value() ? *bytes : Bytes{};
}

// The sine network and one case per operator.
std::vector<Bytes> good_files() {
  std::vector<Bytes> files = {small_conv_model().bytes(), load("models/sine/sine.tflite")};
  for (const auto& folder : std::filesystem::directory_iterator("test/conformance/cases")) {
    std::filesystem::path first;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().extension() == ".tflite" && (first.empty() || entry.path() < first))
        first = entry.path();
    files.push_back(load(first));
  }
  return files;
}

void expect_answer(const Bytes& bytes) {
  const Result<graph::Graph> graph = import_tflite(bytes, "damaged");
  if (graph.has_value()) return;  // a field that does not matter, or another good model
  ASSERT_EQ(graph.error().kind, ErrorKind::kModel);
  ASSERT_FALSE(graph.error().message.empty());
  ASSERT_EQ(graph.error().message.find('\n'), std::string::npos) << graph.error().message;
}

void expect_refused_when_cut(const Bytes& whole, size_t step) {
  for (size_t length = 0; length < whole.size(); length += step)
    ASSERT_FALSE(import_tflite(std::span(whole).first(length), "cut").has_value()) << "at " << length;
}

TEST_F(DamagedModels, CutAtEveryByte) {
  expect_refused_when_cut(load("models/sine/sine.tflite"), 1);
}

TEST_F(DamagedModels, LargeModelsCutAtEveryThousandthByte) {
  const std::filesystem::path folder = "../shared/models";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no MLPerf Tiny models at " << folder;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().string());
    expect_refused_when_cut(load(entry.path()), 1000);
  }
}

// Inputs with which the fuzzer once broke something; the name says what was wrong. As there, what is accepted
// must survive the text form.
TEST_F(DamagedModels, FuzzerFindings) {
  for (const auto& entry : std::filesystem::directory_iterator("test/error/findings")) {
    SCOPED_TRACE(entry.path().string());
    const Bytes bytes = load(entry.path());
    expect_answer(bytes);
    const Result<graph::Graph> graph = import_tflite(bytes, "finding");
    if (!graph.has_value()) continue;
    const Result<graph::Graph> again = graph::parse(graph::print(*graph));
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_EQ(graph::print(*again), graph::print(*graph));
  }
}

TEST_F(DamagedModels, EveryByteChanged) {
  for (const Bytes& good : good_files()) {
    Bytes bytes = good;
    for (uint8_t& byte : bytes) {
      const uint8_t right = byte;
      for (const int wrong : {0, 1, 0x7f, 0x80, 0xff, right + 1, right - 1, right ^ 0x40}) {
        byte = static_cast<uint8_t>(wrong);
        expect_answer(bytes);
      }
      byte = right;
    }
  }
}

TEST_F(DamagedModels, EveryWordChanged) {
  for (const Bytes& good : good_files()) {
    Bytes bytes = good;
    const auto size = static_cast<uint32_t>(bytes.size());
    for (size_t at = 0; at + 4 <= bytes.size(); at += 4) {
      uint32_t right;
      std::memcpy(&right, bytes.data() + at, 4);
      for (const uint32_t wrong : {0u, 1u, 2u, 3u, 1u << 16, 0x7fffffffu, 0x80000000u, 0xffffffffu, size,
                                   size - 4, right + 4, right - 4, right * 2, ~right}) {
        std::memcpy(bytes.data() + at, &wrong, 4);
        expect_answer(bytes);
      }
      std::memcpy(bytes.data() + at, &right, 4);
    }
  }
}

}  // namespace
}  // namespace midge::import
