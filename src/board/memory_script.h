// The part of the linker script that depends on the board; runtime/freestanding/link.ld includes it as
// memory.ld.
#pragma once

#include <string>

#include "board/board.h"

namespace midge::board {

// `board` is not native.
std::string memory_script(const BoardSpec& board);

}  // namespace midge::board
