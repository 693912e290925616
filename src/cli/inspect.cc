// midge inspect: what a model is made of.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/model.h"
#include "graph/summary.h"
#include "report/table.h"
#include "report/tensor.h"

namespace midge::cli {
namespace {

using graph::NodeRow;
using graph::Summary;
using graph::TensorRow;
using report::grouped;

struct InspectOptions {
  ModelOptions model;
  bool json = false;
};

std::string type_text(const TensorRow& row) {
  return fmt::format("{}{}", name_of(row.dtype), report::shape_text(row.shape));
}

nlohmann::ordered_json tensor_json(const TensorRow& row) {
  return {{"name", row.name},
          {"dtype", name_of(row.dtype)},
          {"shape", row.shape},
          {"quantization", row.quantization},
          {"bytes", row.bytes}};
}

nlohmann::ordered_json as_json(const Summary& summary, const std::filesystem::path& model) {
  const auto tensors = [](const std::vector<TensorRow>& rows) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const TensorRow& row : rows) list.push_back(tensor_json(row));
    return list;
  };
  nlohmann::ordered_json operators = nlohmann::ordered_json::array();
  for (const NodeRow& row : summary.nodes)
    operators.push_back({{"source", row.source},
                         {"op", row.op},
                         {"output", tensor_json(row.output)},
                         {"macs", row.macs},
                         {"weight_bytes", row.weight_bytes}});
  return {{"model", model.string()},
          {"inputs", tensors(summary.inputs)},
          {"outputs", tensors(summary.outputs)},
          {"operators", std::move(operators)},
          {"totals",
           {{"macs", summary.macs},
            {"weight_bytes", summary.weight_bytes},
            {"activation_bytes", summary.activation_bytes}}}};
}

void print_text(const Summary& summary, const std::filesystem::path& model) {
  fmt::print("{}\n", model.string());
  for (const TensorRow& row : summary.inputs)
    fmt::print("input   {} {}  {}\n", row.name, type_text(row), row.quantization);
  for (const TensorRow& row : summary.outputs)
    fmt::print("output  {} {}  {}\n", row.name, type_text(row), row.quantization);
  using enum report::Align;
  report::Table table({{"operator"},
                       {"output"},
                       {"quantisation"},
                       {"MACs", kRight},
                       {"weight bytes", kRight},
                       {"output bytes", kRight}});
  for (const NodeRow& row : summary.nodes)
    table.add({row.source, type_text(row.output), row.output.quantization, grouped(row.macs),
               grouped(row.weight_bytes), grouped(row.output.bytes)});
  fmt::print("\n{}\n{} operators, {} MACs, {} weight bytes, {} activation bytes without sharing\n",
             table.text(), summary.nodes.size(), grouped(summary.macs), grouped(summary.weight_bytes),
             grouped(summary.activation_bytes));
}

Result<void> execute(const InspectOptions& options) {
  MIDGE_ASSIGN(const graph::Graph graph, load_model(options.model.model));
  const Summary summary = graph::summarise(graph);
  if (options.json)
    fmt::print("{}\n", report::json_text(as_json(summary, options.model.model)));
  else
    print_text(summary, options.model.model);
  return {};
}

}  // namespace

Action add_inspect(CLI::App& app) {
  auto options = std::make_shared<InspectOptions>();
  options->model.add_model(app);
  app.add_flag("--json", options->json, "Print one JSON object instead of text");
  return [options] { return execute(*options); };
}

}  // namespace midge::cli
