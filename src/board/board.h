// A board: what a network runs on. One TOML file each (boards/*.toml); the file's name is the board's name.
//
//   description = "Arm MPS2, Cortex-M7 (AN500), emulated"
//   [cpu]        core = "cortex-m7"   features = ["dsp", "fpu"]   clock_hz = 25_000_000   (optional)
//   [[memory]]   name = "ssram1"   origin = 0x0   size = 0x400000   wait_states = 0   holds = ["code",
//   "weights"] [toolchain]  cc = "arm-none-eabi-gcc"   flags = ["-mthumb", "-mcpu=cortex-m7"] [runtime] port
//   = "cortex_m"   stack_bytes = 16384 [run]        emulator = "qemu-system-arm"   machine = "mps2-an500"
//   args = []     (absent: native on this host)
//
// Together the memories hold each of code, weights, data, stack and arena exactly once; a native board has
// none. Reading is strict: an unknown key, a wrong type or overlapping memories is one error line with
// file:line, because a misspelt key that is silently ignored costs its author an hour.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace midge::board {

// What a memory is for. `data` is .data and .bss but for the arena, which may live elsewhere.
enum class Use { kCode, kWeights, kData, kStack, kArena };
inline constexpr std::array<std::string_view, 5> kUseNames = {"code", "weights", "data", "stack", "arena"};

struct Memory {
  std::string name;  // a C identifier; also the linker's region name
  uint64_t origin = 0;
  uint64_t size = 0;
  int64_t wait_states = 0;
  std::vector<Use> holds;
};

// The runtime's families: runtime/port/<name>/.
enum class Port { kCortexM, kRiscv, kHost };
std::string_view name_of(Port port);

struct BoardSpec {
  std::string name;
  std::filesystem::path file;  // where it was read from
  std::string description;
  std::string core;                   // "cortex-m7", "rv32imc", "host"
  std::vector<std::string> features;  // "dsp", "fpu", "mve", "mul", ...
  int64_t clock_hz = 0;               // 0: the board has no meaningful clock
  std::vector<Memory> memories;
  std::string cc;                  // the compiler's program name
  std::vector<std::string> flags;  // for compiling and for linking
  Port port = Port::kHost;
  int64_t stack_bytes = 0;  // reserved for the stack
  std::string emulator;     // program; empty: runs natively
  std::string machine;
  std::vector<std::string> emulator_args;

  bool native() const { return emulator.empty(); }
  bool has_feature(std::string_view feature) const;
  const Memory& memory_for(Use use) const;  // not for a native board
};

// Reads one board file's text; `file` is for messages and gives the name.
Result<BoardSpec> parse_board(std::string_view text, const std::filesystem::path& file);

// Every board, sorted by name: the built-in ones and those in `extra_dirs`. Of two with one name the later
// directory's wins, and a user's directory wins over the built-in one. kUsage when a directory or a file in
// it cannot be read.
Result<std::vector<BoardSpec>> load_boards(std::span<const std::filesystem::path> extra_dirs);

// The board called `name`; kUsage with the list of known names when there is none. A broken file of another
// board is no obstacle.
Result<BoardSpec> find_board(std::string_view name, std::span<const std::filesystem::path> extra_dirs);

}  // namespace midge::board
