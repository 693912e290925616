// midge boards: what there is to run on.
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/model.h"
#include "report/table.h"

namespace midge::cli {
namespace {

std::string kilobytes(uint64_t bytes) {
  return fmt::format("{} KB", report::grouped(static_cast<int64_t>(bytes / 1024)));
}

Result<void> execute(const ModelOptions& options) {
  MIDGE_ASSIGN(const std::vector<board::BoardSpec> boards, board::load_boards(options.board_dirs));
  using enum report::Align;
  report::Table table(
      {{"board"}, {"core"}, {"clock", kRight}, {"code in", kRight}, {"arena in", kRight}, {"description"}});
  for (const board::BoardSpec& board : boards)
    table.add({board.name, board.core,
               board.clock_hz ? fmt::format("{:g} MHz", static_cast<double>(board.clock_hz) / 1e6) : "",
               board.native() ? "" : kilobytes(board.memory_for(board::Use::kCode).size),
               board.native() ? "" : kilobytes(board.memory_for(board::Use::kArena).size),
               board.description});
  fmt::print("{}", table.text());
  return {};
}

}  // namespace

Action add_boards(CLI::App& app) {
  auto options = std::make_shared<ModelOptions>();
  options->add_boards(app);
  return [options] { return execute(*options); };
}

}  // namespace midge::cli
