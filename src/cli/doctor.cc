// midge doctor: what is installed, what is missing, how to get it.
#include <fmt/format.h>

#include "board/tools.h"
#include "cli/command.h"
#include "cli/model.h"
#include "report/table.h"

namespace midge::cli {
namespace {

// Long version lines would push the boards off the screen.
constexpr size_t kMostVersionLetters = 56;

Result<void> execute(const ModelOptions& options) {
  MIDGE_ASSIGN(const std::vector<board::BoardSpec> boards, board::load_boards(options.board_dirs));
  report::Table table({{"tool"}, {"state"}, {"version"}, {"boards"}});
  std::string cures;
  for (const board::Tool& tool : board::find_tools(boards)) {
    table.add({tool.name, tool.path.empty() ? "MISSING" : "found",
               tool.version.substr(0, kMostVersionLetters), fmt::format("{}", fmt::join(tool.boards, " "))});
    if (tool.path.empty()) cures += fmt::format("{}: {}\n", tool.name, board::how_to_install(tool.name));
  }
  fmt::print("{}\n{}", table.text(), cures.empty() ? "all is there\n" : cures);
  if (!cures.empty())
    return tool_error("some tools are missing; the boards beside them cannot be used until they are there");
  return {};
}

}  // namespace

Action add_doctor(CLI::App& app) {
  auto options = std::make_shared<ModelOptions>();
  options->add_boards(app);
  return [options] { return execute(*options); };
}

}  // namespace midge::cli
