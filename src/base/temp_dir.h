// A directory of one's own that never outlives its owner: removed by the destructor, and by the clean-up of
// base/cleanup.h when a signal ends the process.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace midge {

class TempDir {
 public:
  // Creates $TMPDIR/midge-<purpose>-<random> (or under /tmp). kTool when that fails.
  static Result<TempDir> create(std::string_view purpose);

  TempDir() = default;  // none
  TempDir(TempDir&& other) noexcept;
  TempDir& operator=(TempDir&& other) noexcept;
  ~TempDir();

  const std::filesystem::path& path() const { return path_; }

 private:
  void remove() noexcept;

  std::filesystem::path path_;
  int slot_ = -1;  // in the clean-up's table
};

}  // namespace midge
