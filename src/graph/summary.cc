#include "graph/summary.h"

#include <algorithm>
#include <cstdint>

#include "graph/text.h"

namespace midge::graph {
namespace {

TensorRow row_of(const Value& value) {
  return {value.name, value.dtype, value.shape, value.quantization ? short_text(*value.quantization) : "",
          byte_size(value)};
}

void add(int64_t& sum, int64_t term) {
  if (__builtin_add_overflow(sum, term, &sum)) sum = INT64_MAX;
}

int64_t weight_bytes(const Graph& graph, const Node& node) {
  int64_t bytes = 0;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId id = node.inputs[i];
    const bool repeated = std::find(node.inputs.begin(), node.inputs.begin() + static_cast<int64_t>(i), id) !=
                          node.inputs.begin() + static_cast<int64_t>(i);
    if (id.valid() && graph.value(id).is_constant() && !repeated) add(bytes, byte_size(graph.value(id)));
  }
  return bytes;
}

}  // namespace

Summary summarise(const Graph& graph) {
  Summary summary;
  summary.name = graph.name;
  for (ValueId id : graph.inputs) summary.inputs.push_back(row_of(graph.value(id)));
  for (ValueId id : graph.outputs) summary.outputs.push_back(row_of(graph.value(id)));
  for (const Node& node : graph.nodes) {
    summary.nodes.push_back({node.source, std::string(op_name(node.op)), row_of(graph.value(node.outputs[0])),
                             macs(graph, node), weight_bytes(graph, node)});
    add(summary.macs, summary.nodes.back().macs);
  }
  for (const Value& value : graph.values)
    add(value.is_constant() ? summary.weight_bytes : summary.activation_bytes, byte_size(value));
  return summary;
}

}  // namespace midge::graph
