// midge doctor: what is installed, what is missing, how to get it.
#include <fmt/format.h>

#include "board/tools.h"
#include "cli/command.h"
#include "cli/model.h"
#include "report/table.h"

namespace midge::cli {
namespace {

// "QEMU emulator version 7.2.22 (Debian ...)" → "7.2.22": the first word with a number's start and a dot that
// stands outside of parentheses.
std::string version_number(std::string_view text) {
  int depth = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
    const bool word_starts = at == 0 || text[at - 1] == ' ';
    if (depth != 0 || !word_starts || text[at] < '0' || text[at] > '9') continue;
    const std::string_view word = text.substr(at, text.find(' ', at) - at);
    if (word.find('.') != std::string_view::npos) return std::string(word);
  }
  return std::string(text);
}

Result<void> execute(const ModelOptions& options) {
  MIDGE_ASSIGN(const std::vector<board::BoardSpec> boards, board::load_boards(options.board_dirs));
  report::Table table({{"tool"}, {"state"}, {"version"}, {"needed for"}});
  std::string cures;
  for (const board::Tool& tool : board::find_tools(boards)) {
    table.add({tool.name, tool.path.empty() ? "MISSING" : "found", version_number(tool.version),
               fmt::format("{}", fmt::join(tool.boards, " "))});
    if (tool.path.empty()) cures += fmt::format("{}: {}\n", tool.name, board::how_to_install(tool.name));
  }
  fmt::print("{}\n{}", table.text(), cures.empty() ? "nothing is missing\n" : cures);
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
