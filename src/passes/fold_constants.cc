// Nodes that read only constants are computed now, by the interpreter: the very code that would run on the
// chip.
//
// Left alone: graph outputs (they must be computed by a node), what grows (a tile or broadcast is cheaper to
// compute than to store), what would take the compiler long, and what cannot be lowered (it is reported when
// it is compiled).
#include "lower/evaluate.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace midge::passes {
namespace {

constexpr int64_t kMostBytes = 1 << 20;    // of a result
constexpr int64_t kMostGrowth = 64 << 10;  // bytes of a result beyond those of the inputs
constexpr int64_t kMostWork = 4 << 20;     // elements touched and products made, by all folded nodes together

int64_t elements(const graph::Value& value) {
  return graph::byte_size(value) / size_of(value.dtype);
}

bool reads_only_constants(const graph::Graph& graph, const graph::Node& node) {
  for (ValueId id : node.inputs)
    if (id.valid() && !graph.value(id).is_constant()) return false;
  return !node.inputs.empty() && !graph.is_output(node.outputs[0]);
}

// Whether folding is worth its bytes; takes the work off the budget.
bool affordable(const graph::Graph& graph, const graph::Node& node, int64_t& budget) {
  const graph::Value& out = graph.value(node.outputs[0]);
  int64_t input_bytes = 0;
  int64_t work = elements(out);
  for (ValueId id : node.inputs) {
    if (!id.valid()) continue;
    input_bytes += graph::byte_size(graph.value(id));
    work += elements(graph.value(id));
  }
  if (graph::byte_size(out) > kMostBytes || graph::byte_size(out) > input_bytes + kMostGrowth) return false;
  const int64_t products = graph::macs(graph, node);
  if (work > budget || products > budget - work) return false;
  budget -= work + products;
  return true;
}

bool fold(graph::Graph& graph, NodeId id, int64_t& budget, std::vector<graph::Bytes>& values) {
  const graph::Node& node = graph.node(id);
  if (!reads_only_constants(graph, node)) return false;
  graph::Value& out = graph.value(node.outputs[0]);
  if (std::holds_alternative<graph::Reshape>(node.op)) {
    out.data = graph.value(node.inputs[0]).data;
    return true;
  }
  if (!affordable(graph, node, budget)) return false;
  if (!lower::evaluate_group(graph, lower::Group{{id}}, values)) return false;
  out.data = std::make_shared<const graph::Bytes>(std::move(values[node.outputs[0].at()]));
  return true;
}

}  // namespace

int fold_constants(graph::Graph& graph) {
  int count = 0;
  int64_t budget = kMostWork;
  std::vector<graph::Bytes> values(graph.values.size());  // where a result passes through
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!fold(graph, NodeId{static_cast<int32_t>(i)}, budget, values)) continue;
    erase(graph.nodes[i]);
    ++count;
  }
  if (count > 0) drop_dead(graph);
  return count;
}

}  // namespace midge::passes
