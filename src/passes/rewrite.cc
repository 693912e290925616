#include "passes/rewrite.h"

#include <algorithm>

namespace midge::passes {

void replace_uses(graph::Graph& graph, ValueId from, ValueId to) {
  for (graph::Node& node : graph.nodes) std::replace(node.inputs.begin(), node.inputs.end(), from, to);
}

std::optional<NodeId> only_consumer(const graph::Graph& graph, ValueId id) {
  if (graph.is_output(id)) return std::nullopt;
  const std::vector<NodeId> found = consumers(graph, id);
  return found.size() == 1 ? std::optional(found[0]) : std::nullopt;
}

void erase(graph::Node& node) {
  node.inputs.clear();
  node.outputs.clear();
}

bool bypass(graph::Graph& graph, NodeId node, ValueId same) {
  const ValueId out = graph.node(node).outputs[0];
  if (!graph.is_output(out)) {
    erase(graph.node(node));
    replace_uses(graph, out, same);
    return true;
  }
  const NodeId maker = producer(graph, same);
  if (!maker.valid() || graph.is_output(same)) return false;
  erase(graph.node(node));
  graph.node(maker).outputs[0] = out;
  replace_uses(graph, same, out);
  return true;
}

bool same_type(const graph::Value& a, const graph::Value& b) {
  return a.dtype == b.dtype && a.shape == b.shape && a.quantization == b.quantization;
}

std::string joined_source(const graph::Node& first, const graph::Node& second) {
  if (first.source.empty() || second.source.empty()) return first.source + second.source;
  return first.source + " + " + second.source;
}

}  // namespace midge::passes
