#include "base/process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/file.h"
#include "base/temp_dir.h"

namespace midge {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

ProcessOutcome run(const ProcessSpec& spec) {
  auto outcome = run_process(spec);
  EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
  return outcome.value_or(ProcessOutcome{});
}

ProcessOutcome shell(std::string script) {
  return run({.command = {"sh", "-c", std::move(script)}});
}

// A process exists and is no zombie.
bool is_running(pid_t id) {
  std::ifstream file("/proc/" + std::to_string(id) + "/stat");
  std::string number;
  std::string name;
  std::string state;
  return (file >> number >> name >> state) && state != "Z";
}

bool ends_soon(pid_t id) {
  for (int i = 0; i < 100 && is_running(id); ++i) std::this_thread::sleep_for(milliseconds(20));
  return !is_running(id);
}

TEST(Process, capturesBothStreamsAndTheExitCode) {
  const ProcessOutcome outcome = shell("echo out; echo err >&2; exit 7");
  EXPECT_EQ(outcome.end, ProcessEnd::kExited);
  EXPECT_EQ(outcome.code, 7);
  EXPECT_EQ(outcome.output, "out\n");
  EXPECT_EQ(outcome.errors, "err\n");
}

TEST(Process, passesArgumentsUntouched) {
  const ProcessOutcome outcome = run({.command = {"printf", "%s|", "a b", "$HOME", "*", "\"", ""}});
  EXPECT_EQ(outcome.output, "a b|$HOME|*|\"||");
}

TEST(Process, inputDirectoryAndEnvironment) {
  const ProcessOutcome outcome = run({.command = {"sh", "-c", "cat; pwd; echo $MIDGE_X; cat"},
                                      .directory = "/",
                                      .input = "hello ",
                                      .environment = {{"MIDGE_X", "1"}}});
  EXPECT_EQ(outcome.output, "hello /\n1\n");
}

TEST(Process, withoutInputReadsNothing) {
  EXPECT_EQ(shell("cat; echo end").output, "end\n");
}

TEST(Process, signalled) {
  const ProcessOutcome outcome = shell("kill -SEGV $$");
  EXPECT_EQ(outcome.end, ProcessEnd::kSignalled);
  EXPECT_EQ(outcome.code, SIGSEGV);
}

TEST(Process, notFound) {
  EXPECT_EQ(run({.command = {"midge-no-such-program"}}).end, ProcessEnd::kNotFound);
  EXPECT_EQ(run({.command = {"/dev/null"}}).end, ProcessEnd::kNotFound);
}

TEST(Process, directoryMissing) {
  const auto outcome = run_process({.command = {"true"}, .directory = "/nowhere/at/all"});
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().message, "true: cannot enter /nowhere/at/all: No such file or directory");
}

TEST(Process, outputIsCapped) {
  const ProcessOutcome outcome =
      run({.command = {"head", "-c", "1000000", "/dev/zero"}, .max_output_bytes = 1000});
  EXPECT_TRUE(outcome.succeeded());
  EXPECT_EQ(outcome.output.size(), 1000U);
}

TEST(Process, timeOutKillsTheWholeGroup) {
  const auto start = std::chrono::steady_clock::now();
  const ProcessOutcome outcome =
      run({.command = {"sh", "-c", "sleep 60 & echo $!; sleep 60"}, .timeout = milliseconds(300)});
  EXPECT_EQ(outcome.end, ProcessEnd::kTimedOut);
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(5000));
  EXPECT_TRUE(ends_soon(std::stoi(outcome.output)));
}

TEST(Process, aGrandchildLeftBehindIsKilled) {
  const ProcessOutcome outcome = shell("sleep 60 & echo $!");
  EXPECT_TRUE(outcome.succeeded());
  EXPECT_TRUE(ends_soon(std::stoi(outcome.output)));
}

// A child of ours that holds a temporary directory and runs a process, and is then ended by a signal.
struct Victim {
  pid_t id = -1;
  fs::path directory;
  pid_t process = -1;
};

Victim start_victim(const TempDir& notes) {
  const fs::path note = notes.path() / "note";
  Victim victim;
  victim.id = fork();
  if (victim.id == 0) {
    const auto dir = TempDir::create("victim");
    const fs::path written = notes.path() / "written";
    const std::string script = "touch $0/file; echo $0 $$ > $1; mv $1 $2; exec sleep 60";
    static_cast<void>(run_process(
        {.command = {"sh", "-c", script, dir->path().string(), written.string(), note.string()}}));
    _exit(0);
  }
  for (int i = 0; i < 500 && !fs::exists(note); ++i) std::this_thread::sleep_for(milliseconds(10));
  const std::string text = read_text_file(note).value_or("");
  const size_t space = text.find(' ');
  if (space == std::string::npos) return victim;
  victim.directory = text.substr(0, space);
  victim.process = std::stoi(text.substr(space + 1));
  return victim;
}

class EndedBy : public testing::TestWithParam<int> {};

TEST_P(EndedBy, leavesNothingBehind) {
  const auto notes = TempDir::create("notes");
  ASSERT_TRUE(notes.has_value());
  const Victim victim = start_victim(*notes);
  ASSERT_GT(victim.process, 0);
  ASSERT_TRUE(fs::exists(victim.directory / "file"));
  kill(victim.id, GetParam());
  int status = 0;
  ASSERT_EQ(waitpid(victim.id, &status, 0), victim.id);
  const bool crash = GetParam() == SIGABRT || GetParam() == SIGKILL;
  if (crash) {
    EXPECT_TRUE(WIFSIGNALED(status));
  } else {
    EXPECT_EQ(WEXITSTATUS(status), 128 + GetParam());
  }
  EXPECT_TRUE(ends_soon(victim.process));
  if (GetParam() == SIGKILL) {
    fs::remove_all(victim.directory);  // the one end that nobody can clean up after
  } else {
    EXPECT_FALSE(fs::exists(victim.directory));
  }
}

INSTANTIATE_TEST_SUITE_P(Signals, EndedBy, testing::Values(SIGINT, SIGTERM, SIGHUP, SIGABRT, SIGKILL),
                         [](const auto& test) { return std::string(sigabbrev_np(test.param)); });

TEST(TempDir, goesWithItsOwner) {
  fs::path path;
  {
    auto dir = TempDir::create("test");
    ASSERT_TRUE(dir.has_value());
    path = dir->path();
    ASSERT_TRUE(write_file(path / "file", "text").has_value());
    TempDir moved = std::move(*dir);
    EXPECT_TRUE(fs::exists(moved.path() / "file"));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(File, roundTripAndErrors) {
  auto dir = TempDir::create("test");
  ASSERT_TRUE(dir.has_value());
  const fs::path path = dir->path() / "file";
  ASSERT_TRUE(write_file(path, "some text").has_value());
  EXPECT_EQ(read_text_file(path).value(), "some text");
  const std::string name = path.string();
  EXPECT_EQ(read_text_file(path, 5).error().message, name + ": has 9 bytes; at most 5 are read");
  EXPECT_EQ(read_text_file(name + "x").error().message, name + "x: cannot open: No such file or directory");
  EXPECT_EQ(read_file(dir->path()).error().message, dir->path().string() + ": is not a regular file");
  EXPECT_EQ(write_file("/dev/full", "x").error().message, "/dev/full: cannot write: No space left on device");
}

}  // namespace
}  // namespace midge
