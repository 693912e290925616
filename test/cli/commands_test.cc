// The command line as a whole, models that cannot be read, and the small commands.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/file.h"
#include "cli/cli_testing.h"

namespace midge::test {
namespace {

using nlohmann::json;

class Commands : public CliTest {};

TEST_F(Commands, HelpHasExamplesAndExitCodes) {
  const Ran all = midge({"--help"});
  expect_success(all);
  expect_contains(
      all.out, {"run", "compile", "inspect", "boards", "doctor", "--version", "Exit codes: 0 done",
                "1 a check failed", "2 wrong use", "3 bad or unsupported model", "4 does not fit the board",
                "5 tool or board failure", "130"});
  for (const char* command : {"run", "compile", "inspect", "boards", "doctor"}) {
    const Ran help = midge({command, "--help"});
    expect_success(help);
    expect_contains(help.out, {"Usage: ", fmt::format("\n  midge {}", command)});
  }
  EXPECT_EQ(midge({"-h"}).out, all.out);
}

TEST_F(Commands, EveryExitCodeIsDocumented) {
  const std::string page = contents(fs::path(MIDGE_SOURCE_DIR) / "docs/exit_codes.md");
  for (const char* row : {"| 0 |", "| 1 |", "| 2 |", "| 3 |", "| 4 |", "| 5 |", "| 130, 143, 129 |"})
    expect_contains(page, {row});
}

TEST_F(Commands, Version) {
  const Ran ran = midge({"--version"});
  expect_success(ran);
  EXPECT_TRUE(ran.out.starts_with("midge 0.") || ran.out.starts_with("midge 1.")) << ran.out;
}

TEST_F(Commands, WrongUse) {
  expect_failure(midge({}), 2, {"a command is missing", "run, compile", "midge --help"});
  expect_failure(midge({"frobnicate"}), 2, {"frobnicate", "run, compile", "midge --help"});
  expect_failure(midge({"--frob"}), 2, {"--frob", "midge --help"});
  expect_failure(midge({"--frob", "run", sine()}), 2, {"--frob"});
  expect_failure(midge({"run"}), 2, {"MODEL", "midge run --help"});
  expect_failure(midge({"inspect"}), 2, {"MODEL", "midge inspect --help"});
  expect_failure(midge({"run", sine(), "--frob"}), 2, {"--frob", "midge run --help"});
  expect_failure(midge({"run", sine(), sine()}), 2, {"not expected"});
  expect_failure(midge({"boards", "x"}), 2, {"x", "midge boards --help"});
  expect_failure(midge({"run", sine(), "--board"}), 2, {"--board"});
  expect_failure(midge({"run", sine(), "--board", "a", "--board", "b"}), 2, {"--board"});
  expect_failure(midge({"run", sine(), "--json", "--print", "plan"}), 2, {"--json", "--print"});
}

TEST_F(Commands, ModelsThatCannotBeRead) {
  for (const char* command : {"run", "compile", "inspect"}) {
    const auto refused = [&](const std::string& model) {
      Arguments arguments = {command, model};
      if (arguments[0] == "compile") arguments.insert(arguments.end(), {"-o", "out"});
      return midge(arguments);
    };
    expect_failure(refused("nowhere.tflite"), 2, {"nowhere.tflite: cannot open: No such file"});
    expect_failure(refused(dir()), 2, {dir().string(), "not a regular file"});
    expect_failure(refused("/dev/null"), 2, {"/dev/null", "not a regular file"});
    expect_failure(refused(file("empty.tflite", "")), 3, {"empty.tflite"});
    expect_failure(refused(file("text.tflite", std::string(5000, 'x'))), 3, {"text.tflite", "TFL3"});
    expect_failure(refused(file("cut.tflite", contents(sine()).substr(0, 1500))), 3,
                   {"cut.tflite", "cut short"});
    expect_failure(refused("two\nlines\x1b[31m.tflite"), 2, {"two\\x0alines\\x1b[31m.tflite"});
  }
  EXPECT_FALSE(fs::exists(dir() / "out"));
}

TEST_F(Commands, Inspect) {
  const Ran ran = midge({"inspect", fashion()});
  expect_success(ran);
  expect_contains(ran.out,
                  {fashion() + "\n", "i8[1,28,28,1]", "CONV_2D#0", "SOFTMAX#13", "14 operators", " MACs"});
}

TEST_F(Commands, InspectAsJson) {
  const Ran ran = midge({"inspect", fashion(), "--json"});
  expect_success(ran);
  const json object = json::parse(ran.out);
  EXPECT_EQ(object["operators"].size(), 14u);
  EXPECT_EQ(object["inputs"][0]["shape"], json::array({1, 28, 28, 1}));
  int64_t macs = 0;
  for (const json& row : object["operators"]) macs += row["macs"].get<int64_t>();
  EXPECT_EQ(object["totals"]["macs"], macs);
  // A convolution's MACs, by hand: 28 * 28 outputs of 24 channels, each of 3 * 3 * 1.
  EXPECT_EQ(object["operators"][0]["macs"], 28 * 28 * 24 * 9);
}

// Each column begins where its title does, in every row.
TEST_F(Commands, TablesAreAligned) {
  const Ran ran = midge({"boards"});
  expect_success(ran);
  std::istringstream lines(ran.out);
  std::string title, rule, row;
  std::getline(lines, title);
  std::getline(lines, rule);
  EXPECT_TRUE(title.starts_with("board "));
  int rows = 0;
  for (; std::getline(lines, row); ++rows)
    for (size_t i = 0; i < std::min(rule.size(), row.size()); ++i)
      EXPECT_TRUE(rule[i] != ' ' || row[i] == ' ') << row;
  EXPECT_GE(rows, 8);
  expect_contains(ran.out, {"\nhost ", "\nmicrobit ", "\nmps2-an500 ", "\nriscv32-virt "});
}

TEST_F(Commands, BoardsOfOnesOwn) {
  MIDGE_NEEDS("qemu-system-arm");
  MIDGE_NEEDS("arm-none-eabi-gcc");
  const std::string board = contents(fs::path(MIDGE_SOURCE_DIR) / "boards/mps2-an385.toml");
  file("own/my-board.toml", board);
  expect_contains(midge({"boards", "--boards", "own"}).out, {"\nmy-board ", "\nmicrobit "});
  const Ran ran = midge({"run", "--boards", "own", sine(), "--board", "my-board"});
  expect_success(ran);
  expect_contains(ran.out, {"on my-board (cortex-m3)"});
  // Again, from two directories.
  file("more/another.toml", board);
  expect_contains(midge({"boards", "--boards", "own", "--boards", "more"}).out,
                  {"\nmy-board ", "\nanother "});
}

TEST_F(Commands, BrokenBoards) {
  expect_failure(midge({"run", sine(), "--board", "nope"}), 2,
                 {"`nope`", "host", "microbit", "riscv32-virt"});
  expect_failure(midge({"boards", "--boards", "nowhere"}), 2, {"nowhere", "No such file"});
  expect_failure(midge({"boards", "--boards", file("f", "")}), 2, {"/f", "Not a directory"});
  file("own/broken.toml", "description = \"x\"\n[cpu]\ncore = \"x\"\nfeatures = []\ntypo = 1\n");
  expect_failure(midge({"boards", "--boards", "own"}), 2, {"own/broken.toml:5", "typo"});
  expect_failure(midge({"run", sine(), "--boards", "own", "--board", "broken"}), 2, {"own/broken.toml:5"});
  expect_success(midge({"run", sine(), "--boards", "own", "--board", "host"}));
  file("other/syntax.toml", "description = \"x\"\n[cpu\n");
  expect_failure(midge({"boards", "--boards", "other"}), 2, {"other/syntax.toml:2"});
}

TEST_F(Commands, DoctorFindsWhatIsThere) {
  const Ran ran = midge({"doctor"});
  expect_contains(ran.out,
                  {"tool ", "arm-none-eabi-gcc", "qemu-system-arm", "qemu-system-riscv32", "insn_count.so"});
  if (ran.code != 0) GTEST_SKIP() << "something is missing on this machine: " << ran.err;
  expect_contains(ran.out, {"\nnothing is missing\n"});
}

TEST_F(Commands, DoctorNamesThePackagesOfWhatIsMissing) {
  const Ran ran = midge({"doctor"}, {{"PATH", only_programs({})}});
  EXPECT_EQ(ran.code, 5);
  expect_contains(ran.out,
                  {"MISSING", "apt-get install gcc-arm-none-eabi", "apt-get install gcc-riscv64-unknown-elf",
                   "apt-get install qemu-system-arm", "apt-get install qemu-system-misc"});
  expect_contains(ran.err, {"midge: some tools are missing"});
}

}  // namespace
}  // namespace midge::test
