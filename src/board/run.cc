// Firmware → outputs: starting the emulator (or the native program), and reading what came back or why
// nothing did.
#include <fmt/format.h>

#include <cstring>
#include <sstream>

#include "base/file.h"
#include "base/process.h"
#include "board/fault.h"
#include "board/firmware.h"
#include "board/resources.h"
#include "board/tools.h"

namespace midge::board {
namespace {

namespace fs = std::filesystem;

// The output stream's tags, as in runtime/include/midge_runner.h.
constexpr uint32_t kTagRun = 0x4e55524d;
constexpr uint32_t kTagEnd = 0x444e454d;
constexpr uint32_t kTagFault = 0x544c464d;
constexpr uint32_t kTagBadInput = 0x4e49424d;

// What the runner wrote before it ended or was ended.
struct Stream {
  RunOutput output;
  bool complete = false;
  bool bad_input = false;
  std::optional<Fault> fault;
};

// Takes from the front of a byte string; never past its end.
class Cursor {
 public:
  explicit Cursor(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  std::optional<uint32_t> u32() {
    const auto taken = take(4);
    if (!taken) return std::nullopt;
    uint32_t value = 0;
    std::memcpy(&value, taken->data(), 4);
    return value;
  }
  std::optional<std::span<const uint8_t>> take(size_t count) {
    if (count > bytes_.size()) return std::nullopt;
    const auto taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  std::span<const uint8_t> rest() const { return bytes_; }

 private:
  std::span<const uint8_t> bytes_;
};

Stream parse_stream(std::span<const uint8_t> bytes) {
  Stream stream;
  Cursor cursor(bytes);
  while (const auto tag = cursor.u32()) {
    const auto second = cursor.u32();
    if (!second) break;
    if (*tag == kTagRun) {
      const auto payload = cursor.take(*second);
      if (!payload) break;
      stream.output.outputs.emplace_back(payload->begin(), payload->end());
      continue;
    }
    if (*tag == kTagEnd) {
      const auto stack = cursor.u32();
      stream.output.stack_bytes = stack.value_or(0);
      stream.complete = stack.has_value() && *second == stream.output.outputs.size();
    }
    stream.bad_input = *tag == kTagBadInput;
    if (*tag == kTagFault) stream.fault = parse_fault(cursor.rest(), *second);
    break;
  }
  return stream;
}

std::vector<std::string> command_for(const BoardSpec& board, const Firmware& firmware,
                                     const fs::path& counter) {
  if (board.native()) return {firmware.elf.string()};
  std::vector<std::string> command = {board.emulator, "-M", board.machine};
  command.insert(command.end(), board.emulator_args.begin(), board.emulator_args.end());
  command.insert(command.end(), {"-display", "none", "-monitor", "none", "-serial", "none", "-audiodev",
                                 "none,id=none", "-no-reboot", "-semihosting-config",
                                 "enable=on,target=native", "-kernel", firmware.elf.string()});
  if (!counter.empty()) {
    command.insert(command.end(),
                   {"-plugin", fmt::format("file={},start=0x{:x},stop=0x{:x},out=counts", counter.string(),
                                           firmware.region_begin, firmware.region_end)});
  }
  return command;
}

// Of what a program said, the last line that begins with its own name, as complaints do (hints may follow
// them); or else the last line.
std::string telling_line(const std::string& text, const std::string& program) {
  std::string last = "no message", complaint;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    if (line.starts_with(program + ":")) complaint = line;
    last = std::move(line);
  }
  return complaint.empty() ? last : complaint;
}

// What made a run fail that left no record of a fault; the program that failed is the emulator, or the native
// one.
Error failure(const BoardSpec& board, const std::string& program, const ProcessOutcome& outcome,
              const RunOptions& options, size_t runs_done) {
  const std::string who = fmt::format("{}: ", board.name);
  switch (outcome.end) {
    case ProcessEnd::kNotFound:
      return tool_error(
          fmt::format("{}the emulator {} is not there; {}", who, program, how_to_install(program)));
    case ProcessEnd::kTimedOut:
      return tool_error(
          fmt::format("{}timed out: not finished within {:g} s ({} runs done); allow more with --timeout",
                      who, static_cast<double>(options.timeout.count()) / 1000, runs_done));
    case ProcessEnd::kSignalled:
      // QEMU aborts when a guest faults while it handles a fault.
      if (const size_t lockup = outcome.errors.find("Lockup"); lockup != std::string::npos) {
        const size_t end = outcome.errors.find('\n', lockup);
        return tool_error(
            fmt::format("{}the processor locked up: {}", who, outcome.errors.substr(lockup, end - lockup)));
      }
      return tool_error(fmt::format("{}{} died of signal {} ({}): {}", who, program, outcome.code,
                                    sigdescr_np(outcome.code), telling_line(outcome.errors, program)));
    case ProcessEnd::kExited:
      break;
  }
  return tool_error(fmt::format("{}{} ended with code {} before the runs were done: {}", who, program,
                                outcome.code, telling_line(outcome.errors, program)));
}

Result<std::vector<uint64_t>> read_counts(const fs::path& path) {
  MIDGE_ASSIGN(const std::string text, read_text_file(path));
  std::vector<uint64_t> counts;
  std::istringstream stream(text);
  for (uint64_t count = 0; stream >> count;) counts.push_back(count);
  return counts;
}

}  // namespace

Result<RunOutput> run_firmware(const BoardSpec& board, const Firmware& firmware,
                               std::span<const uint8_t> input, const RunOptions& options) {
  fs::path counter;
  if (options.count_instructions && !board.native()) {
    counter = find_insn_counter();
    if (counter.empty())
      return tool_error("the instruction counter insn_count.so is not built; build target midge_insn_count");
  }
  MIDGE_ASSIGN(const TempDir dir, TempDir::create("run"));
  MIDGE_TRY(write_file(dir.path() / "in.bin", input));
  ProcessSpec spec;
  spec.command = command_for(board, firmware, counter);
  spec.directory = dir.path();
  spec.timeout = options.timeout;
  MIDGE_ASSIGN(const ProcessOutcome outcome, run_process(spec));

  const fs::path output_file = dir.path() / "out.bin";
  std::vector<uint8_t> bytes;
  if (fs::exists(output_file)) {
    MIDGE_ASSIGN(bytes, read_file(output_file));
  }
  Stream stream = parse_stream(bytes);
  if (stream.fault) {
    return tool_error(
        fmt::format("{}: fault: {}", board.name, describe_fault(board, firmware, *stream.fault)));
  }
  if (stream.bad_input) {
    return tool_error(fmt::format("{}: run {}: the input is cut short or names a network that is not there",
                                  board.name, stream.output.outputs.size()));
  }
  if (!outcome.succeeded() || !stream.complete) {
    return failure(board, board.native() ? "the program" : board.emulator, outcome, options,
                   stream.output.outputs.size());
  }
  if (!counter.empty()) {
    MIDGE_ASSIGN(stream.output.instructions, read_counts(dir.path() / "counts"));
  }
  return std::move(stream.output);
}

}  // namespace midge::board
