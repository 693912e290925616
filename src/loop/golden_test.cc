// Text files in test/golden/loop: a kernel, a line of "====" and what is expected: of a bad-*.txt the message
// of the parser or of verify, of any other the kernel as it is printed. MIDGE_REWRITE_GOLDEN=1 rewrites what
// is expected.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "loop/ir.h"

namespace midge::loop {
namespace {

constexpr std::string_view kFolder = "test/golden/loop";
constexpr std::string_view kSeparator = "====\n";

std::vector<std::filesystem::path> files() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".txt") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string outcome(std::string_view text) {
  const Result<Kernel> kernel = parse(text);
  if (!kernel) return kernel.error().message + "\n";
  const auto verified = verify(*kernel);
  return verified ? print(*kernel) : verified.error().message + "\n";
}

TEST(Golden, kernels) {
  for (const std::filesystem::path& path : files()) {
    SCOPED_TRACE(path.string());
    const std::string content = read(path);
    const size_t cut = std::min(content.find(kSeparator), content.size());
    const std::string text = content.substr(0, cut);
    const std::string actual = outcome(text);
    if (std::getenv("MIDGE_REWRITE_GOLDEN")) {
      std::ofstream(path, std::ios::binary) << text << kSeparator << actual;
      continue;
    }
    EXPECT_EQ(actual, cut < content.size() ? content.substr(cut + kSeparator.size()) : "");
    EXPECT_EQ(actual.starts_with("kernel ") && actual.ends_with("}\n"),
              !path.filename().string().starts_with("bad-"));
  }
}

}  // namespace
}  // namespace midge::loop
