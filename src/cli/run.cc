// midge run: a model on a board, on given or fixed inputs.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/file.h"
#include "cli/command.h"
#include "cli/model.h"
#include "cli/tensor_input.h"
#include "measure/image.h"
#include "report/status.h"
#include "report/table.h"
#include "report/tensor.h"

namespace midge::cli {
namespace {

using Bytes = std::vector<uint8_t>;

struct RunOptions {
  ModelOptions model;
  std::string board = "mps2-an500";
  std::vector<std::filesystem::path> inputs;
  std::filesystem::path output, labels;
  Normalisation normalisation;
  double timeout_seconds = 60;
  bool check = false, json = false;
};

struct Finished {
  compile::Program program;
  measure::Outcome outcome;
  board::FirmwareSizes sizes;
  std::string board;
  std::optional<bool> equal_to_host;  // with --check
};

Result<std::vector<Bytes>> read_inputs(const RunOptions& options, const graph::Graph& graph) {
  std::vector<Bytes> tensors;
  if (!options.inputs.empty() && options.inputs.size() != graph.inputs.size())
    return usage_error(fmt::format("{}: the model has {} inputs, --input was given {} times",
                                   options.model.model.string(), graph.inputs.size(), options.inputs.size()));
  for (size_t i = 0; i < graph.inputs.size(); ++i) {
    const graph::Value& value = graph.value(graph.inputs[i]);
    if (options.inputs.empty()) {
      tensors.push_back(pseudo_random_tensor(value));
      continue;
    }
    MIDGE_ASSIGN(Bytes bytes, read_tensor(options.inputs[i], value, options.normalisation));
    tensors.push_back(std::move(bytes));
  }
  return tensors;
}

Result<measure::Outcome> run_on(const board::BoardSpec& board, const compile::Program& program,
                                const std::vector<Bytes>& inputs, const RunOptions& options,
                                board::FirmwareSizes* sizes) {
  MIDGE_ASSIGN(const measure::Image image, measure::Image::build(board, {&program, 1}));
  if (sizes) *sizes = image.sizes();
  const measure::Run run = {0, inputs};
  board::RunOptions run_options;
  run_options.timeout = std::chrono::milliseconds(static_cast<int64_t>(options.timeout_seconds * 1000));
  run_options.count_instructions = !board.native();
  return image.run({&run, 1}, run_options);
}

Result<Finished> run(const RunOptions& options) {
  report::Status status;
  MIDGE_ASSIGN(const board::BoardSpec board, board::find_board(options.board, options.model.board_dirs));
  MIDGE_ASSIGN(graph::Graph graph, load_model(options.model.model));
  MIDGE_ASSIGN(const std::vector<Bytes> inputs, read_inputs(options, graph));
  status.show("compiling " + options.model.model.string());
  Finished finished;
  MIDGE_ASSIGN(finished.program,
               compile_model(std::move(graph), identifier_from(options.model.model), options.model));
  status.show("building and running for " + board.name);
  MIDGE_ASSIGN(finished.outcome, run_on(board, finished.program, inputs, options, &finished.sizes));
  finished.board = board.name;
  if (options.check) {
    status.show("running on the host");
    MIDGE_ASSIGN(const board::BoardSpec host, board::find_board("host", options.model.board_dirs));
    MIDGE_ASSIGN(const measure::Outcome reference, run_on(host, finished.program, inputs, options, nullptr));
    finished.equal_to_host = reference.outputs == finished.outcome.outputs;
  }
  return finished;
}

nlohmann::ordered_json as_json(const Finished& finished, const RunOptions& options) {
  const graph::Graph& graph = finished.program.graph;
  nlohmann::ordered_json outputs = nlohmann::ordered_json::array();
  for (size_t i = 0; i < graph.outputs.size(); ++i)
    outputs.push_back(report::tensor_json(graph.value(graph.outputs[i]), finished.outcome.outputs[0][i]));
  nlohmann::ordered_json object = {
      {"model", options.model.model.string()},
      {"board", finished.board},
      {"outputs", std::move(outputs)},
      {"arena_bytes", finished.program.plan.arena_bytes},
      {"stack_bytes", finished.outcome.stack_bytes},
      {"flash_bytes", {{"code", finished.sizes.code_bytes}, {"weights", finished.sizes.weight_bytes}}},
      {"checked", finished.equal_to_host.value_or(false)},
  };
  if (!finished.outcome.instructions.empty()) object["instructions"] = finished.outcome.instructions[0];
  return object;
}

Result<std::vector<std::string>> read_labels(const std::filesystem::path& file) {
  std::vector<std::string> labels;
  if (file.empty()) return labels;
  MIDGE_ASSIGN(const std::string text, read_text_file(file));
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    labels.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return labels;
}

// The largest elements of an output first, as a classifier's user wants them.
constexpr size_t kMostRows = 5;

void print_output(const graph::Value& value, const Bytes& bytes, const std::vector<std::string>& labels) {
  fmt::print("output '{}' {}{}\n", value.name, name_of(value.dtype), report::shape_text(value.shape));
  const auto count = static_cast<size_t>(element_count(value.shape).value_or(0));
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return report::stored(value, bytes, static_cast<int64_t>(a)) >
           report::stored(value, bytes, static_cast<int64_t>(b));
  });
  report::Table table({{"  index", report::Align::kRight},
                       {"label"},
                       {"stored", report::Align::kRight},
                       {"value", report::Align::kRight}});
  for (size_t rank = 0; rank < std::min(kMostRows, count); ++rank) {
    const size_t i = order[rank];
    const auto index = static_cast<int64_t>(i);
    table.add({std::to_string(i), i < labels.size() ? labels[i] : "",
               fmt::format("{}", report::stored(value, bytes, index)),
               fmt::format("{:.4f}", report::real(value, bytes, index))});
  }
  fmt::print("{}", table.text());
  if (count > kMostRows) fmt::print("  the {} largest of {}\n", kMostRows, count);
}

void print_class(const graph::Value& value, const Bytes& bytes, const std::vector<std::string>& labels) {
  if (labels.empty() || element_count(value.shape) != static_cast<int64_t>(labels.size())) return;
  int64_t best = 0;
  for (int64_t i = 1; i < static_cast<int64_t>(labels.size()); ++i)
    if (report::stored(value, bytes, i) > report::stored(value, bytes, best)) best = i;
  fmt::print("class         {} ({:.1f} %)\n", labels[static_cast<size_t>(best)],
             100 * report::real(value, bytes, best));
}

void print_totals(const Finished& finished) {
  using report::grouped;
  fmt::print("arena         {} bytes\n", grouped(finished.program.plan.arena_bytes));
  fmt::print("stack         {} bytes\n", grouped(finished.outcome.stack_bytes));
  fmt::print("flash         {} bytes: code {}, weights {}\n",
             grouped(finished.sizes.code_bytes + finished.sizes.weight_bytes),
             grouped(finished.sizes.code_bytes), grouped(finished.sizes.weight_bytes));
  if (!finished.outcome.instructions.empty())
    fmt::print("instructions  {}\n", grouped(static_cast<int64_t>(finished.outcome.instructions[0])));
  if (finished.equal_to_host)
    fmt::print("host run      {}\n",
               *finished.equal_to_host ? "agrees: every output byte is equal" : "DIFFERS");
}

Result<void> print_text(const Finished& finished, const RunOptions& options) {
  MIDGE_ASSIGN(const std::vector<std::string> labels, read_labels(options.labels));
  const graph::Graph& graph = finished.program.graph;
  fmt::print("{} on {}\n\n", options.model.model.string(), finished.board);
  for (size_t i = 0; i < graph.outputs.size(); ++i)
    print_output(graph.value(graph.outputs[i]), finished.outcome.outputs[0][i], labels);
  fmt::print("\n");
  if (!graph.outputs.empty())
    print_class(graph.value(graph.outputs[0]), finished.outcome.outputs[0][0], labels);
  print_totals(finished);
  return {};
}

Result<void> execute(const RunOptions& options) {
  MIDGE_ASSIGN(const Finished finished, run(options));
  if (!options.output.empty()) {
    Bytes all;
    for (const Bytes& bytes : finished.outcome.outputs[0]) all.insert(all.end(), bytes.begin(), bytes.end());
    MIDGE_TRY(write_file(options.output, std::span<const uint8_t>(all)));
  }
  if (options.json) {
    fmt::print("{}\n", as_json(finished, options).dump(2));
  } else {
    MIDGE_TRY(print_text(finished, options));
  }
  if (finished.equal_to_host == false)
    return Error{ErrorKind::kCheckFailed, fmt::format("{}: outputs on {} differ from the host run",
                                                      options.model.model.string(), finished.board)};
  return {};
}

}  // namespace

Action add_run(CLI::App& app) {
  auto options = std::make_shared<RunOptions>();
  options->model.add_model(app);
  app.add_option("--board", options->board, "The board to run on (`midge boards` lists them)")
      ->capture_default_str();
  options->model.add_boards(app);
  app.add_option("--input", options->inputs,
                 "One file per input, in order: .bin (raw tensor bytes), .npy or .png; "
                 "without it a fixed pseudo-random input")
      ->type_name("FILE");
  app.add_option("--mean", options->normalisation.mean, "Subtracted from pixel/255 of a .png")
      ->capture_default_str();
  app.add_option("--std", options->normalisation.std, "Then divided by this")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--output", options->output, "Write the outputs' raw bytes here, one after the other")
      ->type_name("FILE");
  app.add_option("--labels", options->labels, "A file with one class name per line")->type_name("FILE");
  app.add_option("--timeout", options->timeout_seconds, "Seconds the board may take")
      ->capture_default_str()
      ->check(CLI::Range(0.001, 1e6));
  app.add_flag("--check", options->check,
               "Compare with a run of the same C on this machine; exit 1 if a byte differs");
  app.add_flag("--json", options->json, "Print one JSON object instead of text");
  options->model.add_print(app);
  return [options] { return execute(*options); };
}

}  // namespace midge::cli
