// The whole-graph check: tables, order, then every node against its rule.
#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "graph/site.h"

namespace midge::graph {
namespace {

// Far beyond any network for a microcontroller, and small enough that passes may look for producers and
// consumers by scanning, and that everything a hostile file asks for ends in seconds.
constexpr size_t kMostNodes = 10'000;
constexpr size_t kMostValues = 40'000;
constexpr size_t kMostReferences = 40'000;        // of nodes to their inputs
constexpr int64_t kMostBytes = int64_t{1} << 30;  // of all tensors together

Error value_error(const Value& value, const std::string& what) {
  return model_error(fmt::format("tensor {}: {}", shown_name(value.name), what));
}

// Lists of equal and right length for every type; what 8- and 16-bit codes mean must also be a real number.
// (The parameters of a 32-bit bias follow from its operator and are not read.)
Result<void> check_parameters(const Value& value) {
  if (!value.quantization) return {};
  const Quantization& q = *value.quantization;
  if (q.axis < -1 || q.axis >= static_cast<int32_t>(value.shape.size()))
    return value_error(value, fmt::format("quantised along axis {}, which it has not", q.axis));
  const size_t entries = q.per_axis() ? static_cast<size_t>(value.shape[static_cast<size_t>(q.axis)]) : 1;
  if (q.scales.size() != entries || q.zero_points.size() != entries)
    return value_error(value, fmt::format("{} scales and zero points expected, found {} and {}", entries,
                                          q.scales.size(), q.zero_points.size()));
  if (!is_integer(value.dtype) || size_of(value.dtype) > 2) return {};
  for (float scale : q.scales)
    if (!std::isfinite(scale) || scale <= 0)
      return value_error(value, fmt::format("scale {} is not a positive number", scale));
  for (int32_t zero_point : q.zero_points)
    if (zero_point < min_of(value.dtype) || zero_point > max_of(value.dtype))
      return value_error(value, fmt::format("zero point {} is outside {}", zero_point, name_of(value.dtype)));
  return {};
}

Result<void> check_bools(const Value& value) {
  if (!value.is_constant() || value.dtype != DType::kBool) return {};
  const bool sound =
      std::all_of(value.data->begin(), value.data->end(), [](uint8_t byte) { return byte <= 1; });
  if (!sound) return value_error(value, "a bool constant must hold only 0 and 1");
  return {};
}

Result<void> check_size(const Graph& graph) {
  if (graph.values.size() > kMostValues || graph.nodes.size() > kMostNodes)
    return model_error(fmt::format("not supported: {} operators and {} tensors; at most {} and {}",
                                   graph.nodes.size(), graph.values.size(), kMostNodes, kMostValues));
  size_t references = 0;
  for (const Node& node : graph.nodes) references += node.inputs.size();
  if (references > kMostReferences)
    return model_error(fmt::format("not supported: operators with {} inputs altogether; at most {}",
                                   references, kMostReferences));
  return {};
}

Result<void> check_values(const Graph& graph) {
  std::unordered_set<std::string_view> names;
  int64_t bytes = 0;
  for (const Value& value : graph.values) {
    if (value.name.empty()) return model_error("a tensor has no name");
    if (!names.insert(value.name).second)
      return model_error(fmt::format("two tensors are called {}", shown_name(value.name)));
    MIDGE_TRY(check_value(value));
    MIDGE_TRY(check_bools(value));
    MIDGE_TRY(check_parameters(value));
    bytes += byte_size(value);  // each below 2^34: no overflow
    if (bytes > kMostBytes)
      return value_error(
          value,
          fmt::format("not supported: the tensors up to this one have more than {} bytes", kMostBytes));
  }
  return {};
}

// `ready`: the values that may be read.
Result<void> check_node(const Graph& graph, const Node& node, std::vector<bool>& ready) {
  MIDGE_ASSIGN(const std::vector<TensorType> expected, infer(graph, node));
  const Site site(graph, node);
  for (size_t i = 0; i < site.inputs(); ++i)
    if (site.has(i) && !ready[node.inputs[i].at()])
      return site.error("{} is read before it is made", site.show(i));
  const Value& out = site.out();
  if (ready[node.outputs[0].at()])
    return site.error("output {} is already an input, a constant or another operator's output",
                      shown_name(out.name));
  if (out.dtype != expected[0].dtype || out.shape != expected[0].shape)
    return site.error("output {} must be {}, found {}", shown_name(out.name),
                      to_text(expected[0].dtype, expected[0].shape), to_text(out.dtype, out.shape));
  ready[node.outputs[0].at()] = true;
  return check_quantization(site);
}

Result<void> check_inputs(const Graph& graph, std::vector<bool>& ready) {
  for (ValueId id : graph.inputs) {
    if (!id.valid() || id.at() >= graph.values.size())
      return model_error("an input is not a tensor of the model");
    const Value& value = graph.value(id);
    if (value.is_constant()) return value_error(value, "an input of the model is constant");
    if (ready[id.at()]) return value_error(value, "listed twice as an input of the model");
    if (value.dtype == DType::kI8 && value.quantization && value.quantization->per_axis())
      return value_error(value, "not supported: an input that is quantised per axis");
    ready[id.at()] = true;
  }
  for (size_t i = 0; i < graph.values.size(); ++i)
    if (graph.values[i].is_constant()) ready[i] = true;
  return {};
}

// Outputs are made by nodes: whoever calls the network owns distinct memory for each input and output.
Result<void> check_outputs(const Graph& graph) {
  if (graph.outputs.empty()) return model_error("the model has no outputs");
  std::vector<bool> made(graph.values.size(), false), listed(graph.values.size(), false);
  for (const Node& node : graph.nodes) made[node.outputs[0].at()] = true;
  for (ValueId id : graph.outputs) {
    if (!id.valid() || id.at() >= graph.values.size())
      return model_error("an output is not a tensor of the model");
    if (!made[id.at()])
      return value_error(graph.value(id), "not supported: an output of the model that no operator computes");
    if (listed[id.at()])
      return value_error(graph.value(id), "not supported: listed twice as an output of the model");
    listed[id.at()] = true;
  }
  return {};
}

}  // namespace

Result<void> verify(const Graph& graph) {
  MIDGE_TRY(check_size(graph));
  MIDGE_TRY(check_values(graph));
  std::vector<bool> ready(graph.values.size(), false);
  MIDGE_TRY(check_inputs(graph, ready));
  for (const Node& node : graph.nodes) MIDGE_TRY(check_node(graph, node, ready));
  return check_outputs(graph);
}

}  // namespace midge::graph
