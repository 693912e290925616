// Where Midge's own files are: beside the binary in an installation or a build tree, or where MIDGE_HOME
// says.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace midge::board {

// The directory that holds boards/ and runtime/. kTool when there is none.
Result<std::filesystem::path> find_home();

// The emulator's plugin that counts instructions; empty: not found.
std::filesystem::path find_insn_counter();

}  // namespace midge::board
