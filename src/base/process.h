// Runs another program to its end, whatever that end is.
//
// The program gets its own process group, which is killed as a whole on time-out and when a signal ends Midge
// (base/cleanup.h); it dies with us even when we are killed. No shell: arguments are passed as they are.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace midge {

struct ProcessSpec {
  std::vector<std::string> command = {};  // the program (found in PATH) and its arguments
  std::filesystem::path directory = {};   // to run in; empty: here
  std::optional<std::string> input = {};  // its stdin; nothing: /dev/null
  std::vector<std::pair<std::string, std::string>> environment = {};  // added to, or replacing, our own
  std::chrono::milliseconds timeout = std::chrono::minutes(5);
  int64_t max_output_bytes = int64_t{16} << 20;  // of stdout and of stderr each; more is read and dropped
};

enum class ProcessEnd { kExited, kSignalled, kTimedOut, kNotFound };

struct ProcessOutcome {
  ProcessEnd end = ProcessEnd::kExited;
  int code = 0;  // exit code, or the signal's number
  std::string output;
  std::string errors;

  bool succeeded() const { return end == ProcessEnd::kExited && code == 0; }
};

// kTool only when the system refuses a process, a pipe or the directory; all else is an outcome.
Result<ProcessOutcome> run_process(const ProcessSpec& spec);

}  // namespace midge
