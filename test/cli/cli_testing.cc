#include "cli/cli_testing.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/file.h"
#include "base/process.h"
#include "support/models.h"

namespace midge::test {
namespace {

using std::chrono::milliseconds;

Environment with_tmpdir(Environment environment, const fs::path& tmpdir) {
  environment.emplace_back("TMPDIR", tmpdir.string());
  environment.emplace_back("MIDGE", MIDGE_BINARY);
  return environment;
}

// Processes that are alive and have `text` in their environment.
std::vector<std::string> processes_with(const std::string& text) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) continue;
    if (contents(entry->path() / "environ").find(text) != std::string::npos)
      found.push_back(contents(entry->path() / "cmdline"));
  }
  return found;
}

template <class Condition>
bool soon(Condition condition) {
  for (int i = 0; i < 12000 && !condition(); ++i) std::this_thread::sleep_for(milliseconds(10));
  return condition();
}

}  // namespace

void CliTest::SetUp() {
  auto dir = TempDir::create("cli-test");
  ASSERT_TRUE(dir.has_value()) << dir.error().message;
  dir_ = std::move(*dir);
  fs::create_directory(temporary());
}

void CliTest::TearDown() {
  const std::string mark = "TMPDIR=" + temporary().string();
  EXPECT_TRUE(soon([&] { return processes_with(mark).empty(); }))
      << "still running: " << processes_with(mark).front();
  EXPECT_TRUE(fs::is_empty(temporary())) << "left behind: " << fs::directory_iterator(temporary())->path();
}

std::string CliTest::file(const std::string& name, std::string_view bytes) const {
  const fs::path path = dir() / name;
  fs::create_directories(path.parent_path());
  const auto written = write_file(path, bytes);
  EXPECT_TRUE(written.has_value()) << written.error().message;
  return path.string();
}

std::string CliTest::script(const std::string& name, const std::string& commands) const {
  const std::string path = file(name, "#!/bin/sh\n" + commands + "\n");
  fs::permissions(path, fs::perms::owner_all);
  return path;
}

Ran CliTest::run(Arguments command, Environment environment) const {
  auto outcome = run_process({.command = std::move(command),
                              .directory = dir(),
                              .environment = with_tmpdir(std::move(environment), temporary()),
                              .timeout = std::chrono::minutes(4)});
  EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
  if (!outcome) return {};
  EXPECT_NE(outcome->end, ProcessEnd::kTimedOut);
  const int base = outcome->end == ProcessEnd::kExited ? 0 : 1000;
  return {base + outcome->code, std::move(outcome->output), std::move(outcome->errors)};
}

Ran CliTest::midge(Arguments arguments, Environment environment) const {
  arguments.insert(arguments.begin(), MIDGE_BINARY);
  return run(std::move(arguments), std::move(environment));
}

Ran CliTest::shell(const std::string& commands) const {
  return run({"/bin/sh", "-c", commands});
}

Ran CliTest::interrupted(Arguments arguments, Environment environment, const fs::path& ready,
                         int signal_number) const {
  const std::string out = file("interrupted.out", ""), err = file("interrupted.err", "");
  arguments.insert(arguments.begin(), MIDGE_BINARY);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  environment = with_tmpdir(std::move(environment), temporary());
  const pid_t child = fork();
  if (child == 0) {
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    signal(SIGINT, SIG_DFL);  // shells ignore it for what they start in the background
    dup2(open(out.c_str(), O_WRONLY), STDOUT_FILENO);
    dup2(open(err.c_str(), O_WRONLY), STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  EXPECT_TRUE(soon([&] { return fs::exists(ready); })) << ready << " never came\n" << contents(err);
  kill(child, signal_number);
  int status = 0;
  waitpid(child, &status, 0);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  return {code, contents(out), contents(err)};
}

std::string CliTest::only_programs(const std::vector<std::string>& names) const {
  for (const std::string& name : names)
    script("only/" + name, "exec '" + find_in_path(name).string() + "' \"$@\"");
  fs::create_directories(dir() / "only");
  return (dir() / "only").string();
}

std::string sine() {
  return source_dir() / "models/sine/sine.tflite";
}

std::string fashion() {
  return source_dir() / "models/fashion/fashion.tflite";
}

std::string fashion_file(const std::string& name) {
  return source_dir() / "models/fashion" / name;
}

std::string conformance_case(const std::string& name) {
  return source_dir() / "test/conformance/cases" / name;
}

std::vector<fs::path> shared_models() {
  std::vector<fs::path> models;
  if (shared_dir().empty()) return models;
  for (const auto& entry : fs::directory_iterator(shared_dir() / "models"))
    if (entry.path().extension() == ".tflite") models.push_back(entry.path());
  std::sort(models.begin(), models.end());
  return models;
}

// Not read_file: files in /proc have no size.
std::string contents(const fs::path& file) {
  std::string text;
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  char buffer[65536];
  for (ssize_t count; (count = read(fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(count));
  close(fd);
  return text;
}

void expect_failure(const Ran& ran, int code, const std::vector<std::string>& pieces) {
  EXPECT_EQ(ran.code, code) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_TRUE(ran.err.starts_with("midge: ")) << ran.err;
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  EXPECT_TRUE(ran.err.ends_with('\n')) << ran.err;
  expect_contains(ran.err, pieces);
}

void expect_success(const Ran& ran) {
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out.find('\033'), std::string::npos) << "colours, but not on a terminal";
}

void expect_contains(const std::string& text, const std::vector<std::string>& pieces) {
  for (const std::string& piece : pieces)
    EXPECT_NE(text.find(piece), std::string::npos) << "'" << piece << "' is not in: " << text;
}

}  // namespace midge::test
