// Sources → firmware for a board → its outputs.
//
// The caller gives C files: a network's, and glue that defines `midge_networks`, `midge_network_count` and
// `midge_arena` (runtime/include/midge_runner.h). They are compiled and linked with the runtime, run in the
// emulator or natively, and the bytes that come back are handed over with the stack's real use and, if asked
// for, the number of instructions executed. A guest that faults, hangs or answers rubbish is a normal
// outcome: a typed kTool error.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/temp_dir.h"
#include "board/board.h"

namespace midge::board {

struct SourceFile {
  std::string name;  // "sine.c", "sine.h", "sine_weights.c": what *_weights.c defines counts as weights
  std::string text;
};

struct BuildOptions {
  std::vector<std::string> flags = {"-O2"};  // come after the board's own
  int jobs = 2;                              // compilers at once
};

struct FirmwareSizes {
  int64_t code_bytes = 0;    // instructions, constants that are not weights, initial values of data
  int64_t weight_bytes = 0;  // constants of *_weights.c
  int64_t ram_bytes = 0;     // .data, .bss and arena, without the stack
  int64_t arena_bytes = 0;   // midge_arena alone
};

// A linked program, alive as long as this object: its files go with it.
struct Firmware {
  TempDir dir;
  std::filesystem::path elf;
  FirmwareSizes sizes;
  uint64_t region_begin = 0;  // addresses of the marker functions around `invoke`
  uint64_t region_end = 0;
};

// Compiles and links. kDoesNotFit names the memory, the bytes needed and available; kTool is a compiler's
// first error line or a missing tool with the Debian package that brings it.
Result<Firmware> build_firmware(const BoardSpec& board, std::span<const SourceFile> sources,
                                const BuildOptions& options = {});

struct RunOptions {
  std::chrono::milliseconds timeout = std::chrono::seconds(60);
  bool count_instructions = false;  // emulated boards only; elsewhere `instructions` stays empty
};

struct RunOutput {
  std::vector<std::vector<uint8_t>> outputs;  // per run: the network's outputs, one after the other
  std::vector<uint64_t> instructions;  // per run, if counted: executed between entry to and return from
                                       // invoke (a predicated instruction that is skipped counts as executed)
  int64_t stack_bytes = 0;             // deepest real use by `invoke` of all runs
};

// Runs the firmware on `input`: any number of runs, each a little-endian u32 index into midge_networks
// followed by that network's input bytes. kTool: time-out, guest fault (cause, address, function), emulator
// missing or dead.
Result<RunOutput> run_firmware(const BoardSpec& board, const Firmware& firmware,
                               std::span<const uint8_t> input, const RunOptions& options = {});

}  // namespace midge::board
