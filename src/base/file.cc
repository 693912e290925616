#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace midge {
namespace {

namespace fs = std::filesystem;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

std::string reason() {
  return std::strerror(errno);
}

// Bytes: std::string or std::vector<uint8_t>.
template <class Bytes>
Result<Bytes> read_as(const fs::path& path, int64_t max_bytes) {
  // O_NONBLOCK: opening a named pipe must not wait for its writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return usage_error(fmt::format("{}: cannot open: {}", path.string(), reason()));
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) {
    return usage_error(fmt::format("{}: cannot read: {}", path.string(), reason()));
  }
  if (!S_ISREG(status.st_mode)) return usage_error(fmt::format("{}: is not a regular file", path.string()));
  if (status.st_size > max_bytes) {
    return usage_error(
        fmt::format("{}: has {} bytes; at most {} are read", path.string(), status.st_size, max_bytes));
  }
  Bytes bytes;
  bytes.resize(static_cast<size_t>(status.st_size));
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return usage_error(fmt::format("{}: cannot read: {}", path.string(), reason()));
    if (count == 0) break;  // it shrank meanwhile
    done += static_cast<size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace

Result<std::vector<uint8_t>> read_file(const fs::path& path, int64_t max_bytes) {
  return read_as<std::vector<uint8_t>>(path, max_bytes);
}

Result<std::string> read_text_file(const fs::path& path, int64_t max_bytes) {
  return read_as<std::string>(path, max_bytes);
}

Result<void> write_file(const fs::path& path, std::span<const uint8_t> bytes) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.get() < 0) return usage_error(fmt::format("{}: cannot create: {}", path.string(), reason()));
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::write(file.get(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return tool_error(fmt::format("{}: cannot write: {}", path.string(), reason()));
    done += static_cast<size_t>(count);
  }
  if (file.close() != 0) return tool_error(fmt::format("{}: cannot write: {}", path.string(), reason()));
  return {};
}

Result<void> write_file(const fs::path& path, std::string_view text) {
  return write_file(path, std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

fs::path find_in_path(std::string_view name) {
  const auto runnable = [](const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
  };
  if (name.empty()) return {};
  if (name.find('/') != std::string_view::npos) return runnable(name) ? fs::path(name) : fs::path();
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
  while (true) {
    const size_t colon = rest.find(':');
    const std::string_view entry = rest.substr(0, colon);
    fs::path candidate = fs::path(entry.empty() ? "." : entry) / name;
    if (runnable(candidate)) return candidate;
    if (colon == std::string_view::npos) return {};
    rest.remove_prefix(colon + 1);
  }
}

}  // namespace midge
