#include "board/fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

#include "base/process.h"
#include "board/elf.h"

namespace midge::board {
namespace {

// As in runtime/include/midge_runner.h.
constexpr uint64_t kHasPc = 1;
constexpr uint64_t kHasAddress = 2;
constexpr uint64_t kStackOverflow = 4;
constexpr size_t kRegisters = 16;
constexpr size_t kCallers = 8;

using Row = std::pair<uint64_t, std::string_view>;

std::string_view look_up(std::span<const Row> rows, uint64_t key) {
  const auto row = std::ranges::find(rows, key, &Row::first);
  return row != rows.end() ? row->second : std::string_view();
}

constexpr std::array<Row, 6> kExceptions = {{{2, "NMI"},
                                             {3, "hard fault"},
                                             {4, "memory protection fault"},
                                             {5, "bus fault"},
                                             {6, "usage fault"},
                                             {7, "secure fault"}}};

// Bits of CFSR.
constexpr std::array<Row, 15> kFaultBits = {{{0, "instruction fetch"},
                                             {1, "data access"},
                                             {4, "saving registers"},
                                             {5, "saving FPU registers"},
                                             {8, "instruction fetch"},
                                             {9, "data access"},
                                             {10, "imprecise data access"},
                                             {12, "saving registers"},
                                             {13, "saving FPU registers"},
                                             {16, "undefined instruction"},
                                             {17, "invalid state"},
                                             {18, "invalid return"},
                                             {19, "no such coprocessor"},
                                             {24, "unaligned access"},
                                             {25, "division by zero"}}};

constexpr std::array<Row, 9> kTraps = {{{0, "instruction address misaligned"},
                                        {1, "instruction access fault"},
                                        {2, "illegal instruction"},
                                        {3, "breakpoint"},
                                        {4, "load address misaligned"},
                                        {5, "load access fault"},
                                        {6, "store address misaligned"},
                                        {7, "store access fault"},
                                        {11, "environment call"}}};

std::string describe_exception(const Fault& fault) {
  std::string text(look_up(kExceptions, fault.cause));
  if (text.empty()) text = fmt::format("exception {}", fault.cause);
  std::string_view separator = ": ";
  for (const auto& [bit, name] : kFaultBits) {
    if ((fault.detail >> bit & 1) == 0) continue;
    text += fmt::format("{}{}", separator, name);
    separator = ", ";
  }
  return text;
}

std::string describe_trap(const Fault& fault) {
  const std::string_view name = look_up(kTraps, fault.cause);
  return name.empty() ? fmt::format("trap {}", fault.cause) : std::string(name);
}

// "function (file.c:12)", the innermost function that was inlined there; empty if the tool cannot tell.
std::string name_by_debug_info(const BoardSpec& board, const Firmware& firmware, uint64_t pc) {
  std::string tool = board.cc;
  const size_t suffix = tool.rfind("gcc");
  tool = suffix != std::string::npos ? tool.replace(suffix, 3, "addr2line") : "addr2line";
  const auto outcome = run_process(
      {.command = {tool, "-f", "-i", "-s", "-e", firmware.elf.string(), fmt::format("0x{:x}", pc)},
       .timeout = std::chrono::seconds(10)});
  if (!outcome.has_value() || !outcome->succeeded()) return {};
  const std::string& text = outcome->output;
  const size_t name_end = text.find('\n');
  const size_t place_end = name_end != std::string::npos ? text.find('\n', name_end + 1) : std::string::npos;
  if (place_end == std::string::npos || text.starts_with("?")) return {};
  std::string place = text.substr(name_end + 1, place_end - name_end - 1);
  place = place.substr(0, place.find(" (discriminator"));
  if (place.starts_with("?")) return text.substr(0, name_end);
  return fmt::format("{} ({})", text.substr(0, name_end), place);
}

std::string name_function(const BoardSpec& board, const Firmware& firmware, const ElfFile& elf,
                          uint64_t address) {
  std::string name = name_by_debug_info(board, firmware, address);
  if (!name.empty()) return name;
  const ElfFunction* function = elf.function_around(address);
  return function != nullptr ? function->name : std::string();
}

// An overflown stack takes the faulting address with it. The return addresses at its end still tell who was
// at work.
std::string latest_caller(const BoardSpec& board, const Firmware& firmware, const ElfFile& elf,
                          const Fault& fault) {
  for (uint64_t word : fault.callers) {
    const uint64_t address = word & ~uint64_t{1};
    if (elf.function_around(address) != nullptr) return name_function(board, firmware, elf, address);
  }
  return {};
}

std::string registers_text(Port port, const Fault& fault) {
  constexpr std::array<std::string_view, 15> kRiscvNames = {"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7",
                                                            "t0", "t1", "t2", "t3", "t4", "t5", "t6"};
  std::string text;
  if (port == Port::kCortexM) {
    for (size_t i = 0; i < 13; ++i) text += fmt::format(" r{}=0x{:x}", i, fault.registers[i]);
  } else if (port == Port::kRiscv) {
    for (size_t i = 0; i < kRiscvNames.size(); ++i)
      text += fmt::format(" {}=0x{:x}", kRiscvNames[i], fault.registers[i]);
  }
  return text;
}

}  // namespace

std::optional<Fault> parse_fault(std::span<const uint8_t> bytes, uint32_t word_bytes) {
  constexpr size_t kWords = 7 + kRegisters + kCallers;
  if ((word_bytes != 4 && word_bytes != 8) || bytes.size() < kWords * word_bytes) return std::nullopt;
  const auto word = [&](size_t index) {
    uint64_t value = 0;  // little-endian on every target, and here
    std::memcpy(&value, bytes.data() + index * word_bytes, word_bytes);
    return value;
  };
  Fault fault;
  size_t next = 0;
  for (uint64_t* field :
       {&fault.cause, &fault.detail, &fault.flags, &fault.address, &fault.pc, &fault.sp, &fault.lr}) {
    *field = word(next++);
  }
  for (size_t i = 0; i < kRegisters; ++i) fault.registers.push_back(word(next++));
  for (size_t i = 0; i < kCallers; ++i) fault.callers.push_back(word(next++));
  return fault;
}

std::string describe_cause(Port port, const Fault& fault) {
  if ((fault.flags & kStackOverflow) != 0) return "stack overflow";
  switch (port) {
    case Port::kCortexM:
      return describe_exception(fault);
    case Port::kRiscv:
      return describe_trap(fault);
    case Port::kHost:
      break;
  }
  const char* name = sigdescr_np(static_cast<int>(fault.cause));
  return name != nullptr ? name : fmt::format("signal {}", fault.cause);
}

std::string describe_fault(const BoardSpec& board, const Firmware& firmware, const Fault& fault) {
  std::string text = describe_cause(board.port, fault);
  if ((fault.flags & kHasAddress) != 0) text += fmt::format(" at address 0x{:x}", fault.address);
  const ElfFile elf = read_elf(firmware.elf).value_or(ElfFile{});
  const bool has_pc = (fault.flags & kHasPc) != 0;
  const std::string function =
      has_pc ? name_function(board, firmware, elf, fault.pc) : latest_caller(board, firmware, elf, fault);
  if (!function.empty()) text += fmt::format(" in {}", function);
  text += ";";
  if (has_pc) text += fmt::format(" pc=0x{:x} lr=0x{:x}", fault.pc, fault.lr);
  text += fmt::format(" sp=0x{:x}", fault.sp) + (has_pc ? registers_text(board.port, fault) : "");
  if ((fault.flags & kStackOverflow) != 0) text += "; raise stack_bytes in the board's file";
  return text;
}

}  // namespace midge::board
