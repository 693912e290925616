#include "board/memory_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace midge::board {
namespace {

bool holds_only_constants(const Memory& memory) {
  return std::ranges::all_of(memory.holds, [](Use use) { return use == Use::kCode || use == Use::kWeights; });
}

// End of the highest memory below the stack's; 0: none.
uint64_t end_of_memories_below(const BoardSpec& board, const Memory& stack) {
  uint64_t end = 0;
  for (const Memory& memory : board.memories) {
    if (memory.origin < stack.origin) end = std::max(end, memory.origin + memory.size);
  }
  return end;
}

std::string upper(std::string_view name) {
  std::string result;
  for (char c : name) result += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

std::string memory_script(const BoardSpec& board) {
  std::string text = "MEMORY\n{\n";
  for (const Memory& memory : board.memories) {
    text +=
        fmt::format("  {} : ORIGIN = 0x{:08x}, LENGTH = 0x{:x}\n", memory.name, memory.origin, memory.size);
  }
  text += "}\n";
  for (size_t use = 0; use < kUseNames.size(); ++use) {
    text += fmt::format("REGION_ALIAS(\"{}\", {})\n", upper(kUseNames[use]),
                        board.memory_for(static_cast<Use>(use)).name);
  }
  const Memory& code = board.memory_for(Use::kCode);
  const uint64_t protected_bytes = holds_only_constants(code) ? code.size : 0;
  text += fmt::format("midge_stack_bytes = {};\n", board.stack_bytes);
  text += fmt::format("midge_protect_begin = 0x{:08x};\n", code.origin);
  text += fmt::format("midge_protect_end = 0x{:08x};\n", code.origin + protected_bytes);
  text += fmt::format("midge_guard_begin = 0x{:08x};\n",
                      end_of_memories_below(board, board.memory_for(Use::kStack)));
  return text;
}

}  // namespace midge::board
