// midge compile: a model as C99 sources in a directory.
#include <fmt/format.h>

#include <system_error>

#include "cli/command.h"
#include "cli/model.h"
#include "cli/output_files.h"
#include "cli/tensor_input.h"
#include "emit/emit.h"
#include "measure/image.h"
#include "report/status.h"
#include "report/table.h"

namespace midge::cli {
namespace {

struct CompileOptions {
  ModelOptions model;
  std::filesystem::path directory;
  std::string board, name;
};

// What only a build for a board can tell: does it fit, how large is it, how deep does its stack get.
struct OnBoard {
  board::FirmwareSizes sizes;
  emit::StackUse stack;
};

Result<OnBoard> try_on_board(const compile::Program& program, const CompileOptions& options) {
  MIDGE_ASSIGN(const board::BoardSpec board, board::find_board(options.board, options.model.board_dirs));
  MIDGE_ASSIGN(const measure::Image image, measure::Image::build(board, {&program, 1}));
  measure::Run run;
  for (ValueId id : program.graph.inputs) run.inputs.push_back(pseudo_random_tensor(program.graph.value(id)));
  MIDGE_ASSIGN(const measure::Outcome outcome, image.run({&run, 1}));
  return OnBoard{image.sizes(), {outcome.stack_bytes, board.name}};
}

Result<void> write_sources(const compile::Program& program, const std::filesystem::path& directory,
                           const std::optional<emit::StackUse>& stack) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(directory, error);
  if (error)
    return usage_error(
        fmt::format("{}: cannot create the directory: {}", directory.string(), error.message()));
  const std::vector<emit::File> sources = emit::emit(program, stack);
  std::vector<OutputFile> files;
  for (const emit::File& source : sources) files.push_back({directory / source.name, source.text});
  if (auto written = write_files(files); !written) {
    if (made) std::filesystem::remove(directory, error);
    return written;
  }
  report::Table table({{"file"}, {"bytes", report::Align::kRight}});
  for (const OutputFile& file : files)
    table.add({file.path.string(), report::grouped(static_cast<int64_t>(file.bytes.size()))});
  fmt::print("{}\n", table.text());
  return {};
}

Result<void> execute(const CompileOptions& options) {
  const std::string name = options.name.empty() ? name_from(options.model.model) : options.name;
  if (const std::string_view fault = fault_of_name(name); !fault.empty())
    return usage_error(fmt::format("--name {}: {}; choose another", name, fault));
  if (options.directory.empty() && options.model.print_phase.empty())
    return usage_error("compile needs -o DIR for the sources, or --print=PHASE");
  if (!options.board.empty()) MIDGE_TRY(board::find_board(options.board, options.model.board_dirs));
  report::Status status;
  MIDGE_ASSIGN(graph::Graph graph, load_model(options.model.model));
  MIDGE_ASSIGN(const compile::Program program, compile_model(std::move(graph), name, options.model));
  if (options.directory.empty()) return {};

  std::optional<OnBoard> on_board;
  if (!options.board.empty()) {
    status.show("building for " + options.board);
    MIDGE_ASSIGN(on_board, try_on_board(program, options));
  }
  MIDGE_TRY(
      write_sources(program, options.directory, on_board ? std::optional(on_board->stack) : std::nullopt));
  fmt::print("arena  {} bytes\n", report::grouped(program.plan.arena_bytes));
  if (on_board)
    fmt::print("stack  {} bytes on {}\nflash  {} bytes on {}: code with start-up {}, weights {}\n",
               report::grouped(on_board->stack.bytes), options.board,
               report::grouped(on_board->sizes.code_bytes + on_board->sizes.weight_bytes), options.board,
               report::grouped(on_board->sizes.code_bytes), report::grouped(on_board->sizes.weight_bytes));
  return {};
}

}  // namespace

Action add_compile(CLI::App& app) {
  auto options = std::make_shared<CompileOptions>();
  options->model.add_model(app);
  app.add_option("-o,--output", options->directory, "Where the sources go; made if it is not there")
      ->type_name("DIR");
  app.add_option("--board", options->board,
                 "Also build for this board: checks that it fits, reports stack and flash")
      ->type_name("BOARD");
  options->model.add_boards(app);
  app.add_option("--name", options->name,
                 "Start of every file name and C name (default: from the model's file name)")
      ->type_name("NAME");
  options->model.add_print(app);
  return [options] { return execute(*options); };
}

}  // namespace midge::cli
