// A guest's fault record (struct midge_fault of the runtime), put into words.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "board/board.h"
#include "board/firmware.h"

namespace midge::board {

struct Fault {
  uint64_t cause = 0;
  uint64_t detail = 0;
  uint64_t flags = 0;
  uint64_t address = 0;
  uint64_t pc = 0;
  uint64_t sp = 0;
  uint64_t lr = 0;
  std::vector<uint64_t> registers;
  std::vector<uint64_t> callers;  // the latest first; zeroes at the end
};

// From the words of the record, `word_bytes` (4 or 8) each; nothing if there are too few.
std::optional<Fault> parse_fault(std::span<const uint8_t> bytes, uint32_t word_bytes);

// "usage fault: undefined instruction", "store access fault", "stack overflow".
std::string describe_cause(Port port, const Fault& fault);

// One line: the cause, the address, the function it happened in, the registers.
std::string describe_fault(const BoardSpec& board, const Firmware& firmware, const Fault& fault);

}  // namespace midge::board
