// Files that a command leaves: all of them whole, or none.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace midge::cli {

struct OutputFile {
  std::filesystem::path path;
  std::string_view bytes;
};

// When one cannot be written (a full disk), those of `files` that are there by then are removed. A device or
// a pipe is written to, never removed.
Result<void> write_files(std::span<const OutputFile> files);

}  // namespace midge::cli
