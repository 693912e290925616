// test/golden/<pass>/*.txt: a graph, a line ---, the graph after the pass. MIDGE_UPDATE_GOLDEN=1 rewrites the
// second.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "passes/passes.h"

namespace midge::passes {
namespace {

constexpr std::string_view kSeparator = "---\n";

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The names of each kernel's operators in order, a line a kernel, then the views.
std::string describe_groups(const graph::Graph& graph) {
  std::string out;
  for (const lower::Group& group : fuse(graph)) {
    std::string line;
    for (NodeId id : group.nodes) line += (line.empty() ? "kernel " : " + ") + graph.node(id).source;
    out += line + "\n";
  }
  for (const graph::Node& node : graph.nodes)
    if (is_view(graph, node)) out += "view " + node.source + "\n";
  return out;
}

int check_folder(const std::filesystem::path& folder,
                 const std::function<std::string(graph::Graph&)>& after) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string text = read_file(entry.path());
    const size_t split = text.find(kSeparator);
    const std::string before = text.substr(0, split);
    Result<graph::Graph> graph = graph::parse(before);
    if (!graph) {
      ADD_FAILURE() << entry.path() << ": " << graph.error().message;
      continue;
    }
    const Result<void> sound = verify(*graph);
    EXPECT_TRUE(sound) << entry.path() << ": " << sound.error().message;
    const std::string found = after(*graph);
    const Result<void> still_sound = verify(*graph);
    EXPECT_TRUE(still_sound) << entry.path() << ": " << still_sound.error().message << "\n" << found;
    if (std::getenv("MIDGE_UPDATE_GOLDEN") != nullptr)
      std::ofstream(entry.path()) << before << kSeparator << found;
    else
      EXPECT_EQ(found, split == std::string::npos ? "" : text.substr(split + kSeparator.size()))
          << entry.path();
    ++files;
  }
  return files;
}

TEST(GoldenPasses, EveryPass) {
  for (const Pass& pass : pipeline()) {
    const int files = check_folder("test/golden/" + std::string(pass.name), [&](graph::Graph& graph) {
      const std::string before = print(graph);
      const int count = pass.run(graph);
      const std::string after = print(graph);
      EXPECT_EQ(count == 0, before == after) << pass.name;
      EXPECT_EQ(pass.run(graph), 0) << pass.name << " is not done after one run";
      return after;
    });
    EXPECT_GE(files, 1) << pass.name;
  }
}

TEST(GoldenPasses, Fuse) {
  EXPECT_GE(check_folder("test/golden/fuse", describe_groups), 1);
}

}  // namespace
}  // namespace midge::passes
