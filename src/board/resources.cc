#include "board/resources.h"

#include <cstdlib>
#include <vector>

namespace midge::board {
namespace {

namespace fs = std::filesystem;

// The directory of the running program and those above it, nearest first.
std::vector<fs::path> directories_above_us() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  std::vector<fs::path> result;
  if (error) return result;
  for (fs::path dir = program.parent_path(); result.empty() || dir != result.back();
       dir = dir.parent_path()) {
    result.push_back(dir);
  }
  return result;
}

bool is_home(const fs::path& dir) {
  std::error_code ignored;
  return fs::is_directory(dir / "boards", ignored) &&
         fs::exists(dir / "runtime/include/midge_runner.h", ignored);
}

}  // namespace

Result<fs::path> find_home() {
  if (const char* home = std::getenv("MIDGE_HOME"); home != nullptr) {
    if (is_home(home)) return fs::path(home);
    return tool_error(std::string(home) + ": has no boards/ and runtime/; correct or unset MIDGE_HOME");
  }
  for (const fs::path& dir : directories_above_us()) {
    for (const fs::path& candidate : {dir, dir / "share/midge"}) {
      if (is_home(candidate)) return candidate;
    }
  }
  if (is_home(MIDGE_SOURCE_DIR)) return fs::path(MIDGE_SOURCE_DIR);
  return tool_error(
      "the directories boards/ and runtime/ are not beside the program; set MIDGE_HOME to where they are");
}

fs::path find_insn_counter() {
  std::error_code ignored;
  for (const fs::path& dir : directories_above_us()) {
    const fs::path candidate = dir / "lib/midge/insn_count.so";
    if (fs::exists(candidate, ignored)) return candidate;
  }
  const fs::path built = fs::path(MIDGE_PLUGIN_DIR) / "insn_count.so";
  return fs::exists(built, ignored) ? built : fs::path();
}

}  // namespace midge::board
