// The programs that boards need, and where to get them: for `midge doctor` and for errors about a missing
// one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "board/board.h"

namespace midge::board {

struct Tool {
  std::string name;                 // "qemu-system-arm"
  std::string path;                 // empty: missing
  std::string version;              // first line of what it says of itself
  std::string debian_package;       // that brings it; empty: not known
  std::vector<std::string> boards;  // that need it
};

// Every compiler and emulator that `boards` need, in order of first use, and the instruction counter.
std::vector<Tool> find_tools(std::span<const BoardSpec> boards);

// "install it with: apt-get install qemu-system-arm", or what else can be said of how to get `program`.
std::string how_to_install(std::string_view program);

}  // namespace midge::board
