// Every bad model is refused with exactly the message in its text file, in one line.
#include "error/bad_models.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "import/tflite.h"

namespace midge::import {
namespace {

std::vector<BadModel> all_bad_models() {
  std::vector<BadModel> all = bad_structures();
  for (const std::vector<BadModel>& more : {bad_tensors(), bad_operators()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::filesystem::path golden(const std::string& name) {
  return "test/error/bad-" + name + ".txt";
}

TEST(BadModels, Messages) {
  const bool rewrite = std::getenv("MIDGE_REWRITE_GOLDEN") != nullptr;
  for (const BadModel& bad : all_bad_models()) {
    SCOPED_TRACE(bad.name);
    const Result<graph::Graph> graph = import_tflite(bad.make(), "bad.tflite");
    ASSERT_FALSE(graph.has_value());
    EXPECT_EQ(graph.error().kind, ErrorKind::kModel);
    EXPECT_EQ(graph.error().message.find('\n'), std::string::npos);
    if (rewrite) {
      ASSERT_TRUE(write_file(golden(bad.name), graph.error().message + "\n").has_value());
    }
    const Result<std::string> expected = read_text_file(golden(bad.name));
    ASSERT_TRUE(expected.has_value()) << expected.error().message;
    EXPECT_EQ(graph.error().message + "\n", *expected);
  }
}

TEST(BadModels, EveryTextHasItsModel) {
  std::set<std::filesystem::path> named;
  for (const BadModel& bad : all_bad_models())
    EXPECT_TRUE(named.insert(golden(bad.name)).second) << bad.name << " is there twice";
  for (const auto& entry : std::filesystem::directory_iterator("test/error"))
    if (entry.path().filename().string().starts_with("bad-")) {
      EXPECT_TRUE(named.contains(entry.path())) << entry.path();
    }
}

}  // namespace
}  // namespace midge::import
