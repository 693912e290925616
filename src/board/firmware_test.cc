// Every board, end to end: small networks written by hand, built, run, and made to fail.
#include "board/firmware.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/file.h"
#include "base/process.h"
#include "board/tools.h"

namespace midge::board {
namespace {

namespace fs = std::filesystem;

// Networks of 8 bytes in and 8 bytes out: some that work, and one for each way to die.
constexpr std::string_view kNetworks = R"(
#include <string.h>
#include "midge_runner.h"

extern const int8_t factors[8];
static uint32_t calls = 40;  /* .data */
static uint32_t zero;        /* .bss */

__attribute__((noinline)) static void scale(const volatile int8_t *from, volatile int8_t *to) {
  for (int i = 0; i < 8; ++i) to[i] = (int8_t)(from[i] * factors[i]);
}
static void twice(void *arena) {
  volatile int8_t copy[8];
  for (int i = 0; i < 8; ++i) copy[i] = ((int8_t *)arena)[i];
  scale(copy, (int8_t *)arena + 8);
}
static void count(void *arena) {
  ++calls;
  memset((char *)arena + 8, (int)(calls + zero), 8);
}
static void floats(void *arena) {
  float pair[2];
  memcpy(pair, arena, 8);
  const float sum = pair[0] + pair[1];
  const float ratio = pair[0] / pair[1];
  memcpy((char *)arena + 8, &sum, 4);
  memcpy((char *)arena + 12, &ratio, 4);
}
static void wide(void *arena) {
  int64_t value;
  memcpy(&value, arena, 8);
  value = value / 1000003 * 77;
  memcpy((char *)arena + 8, &value, 8);
}
/* Compares the runtime's four functions with loops over bytes, at every alignment; `many` hides the length. */
static void memory(void *arena) {
  static uint8_t from[64], to[64], expected[64];
  volatile uint32_t many;
  uint32_t wrong = 0;
  for (uint32_t i = 0; i < 64; ++i) from[i] = (uint8_t)(i * 37 + 11);
  for (uint32_t code = 0; code < 4 * 4 * 40 * 4; ++code) {
    const uint32_t a = code & 3, b = code >> 2 & 3, length = (code >> 4) % 40, what = code / (16 * 40);
    many = length;
    for (uint32_t i = 0; i < 64; ++i) to[i] = expected[i] = (uint8_t)i;
    if (what == 0) {
      for (uint32_t i = 0; i < length; ++i) expected[a + i] = from[b + i];
      wrong += memcpy(to + a, from + b, many) != to + a;
    } else if (what == 1) {
      for (uint32_t i = 0; i < length; ++i) expected[a + i] = (uint8_t)(4 * b + i);
      wrong += memmove(to + a, to + 4 * b, many) != to + a;
    } else if (what == 2) {
      for (uint32_t i = length; i-- > 0;) expected[4 * a + i] = (uint8_t)(b + i);
      wrong += memmove(to + 4 * a, to + b, many) != to + 4 * a;
    } else {
      for (uint32_t i = 0; i < length; ++i) expected[a + i] = (uint8_t)(200 + b);
      wrong += memset(to + a, (int)(200 + b), many) != to + a;
    }
    for (uint32_t i = 0; i < 64; ++i) wrong += to[i] != expected[i];
    to[length] ^= 1;
    many = length + 1;
    wrong += memcmp(to, expected, many) == 0;
    many = length;
    wrong += memcmp(to, expected, many) != 0;
  }
  memset((char *)arena + 8, wrong != 0, 8);
}
static void illegal(void *arena) { (void)arena; __builtin_trap(); }
static void null_write(void *arena) { (void)arena; *(volatile uint32_t *)(uintptr_t)zero = 1; }
__attribute__((noinline)) static int recurse(volatile int *from) {
  volatile int block[64];
  block[0] = *from + 1;
  return *from < 0 ? 0 : recurse(block) + block[0];
}
static void deep(void *arena) { volatile int start = 0; *(int8_t *)arena = (int8_t)recurse(&start); }
static void forever(void *arena) { (void)arena; for (;;) __asm__ volatile(""); }

static const struct midge_span input[] = {{0, 8}};
static const struct midge_span output[] = {{8, 8}};
#define ROW(name) {#name, name, 16, 1, input, 1, output}
const struct midge_network midge_networks[] = {ROW(twice), ROW(count), ROW(floats), ROW(wide), ROW(memory),
                                               ROW(illegal), ROW(null_write), ROW(deep), ROW(forever)};
const uint32_t midge_network_count = 9;
uint8_t midge_arena[16] __attribute__((aligned(16)));
)";
enum : uint32_t { kTwice, kCount, kFloats, kWide, kMemory, kIllegal, kNullWrite, kDeep, kForever, kNone };

constexpr std::string_view kWeights =
    "#include <stdint.h>\nextern const int8_t factors[8];\nconst int8_t factors[8] = {2, 2, 2, 2, 2, 2, 2, "
    "2};\n";

using Bytes = std::vector<uint8_t>;

const std::vector<SourceFile> kSources = {{"networks.c", std::string(kNetworks)},
                                          {"networks_weights.c", std::string(kWeights)}};

template <class... Values>
Bytes little_endian(Values... values) {
  Bytes bytes;
  const auto add = [&](auto value) {
    const auto* raw = reinterpret_cast<const uint8_t*>(&value);
    std::copy_n(raw, sizeof value, std::back_inserter(bytes));
  };
  (add(values), ...);
  return bytes;
}

Bytes run_of(uint32_t network, Bytes input = Bytes(8)) {
  Bytes bytes = little_endian(network);
  std::ranges::copy(input, std::back_inserter(bytes));
  return bytes;
}

Bytes operator+(Bytes left, const Bytes& right) {
  std::ranges::copy(right, std::back_inserter(left));
  return left;
}

int children_of_ours() {
  std::ifstream file("/proc/self/task/" + std::to_string(getpid()) + "/children");
  int count = 0;
  for (int id = 0; file >> id;) ++count;
  return count;
}

class OnBoard : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto found = find_board(GetParam(), {});
    ASSERT_TRUE(found.has_value()) << found.error().message;
    board_ = *found;
    for (const Tool& tool : find_tools(std::span(&board_, 1))) {
      if (tool.path.empty()) GTEST_SKIP() << tool.name << " is missing; package " << tool.debian_package;
    }
    auto built = build_firmware(board_, kSources);
    ASSERT_TRUE(built.has_value()) << built.error().message;
    firmware_ = std::move(*built);
  }
  void TearDown() override { EXPECT_EQ(children_of_ours(), 0); }

  RunOutput run(const Bytes& input, const RunOptions& options = {}) {
    auto output = run_firmware(board_, firmware_, input, options);
    EXPECT_TRUE(output.has_value()) << output.error().message;
    return output.value_or(RunOutput{});
  }
  std::string error_of(const Bytes& input, const RunOptions& options = {}) {
    const auto output = run_firmware(board_, firmware_, input, options);
    if (output.has_value()) return "no error";
    EXPECT_EQ(output.error().kind, ErrorKind::kTool);
    return output.error().message;
  }

  BoardSpec board_;
  Firmware firmware_;
};

// Few tests of several checks each, because every test builds the firmware.
TEST_P(OnBoard, computes) {
  const int64_t wide = 123456789012345;
  Bytes input = run_of(kCount) + run_of(kCount) + run_of(kFloats, little_endian(1.5F, -0.75F)) +
                run_of(kWide, little_endian(wide)) + run_of(kMemory);
  for (uint8_t i = 0; i < 250; ++i) input = input + run_of(kTwice, Bytes(8, i));
  const RunOutput output = run(input);
  ASSERT_EQ(output.outputs.size(), 255U);
  EXPECT_EQ(output.outputs[0], Bytes(8, 41));
  EXPECT_EQ(output.outputs[1], Bytes(8, 42));
  EXPECT_EQ(output.outputs[2], little_endian(0.75F, -2.0F));
  EXPECT_EQ(output.outputs[3], little_endian(wide / 1000003 * 77));
  EXPECT_EQ(output.outputs[4], Bytes(8, 0));
  for (size_t i = 0; i < 250; ++i) EXPECT_EQ(output.outputs[5 + i], Bytes(8, static_cast<uint8_t>(2 * i)));
  EXPECT_TRUE(run({}).outputs.empty());
}

TEST_P(OnBoard, measures) {
  const Bytes input = run_of(kTwice, {1, 2, 3, 4, 5, 6, 7, 8}) + run_of(kTwice, {10, 0, 0, 0, 0, 0, 0, 255});
  const RunOutput output = run(input, {.count_instructions = true});
  EXPECT_GE(output.stack_bytes, 8);
  EXPECT_LT(output.stack_bytes, 512);
  const RunOutput again = run(input, {.count_instructions = true});
  EXPECT_EQ(again.outputs, output.outputs);
  EXPECT_EQ(again.stack_bytes, output.stack_bytes);
  EXPECT_EQ(again.instructions, output.instructions);
  ASSERT_EQ(output.instructions.size(), board_.native() ? 0U : 2U);
  for (uint64_t count : output.instructions) {
    EXPECT_EQ(count, output.instructions[0]);  // its work does not depend on the data
    EXPECT_GT(count, 50U);
    EXPECT_LT(count, 500U);
  }
  EXPECT_GE(firmware_.sizes.weight_bytes, 8);
  EXPECT_LE(firmware_.sizes.weight_bytes, board_.native() ? 128 : 16);
  EXPECT_GT(firmware_.sizes.code_bytes, 500);
  EXPECT_LT(firmware_.sizes.code_bytes, 16000);
  EXPECT_EQ(firmware_.sizes.arena_bytes, 16);
  EXPECT_GT(firmware_.sizes.ram_bytes, 16);
}

TEST_P(OnBoard, reportsFaults) {
  const std::string illegal = error_of(run_of(kTwice) + run_of(kIllegal));
  EXPECT_NE(illegal.find(": fault: "), std::string::npos) << illegal;
  EXPECT_NE(illegal.find(" in illegal (networks.c:"), std::string::npos) << illegal;

  const std::string null_write = error_of(run_of(kNullWrite));
  EXPECT_NE(null_write.find(" in null_write (networks.c:"), std::string::npos) << null_write;
  if (board_.core != "cortex-m0") {  // v6-M does not record the address
    EXPECT_NE(null_write.find(" at address 0x0 "), std::string::npos) << null_write;
  }

  const std::string overflow = error_of(run_of(kDeep));
  EXPECT_NE(overflow.find(": fault: stack overflow"), std::string::npos) << overflow;
  EXPECT_NE(overflow.find(" in recurse (networks.c:"), std::string::npos) << overflow;
}

TEST_P(OnBoard, reportsBadInputAndEndlessRuns) {
  const std::string who = GetParam() + std::string(": ");
  const std::string cut = who + "run 1: the input is cut short or names a network that is not there";
  EXPECT_EQ(error_of(run_of(kTwice) + run_of(kNone)), cut);
  EXPECT_EQ(error_of(run_of(kTwice) + run_of(kTwice, Bytes(7))), cut);
  EXPECT_EQ(error_of(run_of(kTwice) + Bytes(3)), cut);

  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(error_of(run_of(kTwice) + run_of(kForever), {.timeout = std::chrono::seconds(2)}),
            who + "timed out: not finished within 2 s (1 runs done); allow more with --timeout");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

INSTANTIATE_TEST_SUITE_P(Each, OnBoard,
                         testing::Values("host", "microbit", "mps2-an385", "mps2-an386", "mps2-an500",
                                         "mps2-an505", "mps3-an547", "riscv32-virt"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

class Failing : public testing::Test {
 protected:
  void SetUp() override {
    board_ = find_board("microbit", {}).value_or(BoardSpec{});
    for (const Tool& tool : find_tools(std::span(&board_, 1))) {
      if (tool.path.empty()) GTEST_SKIP() << tool.name << " is missing; package " << tool.debian_package;
    }
  }
  Error build_error(const std::vector<SourceFile>& sources) {
    const auto built = build_firmware(board_, sources);
    return built.has_value() ? Error{ErrorKind::kUsage, "no error"} : built.error();
  }
  BoardSpec board_;
};

TEST_F(Failing, doesNotFit) {
  std::vector<SourceFile> sources = kSources;
  const size_t at = sources[0].text.find("midge_arena[16]");
  sources[0].text.replace(at, 15, "midge_arena[20000]");
  const Error error = build_error(sources);
  EXPECT_EQ(error.kind, ErrorKind::kDoesNotFit);
  EXPECT_TRUE(error.message.starts_with("microbit: does not fit: memory `sram` (data, stack, arena) needs 2"))
      << error.message;
  EXPECT_TRUE(error.message.ends_with(" bytes and has 16384")) << error.message;
}

TEST_F(Failing, compilerError) {
  const Error error = build_error({{"bad.c", "int f(void) { return x; }\n"}});
  EXPECT_EQ(error.kind, ErrorKind::kTool);
  EXPECT_EQ(
      error.message,
      "microbit: arm-none-eabi-gcc failed: bad.c:1:22: error: 'x' undeclared (first use in this function)");
}

TEST_F(Failing, linkerError) {
  const Error error = build_error({{"empty.c", "typedef int x;\n"}});
  EXPECT_EQ(error.kind, ErrorKind::kTool);
  EXPECT_NE(error.message.find("undefined reference to `midge_"), std::string::npos) << error.message;
}

TEST_F(Failing, toolsThatAreMissing) {
  auto firmware = build_firmware(board_, kSources);
  ASSERT_TRUE(firmware.has_value()) << firmware.error().message;
  board_.emulator = "qemu-system-none";
  EXPECT_EQ(run_firmware(board_, *firmware, {}).error().message,
            "microbit: the emulator qemu-system-none is not there; put it into PATH");
  board_.emulator = "false";
  EXPECT_EQ(run_firmware(board_, *firmware, {}).error().message,
            "microbit: false ended with code 1 before the runs were done: no message");
  board_.cc = "no-such-gcc";
  EXPECT_EQ(build_error(kSources).message,
            "microbit: the compiler no-such-gcc is not there; put it into PATH");
  EXPECT_EQ(how_to_install("qemu-system-arm"), "install it with: apt-get install qemu-system-arm");
}

TEST_F(Failing, emulatorDies) {
  auto firmware = build_firmware(board_, kSources);
  ASSERT_TRUE(firmware.has_value()) << firmware.error().message;
  auto dir = TempDir::create("test");
  const fs::path dying = dir->path() / "dying-emulator";
  ASSERT_TRUE(write_file(dying, "#!/bin/sh\necho 'last words' >&2\nkill -SEGV $$\n").has_value());
  fs::permissions(dying, fs::perms::owner_all);
  board_.emulator = dying.string();
  const std::string message = run_firmware(board_, *firmware, {}).error().message;
  EXPECT_EQ(message, "microbit: " + dying.string() + " died of signal 11 (Segmentation fault): last words");
}

}  // namespace
}  // namespace midge::board
