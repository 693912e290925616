// For tests: runs kernels on random data and compares what they wrote; makes random nests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "loop/interpret.h"
#include "loop/ir.h"

namespace midge::loop::testing {

// What the kernel's outputs hold after a run on inputs made from `seed`, or the interpreter's complaint.
inline Result<std::vector<std::vector<uint8_t>>> outputs(const Kernel& kernel, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::vector<uint8_t>> bytes(kernel.buffers.size()), result;
  for (const Memory memory : {Memory::kInput, Memory::kOutput, Memory::kScratch}) {
    for (size_t i = 0; i < bytes.size(); ++i) {
      if (kernel.buffers[i].memory != memory) continue;
      bytes[i].resize(static_cast<size_t>(byte_span(kernel.buffers[i])));
      for (uint8_t& byte : bytes[i]) byte = static_cast<uint8_t>(random());
    }
  }
  std::vector<std::span<uint8_t>> memory(bytes.begin(), bytes.end());
  MIDGE_TRY(interpret(kernel, memory));
  for (size_t i = 0; i < bytes.size(); ++i)
    if (kernel.buffers[i].memory == Memory::kOutput) result.push_back(bytes[i]);
  return result;
}

// Both kernels run without complaint and write the same.
inline ::testing::AssertionResult same_results(const Kernel& before, const Kernel& after, uint32_t seed = 1) {
  const auto valid = verify(after);
  if (!valid) return ::testing::AssertionFailure() << valid.error().message << "\n" << print(after);
  const auto a = outputs(before, seed), b = outputs(after, seed);
  if (!a) return ::testing::AssertionFailure() << "before: " << a.error().message << "\n" << print(before);
  if (!b) return ::testing::AssertionFailure() << "after: " << b.error().message << "\n" << print(after);
  if (*a == *b) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "results differ\n" << print(before) << print(after);
}

// Property tests start at this seed and take that many; MIDGE_TEST_SEED replays one, MIDGE_TEST_COUNT runs
// more.
inline uint32_t number_from(const char* name, uint32_t usual) {
  const char* given = std::getenv(name);
  return given ? static_cast<uint32_t>(std::strtoul(given, nullptr, 10)) : usual;
}
inline uint32_t first_seed() {
  return number_from("MIDGE_TEST_SEED", 1);
}
inline uint32_t seed_count(uint32_t usual) {
  return number_from("MIDGE_TEST_COUNT", std::getenv("MIDGE_TEST_SEED") ? 1 : usual);
}

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  int64_t pick(int64_t low, int64_t high) {  // inclusive
    return low + static_cast<int64_t>(engine_() % static_cast<uint64_t>(high - low + 1));
  }
  bool chance(int percent) { return pick(0, 99) < percent; }

 private:
  std::mt19937 engine_;
};

inline std::shared_ptr<const std::vector<uint8_t>> random_bytes(Random& random, int64_t count) {
  auto bytes = std::make_shared<std::vector<uint8_t>>(static_cast<size_t>(count));
  for (uint8_t& byte : *bytes) byte = static_cast<uint8_t>(random.pick(0, 255));
  return bytes;
}

inline BufferId add(Kernel& kernel, const char* name, DType dtype, Shape shape, Memory memory) {
  return kernel.add_buffer(
      {.name = name, .dtype = dtype, .shape = std::move(shape), .memory = memory, .strides = {}, .data = {}});
}

inline BufferId add_const(Kernel& kernel, Random& random, const char* name, DType dtype, Shape shape) {
  auto data = random_bytes(random, *element_count(shape) * size_of(dtype));
  return kernel.add_buffer({.name = name,
                            .dtype = dtype,
                            .shape = std::move(shape),
                            .memory = Memory::kConst,
                            .strides = {},
                            .data = std::move(data)});
}

inline Expr index(VarId id) {
  return var(id, DType::kI32);
}

// Golden files: a kernel, a line of "====", and what `outcome` makes of the kernel's text.
// MIDGE_REWRITE_GOLDEN=1 rewrites what is expected.
inline void check_golden(const std::string& folder,
                         const std::function<std::string(const std::string&)>& outcome) {
  constexpr std::string_view kSeparator = "====\n";
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  EXPECT_FALSE(paths.empty()) << folder;
  for (const std::filesystem::path& path : paths) {
    SCOPED_TRACE(path.string());
    std::ifstream file(path, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    const size_t cut = std::min(content.find(kSeparator), content.size());
    const std::string text = content.substr(0, cut), actual = outcome(text);
    if (std::getenv("MIDGE_REWRITE_GOLDEN")) {
      std::ofstream(path, std::ios::binary) << text << kSeparator << actual;
      continue;
    }
    EXPECT_EQ(actual, cut < content.size() ? content.substr(cut + kSeparator.size()) : "");
  }
}

}  // namespace midge::loop::testing
