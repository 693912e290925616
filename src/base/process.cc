#include "base/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>

#include "base/cleanup.h"
#include "base/file.h"

extern char** environ;

namespace midge {
namespace {

using Clock = std::chrono::steady_clock;

class Pipe {
 public:
  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_read();
    close_write();
  }
  bool open() { return ::pipe2(ends_.data(), O_CLOEXEC) == 0; }
  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void close_read() { close_end(ends_[0]); }
  void close_write() { close_end(ends_[1]); }

 private:
  static void close_end(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
  std::array<int, 2> ends_ = {-1, -1};
};

// All that the child needs, made before the fork: between fork and exec nothing may allocate.
struct Launch {
  std::string program;
  std::string directory;
  std::vector<std::string> strings;  // owns the environment's entries
  std::vector<char*> arguments;
  std::vector<char*> environment;
  int input = -1;
  int output = -1;
  int errors = -1;
  int failure = -1;  // where to report a failed start
  int gate = -1;     // read before the program starts; closed unread: do not start
  int gate_writer = -1;
};

void set_environment(const ProcessSpec& spec, Launch& launch) {
  for (const auto& [name, value] : spec.environment)
    launch.strings.push_back(fmt::format("{}={}", name, value));
  const auto replaced = [&](std::string_view entry) {
    for (const auto& [name, value] : spec.environment) {
      if (entry.starts_with(name) && entry.substr(name.size()).starts_with('=')) return true;
    }
    return false;
  };
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!replaced(*entry)) launch.environment.push_back(*entry);
  }
  for (std::string& entry : launch.strings) launch.environment.push_back(entry.data());
  launch.environment.push_back(nullptr);
}

// What went wrong before the program ran, sent from the child to the parent.
struct StartFailure {
  int reason = 0;
  bool at_exec = false;
};

[[noreturn]] void run_child(const Launch& launch, pid_t parent) {
  StartFailure failure;
  setpgid(0, 0);
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  if (getppid() != parent) _exit(127);  // it died before we asked to die with it
  // Wait until the group is in the clean-up's table: a program that ran before could leave children of its
  // own behind.
  close(launch.gate_writer);
  char go = 0;
  if (read(launch.gate, &go, 1) != 1) _exit(127);
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const bool ready = dup2(launch.input, STDIN_FILENO) >= 0 && dup2(launch.output, STDOUT_FILENO) >= 0 &&
                     dup2(launch.errors, STDERR_FILENO) >= 0 &&
                     (launch.directory.empty() || chdir(launch.directory.c_str()) == 0);
  if (ready) {
    execve(launch.program.c_str(), launch.arguments.data(), launch.environment.data());
    failure.at_exec = true;
  }
  failure.reason = errno;
  const ssize_t written = write(launch.failure, &failure, sizeof failure);
  _exit(written == sizeof failure ? 127 : 126);
}

// Signals stay blocked across the fork, so that the child never runs our handlers.
pid_t fork_child(const Launch& launch) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) run_child(launch, parent);
  if (child > 0) setpgid(child, child);  // in both, so that neither can be too late
  const int reason = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = reason;
  return child;
}

// One of the child's streams: read to its end, kept up to a limit.
struct Capture {
  int fd;
  std::string* text;
  int64_t limit;
  bool open = true;

  void read_some() {
    std::array<char, 65536> buffer;
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0) {
      open = false;
      return;
    }
    const int64_t room = limit - static_cast<int64_t>(text->size());
    if (room > 0) text->append(buffer.data(), static_cast<size_t>(std::min<int64_t>(room, count)));
  }
};

// Waits at most `wait` for something to read, and reads it.
void pump(std::array<Capture, 2>& captures, std::chrono::milliseconds wait) {
  std::array<pollfd, 2> polls = {};
  for (size_t i = 0; i < 2; ++i) polls[i] = {captures[i].open ? captures[i].fd : -1, POLLIN, 0};
  if (!captures[0].open && !captures[1].open) {
    std::this_thread::sleep_for(std::min(wait, std::chrono::milliseconds(2)));
    return;
  }
  if (::poll(polls.data(), polls.size(), static_cast<int>(wait.count())) <= 0) return;
  for (size_t i = 0; i < 2; ++i) {
    if (polls[i].revents != 0) captures[i].read_some();
  }
}

void set_end(int status, bool timed_out, ProcessOutcome& outcome) {
  if (timed_out) {
    outcome.end = ProcessEnd::kTimedOut;
  } else if (WIFSIGNALED(status)) {
    outcome.end = ProcessEnd::kSignalled;
    outcome.code = WTERMSIG(status);
  } else {
    outcome.end = ProcessEnd::kExited;
    outcome.code = WEXITSTATUS(status);
  }
}

// Reads the child's output until it has ended or its time is up, then ends the whole group.
void supervise(pid_t child, int slot, Clock::time_point deadline, std::array<Capture, 2>& captures,
               ProcessOutcome& outcome) {
  constexpr std::chrono::milliseconds kStep{50};
  int status = 0;
  bool timed_out = false;
  while (true) {
    // WNOWAIT: the child stays a zombie, so its group's number cannot be reused before the kill below.
    siginfo_t info = {};
    if (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid == child)
      break;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    timed_out = left.count() <= 0;
    if (timed_out) break;
    pump(captures, std::min(left, kStep));
  }
  kill(-child, SIGKILL);
  cleanup::forget_process_group(slot);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  // What is still in the pipes; a grandchild that left the group and holds them open is not waited for.
  for (Capture& capture : captures) {
    fcntl(capture.fd, F_SETFL, O_NONBLOCK);
    for (size_t before = 0; capture.open; before = capture.text->size()) {
      capture.read_some();
      if (capture.text->size() == before) break;
    }
  }
  set_end(status, timed_out, outcome);
}

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

// An unlinked file holding `input`, or /dev/null.
File open_input(const std::optional<std::string>& input) {
  if (!input) return {std::fopen("/dev/null", "re"), std::fclose};
  File file(std::tmpfile(), std::fclose);
  if (!file || std::fwrite(input->data(), 1, input->size(), file.get()) != input->size() ||
      std::fflush(file.get()) != 0 || std::fseek(file.get(), 0, SEEK_SET) != 0) {
    return {nullptr, std::fclose};
  }
  return file;
}

}  // namespace

Result<ProcessOutcome> run_process(const ProcessSpec& spec) {
  ProcessOutcome outcome;
  Launch launch;
  launch.program = find_in_path(spec.command.at(0)).string();
  if (launch.program.empty()) {
    outcome.end = ProcessEnd::kNotFound;
    return outcome;
  }
  const auto refused = [&](std::string_view what) {
    return tool_error(fmt::format("{}: {}: {}", spec.command[0], what, std::strerror(errno)));
  };
  launch.directory = spec.directory.string();
  if (!launch.directory.empty()) launch.program = std::filesystem::absolute(launch.program).string();
  std::vector<std::string> command = spec.command;
  for (std::string& argument : command) launch.arguments.push_back(argument.data());
  launch.arguments.push_back(nullptr);
  set_environment(spec, launch);

  Pipe output;
  Pipe errors;
  Pipe failure;
  Pipe gate;
  if (!output.open() || !errors.open() || !failure.open() || !gate.open())
    return refused("cannot make a pipe");
  const File input = open_input(spec.input);
  if (!input) return refused("cannot make its input");
  launch.input = fileno(input.get());
  launch.output = output.write_end();
  launch.errors = errors.write_end();
  launch.failure = failure.write_end();
  launch.gate = gate.read_end();
  launch.gate_writer = gate.write_end();

  cleanup::install();
  const pid_t child = fork_child(launch);
  if (child < 0) return refused("cannot start");
  const int slot = cleanup::add_process_group(child);
  // A clean-up that has begun may have passed the table already: then the child never starts, and dies with
  // us.
  if (!cleanup::has_begun() && ::write(gate.write_end(), "g", 1) != 1) gate.close_write();
  output.close_write();
  errors.close_write();
  failure.close_write();

  std::array<Capture, 2> captures = {Capture{output.read_end(), &outcome.output, spec.max_output_bytes},
                                     Capture{errors.read_end(), &outcome.errors, spec.max_output_bytes}};
  StartFailure start_failure;
  const bool started =
      ::read(failure.read_end(), &start_failure, sizeof start_failure) != sizeof start_failure;
  supervise(child, slot, Clock::now() + spec.timeout, captures, outcome);
  if (!started) {
    errno = start_failure.reason;
    if (start_failure.at_exec) return refused("cannot run");
    return refused("cannot enter " + launch.directory);
  }
  return outcome;
}

}  // namespace midge
