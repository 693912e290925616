// What can go wrong around Midge: tools that are missing or die, time-outs, Ctrl-C, full disks, closed
// outputs. The fixture looks for processes and temporary files that are left.
#include <fmt/format.h>
#include <signal.h>
#include <sys/mount.h>

#include "base/file.h"
#include "cli/cli_testing.h"

namespace midge::test {
namespace {

const char* const kArmGcc = "arm-none-eabi-gcc";
const char* const kQemu = "qemu-system-arm";

class Failures : public CliTest {
 protected:
  // A PATH where the emulator is this script, and all else as it is.
  Environment emulator_that(const std::string& commands) const {
    const fs::path folder = fs::path(script(fmt::format("fake/{}", kQemu), commands)).parent_path();
    return {{"PATH", fmt::format("{}:{}", folder.string(), getenv("PATH"))}};
  }
};

TEST_F(Failures, NoEmulator) {
  MIDGE_NEEDS(kArmGcc);
  expect_failure(midge({"run", sine()}, {{"PATH", only_programs({kArmGcc})}}), 5,
                 {"mps2-an500", kQemu, "apt-get install qemu-system-arm"});
}

TEST_F(Failures, NoCompiler) {
  const Environment nothing = {{"PATH", only_programs({})}};
  expect_failure(midge({"run", sine()}, nothing), 5, {kArmGcc, "apt-get install gcc-arm-none-eabi"});
  expect_failure(midge({"run", sine(), "--board", "riscv32-virt"}, nothing), 5,
                 {"riscv64-unknown-elf-gcc", "apt-get install gcc-riscv64-unknown-elf"});
  expect_failure(midge({"run", sine(), "--board", "host"}, nothing), 5, {"cc", "apt-get install gcc"});
  expect_failure(midge({"compile", sine(), "-o", "c", "--board", "microbit"}, nothing), 5, {kArmGcc});
  EXPECT_FALSE(fs::exists(dir() / "c"));
}

TEST_F(Failures, TheEmulatorDies) {
  MIDGE_NEEDS(kArmGcc);
  expect_failure(midge({"run", sine()}, emulator_that("echo no such machine >&2; exit 1")), 5,
                 {"mps2-an500", kQemu, "code 1", "no such machine"});
  expect_failure(midge({"run", sine()}, emulator_that("kill -SEGV $$")), 5, {kQemu, "signal 11"});
  expect_failure(midge({"run", sine()}, emulator_that("exit 0")), 5, {kQemu});
  expect_failure(midge({"run", sine()}, emulator_that("head -c 5000 /dev/zero >out.bin")), 5, {kQemu});
}

TEST_F(Failures, TheEmulatorDoesNotKnowTheMachine) {
  MIDGE_NEEDS(kArmGcc);
  MIDGE_NEEDS(kQemu);
  std::string board = contents(fs::path(MIDGE_SOURCE_DIR) / "boards/mps2-an385.toml");
  board.replace(board.find("machine = "), 10, "machine = \"nope\"\n#");
  file("own/odd.toml", board);
  expect_failure(midge({"run", sine(), "--boards", "own", "--board", "odd"}), 5,
                 {"odd", "unsupported machine"});
}

TEST_F(Failures, TheEmulatorHangs) {
  MIDGE_NEEDS(kArmGcc);
  // It also leaves a child of its own.
  expect_failure(midge({"run", sine(), "--timeout", "1"}, emulator_that("sleep 1000 & exec sleep 1000")), 5,
                 {"mps2-an500", "timed out", "1 s", "--timeout"});
}

TEST_F(Failures, TheShortestTimeOut) {
  MIDGE_NEEDS(kArmGcc);
  MIDGE_NEEDS(kQemu);
  expect_failure(midge({"run", sine(), "--timeout", "0.001"}), 5, {"timed out", "0.001 s"});
}

TEST_F(Failures, SignalsWhileItRuns) {
  MIDGE_NEEDS(kArmGcc);
  const fs::path ready = dir() / "ready";
  const Environment hangs = emulator_that(fmt::format("sleep 1000 & touch '{}'; wait", ready.string()));
  for (const auto& [number, code] :
       {std::pair(SIGINT, 130), std::pair(SIGTERM, 143), std::pair(SIGHUP, 129)}) {
    fs::remove(ready);
    const Ran ran = interrupted({"run", sine()}, hangs, ready, number);
    EXPECT_EQ(ran.code, code);
    EXPECT_EQ(ran.out, "");
    EXPECT_TRUE(fs::is_empty(temporary())) << "after signal " << number;
  }
}

TEST_F(Failures, CtrlCWhileItCompiles) {
  const fs::path ready = dir() / "ready";
  script("fake/arm-none-eabi-gcc", fmt::format("touch '{}'; sleep 1000", ready.string()));
  const std::string path = fmt::format("{}/fake:{}", dir().string(), getenv("PATH"));
  EXPECT_EQ(interrupted({"run", sine()}, {{"PATH", path}}, ready, SIGINT).code, 130);
}

TEST_F(Failures, NowhereForTemporaryFiles) {
  expect_failure(midge({"run", sine(), "--board", "host"}, {{"TMPDIR", "/nowhere"}}), 5, {"TMPDIR"});
}

TEST_F(Failures, ARelativeTmpdirWithBlanks) {
  fs::create_directory(dir() / "tmp/a b");
  const Ran ran = shell("TMPDIR='tmp/a b' \"$MIDGE\" run '" + sine() + "' --board host");
  expect_success(ran);
  EXPECT_TRUE(fs::is_empty(dir() / "tmp/a b"));
  fs::remove(dir() / "tmp/a b");
}

// A file system of 64 KB, where the machine lets us have one.
class FullDisk : public Failures {
 protected:
  void SetUp() override {
    Failures::SetUp();
    fs::create_directory(disk());
    if (mount("none", disk().c_str(), "tmpfs", 0, "size=64k") != 0)
      GTEST_SKIP() << "mounting a small file system is not allowed here";
    mounted_ = true;
  }
  void TearDown() override {
    if (mounted_) umount(disk().c_str());
    Failures::TearDown();
  }
  fs::path disk() const { return dir() / "disk"; }

 private:
  bool mounted_ = false;
};

TEST_F(FullDisk, TemporaryFiles) {
  expect_failure(midge({"run", fashion(), "--board", "host"}, {{"TMPDIR", disk().string()}}), 5,
                 {disk().string(), "No space left"});
  EXPECT_TRUE(fs::is_empty(disk()));
}

TEST_F(FullDisk, SourcesAreAllThereOrNone) {
  expect_failure(midge({"compile", fashion(), "-o", (disk() / "out").string()}), 5, {"No space left"});
  EXPECT_TRUE(fs::is_empty(disk()));
}

TEST_F(FullDisk, OutputsAreThereOrNot) {
  file("disk/filler", std::string(64 * 1024, 'x'));
  expect_failure(midge({"run", sine(), "--board", "host", "--output", (disk() / "y.bin").string()}), 5,
                 {"y.bin", "No space left"});
  EXPECT_FALSE(fs::exists(disk() / "y.bin"));
}

TEST_F(Failures, OutputToAFullDevice) {
  for (const std::string& command :
       std::vector<std::string>{"inspect '" + fashion() + "'", "inspect '" + fashion() + "' --json",
                                "compile '" + fashion() + "' --print=unroll", "boards",
                                "run '" + sine() + "' --board host", "--help", "--version"})
    expect_failure(shell("\"$MIDGE\" " + command + " >/dev/full"), 5, {"standard output: cannot write"});
}

TEST_F(Failures, ClosedStreams) {
  expect_failure(shell("\"$MIDGE\" inspect '" + sine() + "' >&-"), 5, {"standard output"});
  expect_success(shell("\"$MIDGE\" run '" + sine() + "' --board host <&-"));
  // Nothing may be written into a file that took the place of stderr.
  EXPECT_EQ(shell("\"$MIDGE\" run nowhere.tflite 2>&-").code, 2);
  EXPECT_EQ(shell("\"$MIDGE\" run nowhere.tflite 2>/dev/full").code, 2);
  // As with every program: a reader who goes away early is no fault.
  const Ran head = shell("\"$MIDGE\" compile '" + fashion() + "' --print=unroll | head -n 1");
  EXPECT_EQ(head.err, "");
}

}  // namespace
}  // namespace midge::test
