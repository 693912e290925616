#include "base/cleanup.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>

namespace midge::cleanup {
namespace {

constexpr int kSlots = 64;
constexpr size_t kMaxPath = 512;

struct Directory {
  std::atomic<bool> used{false};   // claimed
  std::atomic<bool> ready{false};  // `path` is complete
  std::array<char, kMaxPath> path{};
};

// Constant-initialised and never destroyed: a signal may come at any time.
std::array<std::atomic<pid_t>, kSlots> process_groups;
std::array<Directory, kSlots> directories;
std::atomic<bool> begun{false};

constexpr std::array<int, 3> kEndingSignals = {SIGINT, SIGTERM, SIGHUP};
constexpr std::array<int, 5> kCrashSignals = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

// Only async-signal-safe calls from here on ...
void remove_directory(const char* path) {
  const pid_t child = fork();
  if (child == 0) {
    execl("/bin/rm", "rm", "-rf", "--", path, static_cast<char*>(nullptr));
    _exit(127);
  }
  if (child > 0) {
    while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

void clean_up() {
  begun.store(true);  // before the table is read: who then sees `false` is in the table
  for (auto& group : process_groups) {
    if (const pid_t id = group.load(); id > 0) kill(-id, SIGKILL);
  }
  for (Directory& directory : directories) {
    if (!directory.ready.load()) continue;
    struct stat status;
    // Another thread, or a process that is just dying, may still create a file behind rm's back.
    for (int attempt = 0; attempt < 3 && lstat(directory.path.data(), &status) == 0; ++attempt) {
      remove_directory(directory.path.data());
    }
  }
}

void end_on_signal(int signal_number) {
  clean_up();
  _exit(128 + signal_number);
}

void crash_on_signal(int signal_number) {
  clean_up();
  signal(signal_number, SIG_DFL);
  raise(signal_number);  // blocked until we return; then it ends the process
}
// ... to here.

void handle(int signal_number, void (*handler)(int), bool replace_only_default) {
  struct sigaction old = {};
  sigaction(signal_number, nullptr, &old);
  if (old.sa_handler == SIG_IGN) return;
  if (replace_only_default && old.sa_handler != SIG_DFL) return;  // a sanitizer reports crashes itself
  struct sigaction action = {};
  action.sa_handler = handler;
  sigfillset(&action.sa_mask);
  sigaction(signal_number, &action, nullptr);
}

}  // namespace

void install() {
  static std::once_flag once;
  std::call_once(once, [] {
    for (int number : kEndingSignals) handle(number, end_on_signal, false);
    for (int number : kCrashSignals) handle(number, crash_on_signal, true);
  });
}

int add_process_group(pid_t group) {
  install();
  for (int slot = 0; slot < kSlots; ++slot) {
    pid_t none = 0;
    if (process_groups[static_cast<size_t>(slot)].compare_exchange_strong(none, group)) return slot;
  }
  return -1;
}

bool has_begun() {
  return begun.load();
}

void forget_process_group(int slot) {
  if (slot >= 0) process_groups[static_cast<size_t>(slot)].store(0);
}

int add_directory(const std::string& path) {
  install();
  if (path.size() >= kMaxPath) return -1;
  for (int slot = 0; slot < kSlots; ++slot) {
    Directory& directory = directories[static_cast<size_t>(slot)];
    bool unused = false;
    if (!directory.used.compare_exchange_strong(unused, true)) continue;
    std::memcpy(directory.path.data(), path.c_str(), path.size() + 1);
    directory.ready.store(true);
    return slot;
  }
  return -1;
}

void forget_directory(int slot) {
  if (slot < 0) return;
  directories[static_cast<size_t>(slot)].ready.store(false);
  directories[static_cast<size_t>(slot)].used.store(false);
}

}  // namespace midge::cleanup
