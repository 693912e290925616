#include "base/temp_dir.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <random>
#include <utility>

#include "base/cleanup.h"

namespace midge {

namespace fs = std::filesystem;

Result<TempDir> TempDir::create(std::string_view purpose) {
  std::error_code error;
  fs::path parent = fs::temp_directory_path(error);
  if (!error) parent = fs::absolute(parent, error);  // programs run inside of it
  if (error) {
    return tool_error(fmt::format("temporary directory: {}; set TMPDIR to one that exists", error.message()));
  }
  std::random_device random;
  TempDir dir;
  for (int attempt = 0; attempt < 8; ++attempt) {
    const fs::path path = parent / fmt::format("midge-{}-{:08x}{:08x}", purpose, random(), random());
    // In the table before it exists, so that no signal falls in between.
    dir.slot_ = cleanup::add_directory(path.string());
    if (dir.slot_ < 0)
      return tool_error(fmt::format("{}: too many temporary directories or too long a path", path.string()));
    if (mkdir(path.c_str(), 0700) == 0) {
      dir.path_ = path;
      return dir;
    }
    const int reason = errno;
    cleanup::forget_directory(std::exchange(dir.slot_, -1));
    if (reason != EEXIST) {
      return tool_error(fmt::format("{}: cannot create: {}; free some space or set TMPDIR", path.string(),
                                    std::strerror(reason)));
    }
  }
  return tool_error(fmt::format("{}: no free name for a temporary directory", parent.string()));
}

TempDir::TempDir(TempDir&& other) noexcept
    : path_(std::exchange(other.path_, {})), slot_(std::exchange(other.slot_, -1)) {}

TempDir& TempDir::operator=(TempDir&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
    slot_ = std::exchange(other.slot_, -1);
  }
  return *this;
}

TempDir::~TempDir() {
  remove();
}

void TempDir::remove() noexcept {
  if (path_.empty()) return;
  std::error_code ignored;  // nobody is left to tell; the path names us, so what stays can be found
  fs::remove_all(path_, ignored);
  cleanup::forget_directory(slot_);
}

}  // namespace midge
