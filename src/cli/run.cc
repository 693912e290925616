// midge run: a model on a board, on given or fixed inputs.
#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/command.h"
#include "cli/model.h"
#include "cli/output_files.h"
#include "cli/tensor_input.h"
#include "measure/image.h"
#include "report/output.h"
#include "report/status.h"
#include "report/table.h"
#include "report/tensor.h"

namespace midge::cli {
namespace {

using Bytes = std::vector<uint8_t>;
using Labels = std::vector<std::string>;

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
  board::BoardSpec board;
  Labels labels;                      // none, or as many as an output has elements
  std::optional<bool> equal_to_host;  // with --check
};

Result<std::vector<Bytes>> read_inputs(const RunOptions& options, const graph::Graph& graph) {
  std::vector<Bytes> tensors;
  if (!options.inputs.empty() && options.inputs.size() != graph.inputs.size())
    return usage_error(
        fmt::format("{}: the number of inputs is {}, but --input is given {} times; "
                    "give one file for each, or none",
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

bool fit(const Labels& labels, const graph::Value& value) {
  return element_count(value.shape) == static_cast<int64_t>(labels.size());
}

// One name a line, as any editor leaves them: the last line may be empty, lines may end in CR LF.
Result<Labels> read_labels(const std::filesystem::path& file, const graph::Graph& graph) {
  Labels labels;
  if (file.empty()) return labels;
  MIDGE_ASSIGN(const std::string text, read_text_file(file));
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    labels.push_back(text.substr(at, end - at));
    if (labels.back().ends_with('\r')) labels.back().pop_back();
    at = end + 1;
  }
  std::vector<int64_t> counts;
  for (const ValueId id : graph.outputs) {
    if (fit(labels, graph.value(id))) return labels;
    counts.push_back(element_count(graph.value(id).shape).value_or(0));
  }
  return usage_error(
      fmt::format("{}: has {} names, but the model's output has {} elements; one name a line, please",
                  file.string(), labels.size(), fmt::join(counts, " or ")));
}

Result<measure::Outcome> run_on(const board::BoardSpec& board, const compile::Program& program,
                                const std::vector<Bytes>& inputs, const RunOptions& options,
                                board::FirmwareSizes* sizes) {
  MIDGE_ASSIGN(const measure::Image image, measure::Image::build(board, {&program, 1}));
  if (sizes) *sizes = image.sizes();
  const measure::Run run = {0, inputs};
  board::RunOptions run_options;
  run_options.timeout = std::chrono::milliseconds(std::llround(options.timeout_seconds * 1000));
  run_options.count_instructions = !board.native();
  return image.run({&run, 1}, run_options);
}

Result<Finished> run(const RunOptions& options) {
  report::Status status;
  Finished finished;
  MIDGE_ASSIGN(finished.board, board::find_board(options.board, options.model.board_dirs));
  const board::BoardSpec& board = finished.board;
  MIDGE_ASSIGN(graph::Graph graph, load_model(options.model.model));
  MIDGE_ASSIGN(const std::vector<Bytes> inputs, read_inputs(options, graph));
  MIDGE_ASSIGN(finished.labels, read_labels(options.labels, graph));
  status.show("compiling " + options.model.model.string());
  MIDGE_ASSIGN(finished.program,
               compile_model(std::move(graph), name_from(options.model.model), options.model));
  status.show("building and running for " + board.name);
  MIDGE_ASSIGN(finished.outcome, run_on(board, finished.program, inputs, options, &finished.sizes));
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
      {"board", finished.board.name},
      {"outputs", std::move(outputs)},
      {"arena_bytes", finished.program.plan.arena_bytes},
      {"stack_bytes", finished.outcome.stack_bytes},
      {"flash_bytes", {{"code", finished.sizes.code_bytes}, {"weights", finished.sizes.weight_bytes}}},
      {"checked", finished.equal_to_host.value_or(false)},
  };
  if (!finished.outcome.instructions.empty()) object["instructions"] = finished.outcome.instructions[0];
  return object;
}

// Whose elements are no probabilities has a class only for those who gave the classes' names.
std::string class_text(const graph::Value& value, const Bytes& bytes, const Labels& labels) {
  const auto found = report::most_probable(value, bytes);
  if (!found && labels.empty()) return {};
  const int64_t index = found ? found->index : report::ranked(value, bytes).front();
  return fmt::format("class         {}, {}\n",
                     labels.empty() ? std::to_string(index) : labels[static_cast<size_t>(index)],
                     found ? fmt::format("probability {:.1f} %", 100 * found->probability)
                           : fmt::format("value {:.4g}", report::real(value, bytes, index)));
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

void print_text(const Finished& finished, const RunOptions& options) {
  const graph::Graph& graph = finished.program.graph;
  const std::string core = finished.board.native() ? "" : fmt::format(" ({})", finished.board.core);
  fmt::print("{} on {}{}\n\n", options.model.model.string(), finished.board.name, core);
  std::string classes, outputs;
  for (size_t i = 0; i < graph.outputs.size(); ++i) {
    const graph::Value& value = graph.value(graph.outputs[i]);
    const Bytes& bytes = finished.outcome.outputs[0][i];
    const Labels labels = fit(finished.labels, value) ? finished.labels : Labels();
    classes += class_text(value, bytes, labels);
    outputs += report::output_text(value, bytes, labels) + "\n";
  }
  fmt::print("{}{}{}", classes, classes.empty() ? "" : "\n", outputs);
  print_totals(finished);
}

Result<void> execute(const RunOptions& options) {
  MIDGE_ASSIGN(const Finished finished, run(options));
  if (!options.output.empty()) {
    std::string all;
    for (const Bytes& bytes : finished.outcome.outputs[0]) all.append(bytes.begin(), bytes.end());
    const OutputFile file = {options.output, all};
    MIDGE_TRY(write_files({&file, 1}));
  }
  if (options.json)
    fmt::print("{}\n", report::json_text(as_json(finished, options)));
  else
    print_text(finished, options);
  if (finished.equal_to_host == false)
    return Error{ErrorKind::kCheckFailed, fmt::format("{}: outputs on {} differ from the host run",
                                                      options.model.model.string(), finished.board.name)};
  return {};
}

// CLI11's own ranges let NaN pass, and print six digits of what they allow.
std::function<std::string(const std::string&)> number_in(double least, double most) {
  return [=](const std::string& text) {
    double x = 0;
    if (CLI::detail::lexical_cast(text, x) && x >= least && x <= most) return std::string();
    return fmt::format("'{}' is not a number from {} to {}", text, least, most);
  };
}

}  // namespace

Action add_run(CLI::App& app) {
  auto options = std::make_shared<RunOptions>();
  options->model.add_model(app);
  app.add_option("--board", options->board, "The board to run on (`midge boards` lists them)")
      ->type_name("BOARD")
      ->capture_default_str();
  options->model.add_boards(app);
  app.add_option("--input", options->inputs,
                 "An input: .bin (raw tensor bytes), .npy or .png; once for each input of the model, in\n"
                 "order. Without it a fixed pseudo-random input")
      ->type_name("FILE")
      ->allow_extra_args(false);  // one file each time, so that MODEL may follow
  app.add_option("--mean", options->normalisation.mean, "Subtracted from pixel/255 of a .png")
      ->type_name("X")
      ->capture_default_str()
      ->check(number_in(-1e6, 1e6));
  app.add_option("--std", options->normalisation.std, "Then divided by this")
      ->type_name("X")
      ->capture_default_str()
      ->check(number_in(1e-6, 1e6));
  app.add_option("--output", options->output, "Write the outputs' raw bytes here, one after the other")
      ->type_name("FILE");
  app.add_option("--labels", options->labels, "A file with the classes' names, one a line")
      ->type_name("FILE");
  app.add_option("--timeout", options->timeout_seconds, "How long the board may take")
      ->type_name("SECONDS")
      ->capture_default_str()
      ->check(number_in(0.001, 1e6));
  app.add_flag("--check", options->check,
               "Compare with a run of the same C on this machine; exit 1 if a byte differs");
  options->model.add_print(app);
  app.add_flag("--json", options->json, "Print one JSON object instead of text")->excludes("--print");
  return [options] { return execute(*options); };
}

}  // namespace midge::cli
