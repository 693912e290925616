// What must not outlive this process: child processes and temporary directories.
//
// A fixed table of both. When SIGINT, SIGTERM or SIGHUP arrives, or Midge itself crashes, the handler kills
// every process group in the table, removes every directory (by running rm: fork, exec and wait are
// async-signal-safe, a directory walk is not), and ends with 128 + the signal's number (130 for Ctrl-C), or
// by the crash itself. SIGKILL cannot be handled; children die even then, because they ask for it
// (PR_SET_PDEATHSIG, process.cc). Rejected: a flag that the wait loops poll, because a long computation would
// then ignore Ctrl-C; a thread in sigwait, because every other thread, also those of a program that uses us,
// would have to block the signals first.
#pragma once

#include <sys/types.h>

#include <string>

namespace midge::cleanup {

// The table's slots; -1: the table is full.
int add_process_group(pid_t group);
int add_directory(const std::string& path);
// Whether the clean-up has begun in some thread. A group that was added while it had not is killed by it.
bool has_begun();
void forget_process_group(int slot);
void forget_directory(int slot);

// Installs the handlers, once; `add_*` does it too. A signal that is being ignored (nohup) stays ignored.
void install();

}  // namespace midge::cleanup
