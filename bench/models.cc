// The MLPerf Tiny int8 models on the emulated boards: memory, code, instructions, and the ratio to TensorFlow
// Lite Micro's figures in ../shared/baselines. Prints Markdown. Usage: bench_models [BOARD...]
#include "support/models.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "report/table.h"

namespace midge::bench {
namespace {

using report::grouped;
using test::Bytes;

struct Row {
  int64_t arena = 0, stack = 0, code = 0, weights = 0, instructions = 0;
};

Result<Row> measure_model(const std::string& model, const board::BoardSpec& board) {
  const auto shared = test::shared_dir();
  MIDGE_ASSIGN(const compile::Program program,
               test::compile_file(shared / "models" / (model + ".tflite"), model));
  MIDGE_ASSIGN(const Bytes input, read_file(shared / "golden" / (model + ".in.bin")));
  MIDGE_ASSIGN(const measure::Image image, measure::Image::build(board, {&program, 1}));
  const measure::Run run = {0, {input}};
  board::RunOptions options;
  options.count_instructions = true;
  MIDGE_ASSIGN(const measure::Outcome outcome, image.run({&run, 1}, options));
  return Row{program.plan.arena_bytes, outcome.stack_bytes, image.sizes().code_bytes,
             image.sizes().weight_bytes, static_cast<int64_t>(outcome.instructions.at(0))};
}

// "0.42", or a dash where the baseline has no figure for this core.
std::string ratio(int64_t ours, const nlohmann::json& baseline, const std::string& core) {
  if (!baseline.contains(core)) return "–";
  return fmt::format("{:.2f}", static_cast<double>(ours) / baseline.at(core).get<double>());
}

Result<void> print_board(const std::string& name, const nlohmann::json& baselines) {
  MIDGE_ASSIGN(const board::BoardSpec board, board::find_board(name, {}));
  fmt::print(
      "\n**{}** ({})\n\n| model | arena | stack | code | weights | instructions | of the reference kernels' "
      "| of CMSIS-NN's |\n"
      "|---|--:|--:|--:|--:|--:|--:|--:|\n",
      board.core, name);
  for (const auto& [file, baseline] : baselines.at("models").items()) {
    const std::string model = file.substr(0, file.rfind('.'));
    MIDGE_ASSIGN(const Row row, measure_model(model, board));
    fmt::print("| {} | {} | {} | {} | {} | {} | {} | {} |\n", model, grouped(row.arena), grouped(row.stack),
               grouped(row.code), grouped(row.weights), grouped(row.instructions),
               ratio(row.instructions, baseline.at("instructions_reference_kernels"), board.core),
               ratio(row.instructions, baseline.at("instructions"), board.core));
    std::fflush(stdout);
  }
  return {};
}

Result<void> print_all(std::vector<std::string> boards) {
  if (test::shared_dir().empty())
    return usage_error("../shared is absent: it holds the models and the baselines");
  MIDGE_ASSIGN(const std::string text, read_text_file(test::shared_dir() / "baselines/tflm_cmsis_nn.json"));
  const auto baselines = nlohmann::json::parse(text, nullptr, false);
  if (baselines.is_discarded()) return usage_error("../shared/baselines/tflm_cmsis_nn.json is not JSON");
  if (boards.empty())
    boards = {"mps2-an386", "mps2-an385", "mps2-an500", "mps2-an505", "mps3-an547", "riscv32-virt"};
  for (const std::string& name : boards) MIDGE_TRY(print_board(name, baselines));
  return {};
}

}  // namespace
}  // namespace midge::bench

int main(int argc, char** argv) {
  const auto done = midge::bench::print_all({argv + 1, argv + argc});
  if (!done) fmt::print(stderr, "bench_models: {}\n", done.error().message);
  return done ? 0 : 1;
}
