#include "cli/output_files.h"

#include <system_error>

#include "base/file.h"

namespace midge::cli {
namespace {

void remove_regular(const std::filesystem::path& path) {
  std::error_code ignored;  // the failure that brought us here is the one to tell
  if (std::filesystem::is_regular_file(path, ignored)) std::filesystem::remove(path, ignored);
}

}  // namespace

Result<void> write_files(std::span<const OutputFile> files) {
  for (size_t i = 0; i < files.size(); ++i) {
    Result<void> written = write_file(files[i].path, files[i].bytes);
    if (written) continue;
    // A file that could not even be opened is somebody else's, and stays.
    const size_t begun = i + (written.error().kind == ErrorKind::kTool ? 1 : 0);
    for (size_t j = 0; j < begun; ++j) remove_regular(files[j].path);
    return written;
  }
  return {};
}

}  // namespace midge::cli
