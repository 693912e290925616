#include "board/board.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/temp_dir.h"
#include "board/memory_script.h"

namespace midge::board {
namespace {

constexpr std::string_view kGood = R"(description = "test"
[cpu]
core = "cortex-m4"
features = ["dsp"]
clock_hz = 100_000
[[memory]]
name = "flash"
origin = 0x0
size = 0x40000
holds = ["code", "weights"]
[[memory]]
name = "ram"
origin = 0x2000_0000
size = 0x10000
wait_states = 1
holds = ["data", "stack", "arena"]
[toolchain]
cc = "arm-none-eabi-gcc"
flags = ["-mthumb"]
[runtime]
port = "cortex_m"
stack_bytes = 1024
[run]
emulator = "qemu-system-arm"
machine = "m"
args = []
)";

// kGood with the first `from` replaced.
std::string with(std::string_view from, std::string_view to) {
  std::string text(kGood);
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string error_of(const std::string& text) {
  const auto board = parse_board(text, "dir/b.toml");
  return board.has_value() ? "no error" : board.error().message;
}

TEST(ParseBoard, readsEveryField) {
  const auto board = parse_board(kGood, "dir/b.toml");
  ASSERT_TRUE(board.has_value()) << board.error().message;
  EXPECT_EQ(board->name, "b");
  EXPECT_EQ(board->core, "cortex-m4");
  EXPECT_TRUE(board->has_feature("dsp"));
  EXPECT_FALSE(board->has_feature("fpu"));
  EXPECT_EQ(board->clock_hz, 100000);
  EXPECT_EQ(board->port, Port::kCortexM);
  EXPECT_EQ(board->stack_bytes, 1024);
  EXPECT_EQ(board->memory_for(Use::kArena).name, "ram");
  EXPECT_EQ(board->memory_for(Use::kArena).wait_states, 1);
  EXPECT_EQ(board->memory_for(Use::kWeights).size, 0x40000U);
  EXPECT_FALSE(board->native());
}

struct BadBoard {
  std::string_view from;
  std::string_view to;
  std::string_view message;
};

class ParseBadBoard : public testing::TestWithParam<BadBoard> {};

TEST_P(ParseBadBoard, saysWhereAndWhat) {
  const BadBoard& bad = GetParam();
  EXPECT_EQ(error_of(with(bad.from, bad.to)), bad.message);
}

INSTANTIATE_TEST_SUITE_P(
    Each, ParseBadBoard,
    testing::Values(
        BadBoard{"core =", "colour = 1\ncore =", "dir/b.toml:3: [cpu] has no key `colour`"},
        BadBoard{"core = \"cortex-m4\"\n", "", "dir/b.toml:2: [cpu] needs `core`"},
        BadBoard{"\"cortex-m4\"", "4", "dir/b.toml:3: `core` must be a string that is not empty"},
        BadBoard{"[\"dsp\"]", "[\"dsp\", 1]", "dir/b.toml:4: `features` must be a list of strings"},
        BadBoard{"100_000", "1e5", "dir/b.toml:5: `clock_hz` must be an integer from 1 to 100000000000"},
        BadBoard{"0x40000", "-1", "dir/b.toml:9: `size` must be an integer from 1 to 4294967296"},
        BadBoard{"0x2000_0000", "0xffff_ffff", "dir/b.toml:11: memory `ram` ends beyond 4 GB"},
        BadBoard{"0x2000_0000", "0x3_ffff", "dir/b.toml:6: the memories `flash` and `ram` overlap"},
        BadBoard{"\"ram\"", "\"flash\"", "dir/b.toml:6: two memories are called `flash`"},
        BadBoard{"\"ram\"", "\"a b\"", "dir/b.toml:12: `name` must be made of letters, digits and _"},
        BadBoard{"\"arena\"", "\"heap\"",
                 "dir/b.toml:16: a memory holds code, weights, data, stack, arena; not `heap`"},
        BadBoard{", \"arena\"", "", "dir/b.toml:6: exactly one memory must hold `arena`; 0 do"},
        BadBoard{"\"weights\"", "\"arena\"", "dir/b.toml:6: exactly one memory must hold `weights`; 0 do"},
        BadBoard{"[toolchain]", "[tools]", "dir/b.toml:1: the section [toolchain] is missing"},
        BadBoard{"[runtime]", "[[runtime]]", "dir/b.toml:20: `runtime` must be a section, [runtime]"},
        BadBoard{"\"cortex_m\"", "\"z80\"", "dir/b.toml:21: `port` must be one of cortex_m, riscv, host"},
        BadBoard{"\"cortex_m\"", "\"host\"",
                 "dir/b.toml:21: the port `host` goes with a board that has no [run], and only with it"},
        BadBoard{"stack_bytes = 1024", "stack_bytes = 8",
                 "dir/b.toml:22: `stack_bytes` must be an integer from 256 to 16777216"}));

TEST(ParseBoard, notToml) {
  const std::string message = error_of(with("[cpu]", "[cpu"));
  EXPECT_TRUE(message.starts_with("dir/b.toml:2: not TOML: ")) << message;
}

TEST(MemoryScript, saysWhereEverythingLies) {
  const auto board = parse_board(kGood, "b.toml");
  ASSERT_TRUE(board.has_value());
  EXPECT_EQ(memory_script(*board), R"(MEMORY
{
  flash : ORIGIN = 0x00000000, LENGTH = 0x40000
  ram : ORIGIN = 0x20000000, LENGTH = 0x10000
}
REGION_ALIAS("CODE", flash)
REGION_ALIAS("WEIGHTS", flash)
REGION_ALIAS("DATA", ram)
REGION_ALIAS("STACK", ram)
REGION_ALIAS("ARENA", ram)
midge_stack_bytes = 1024;
midge_protect_begin = 0x00000000;
midge_protect_end = 0x00040000;
midge_guard_begin = 0x00040000;
)");
}

TEST(MemoryScript, memoryThatIsWrittenToIsNotProtected) {
  std::string text = with("\"weights\"]", "\"weights\", \"data\"]");
  text.replace(text.rfind("\"data\", "), 8, "");
  const auto shared = parse_board(text, "b.toml");
  ASSERT_TRUE(shared.has_value()) << shared.error().message;
  EXPECT_NE(memory_script(*shared).find("midge_protect_end = 0x00000000;"), std::string::npos);
}

TEST(Boards, builtInOnesAreAllThere) {
  const auto boards = load_boards({});
  ASSERT_TRUE(boards.has_value()) << boards.error().message;
  std::vector<std::string> names;
  for (const BoardSpec& board : *boards) names.push_back(board.name);
  EXPECT_EQ(names, (std::vector<std::string>{"host", "microbit", "mps2-an385", "mps2-an386", "mps2-an500",
                                             "mps2-an505", "mps3-an547", "riscv32-virt"}));
}

TEST(Boards, aDirectoryOfOnesOwn) {
  auto dir = TempDir::create("test");
  ASSERT_TRUE(dir.has_value());
  ASSERT_TRUE(write_file(dir->path() / "mine.toml", kGood).has_value());
  ASSERT_TRUE(write_file(dir->path() / "microbit.toml", kGood).has_value());
  ASSERT_TRUE(write_file(dir->path() / "broken.toml", "colour = 1").has_value());
  const std::vector<std::filesystem::path> dirs = {dir->path()};
  EXPECT_EQ(find_board("mine", dirs)->description, "test");
  EXPECT_EQ(find_board("microbit", dirs)->description, "test");
  EXPECT_EQ(find_board("host", dirs)->core, "host");
  EXPECT_FALSE(load_boards(dirs).has_value());
  const auto unknown = find_board("none", dirs);
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(
      unknown.error().message,
      "unknown board `none`; known are broken, host, microbit, mine, mps2-an385, mps2-an386, mps2-an500, "
      "mps2-an505, mps3-an547, riscv32-virt");
}

TEST(Boards, aDirectoryThatIsNotThere) {
  const std::vector<std::filesystem::path> dirs = {"/nowhere"};
  const auto boards = load_boards(dirs);
  ASSERT_FALSE(boards.has_value());
  EXPECT_EQ(boards.error().message,
            "/nowhere: cannot read the directory of boards: No such file or directory");
}

}  // namespace
}  // namespace midge::board
