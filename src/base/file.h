// Whole files in and out; an error names the path and the reason.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace midge {

// The bytes of a regular file of at most `max_bytes`. kUsage otherwise.
inline constexpr int64_t kMaxFileBytes = int64_t{1} << 30;
Result<std::vector<uint8_t>> read_file(const std::filesystem::path& path, int64_t max_bytes = kMaxFileBytes);
Result<std::string> read_text_file(const std::filesystem::path& path, int64_t max_bytes = kMaxFileBytes);

// Creates or replaces a file. kUsage when it cannot be created, kTool when writing fails (disk full).
Result<void> write_file(const std::filesystem::path& path, std::span<const uint8_t> bytes);
Result<void> write_file(const std::filesystem::path& path, std::string_view text);

// The program `name` as the shell would find it in PATH (a name with a slash is taken as it is); empty: not
// found.
std::filesystem::path find_in_path(std::string_view name);

}  // namespace midge
