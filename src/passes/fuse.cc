// Which nodes become one kernel, and which reshapes become none.
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace midge::passes {
namespace {

// Per node: whether it is a view. Values that share storage form a class named by its root, the one value of
// it that is not made by a view. The caller owns distinct memory for every graph input and output, so a class
// holds at most one output, and none if its root is a graph input; constants are never shared (a computed
// copy is made of them).
class Views {
 public:
  explicit Views(const graph::Graph& graph) : root_(graph.values.size()), views_(graph.nodes.size(), false) {
    std::vector<bool> is_output(graph.values.size(), false), taken(graph.values.size(), false);
    for (ValueId id : graph.outputs) is_output[id.at()] = true;
    for (size_t i = 0; i < graph.values.size(); ++i) {
      root_[i] = ValueId{static_cast<int32_t>(i)};
      taken[i] = is_output[i];
    }
    for (ValueId id : graph.inputs) taken[id.at()] = true;
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      const graph::Node& node = graph.nodes[i];
      if (!std::holds_alternative<graph::Reshape>(node.op)) continue;
      const ValueId in = root_[node.inputs[0].at()];
      const ValueId out = node.outputs[0];
      if (graph.value(in).is_constant() || (is_output[out.at()] && taken[in.at()])) continue;
      views_[i] = true;
      root_[out.at()] = in;
      if (is_output[out.at()]) taken[in.at()] = true;
    }
  }
  bool at(size_t node) const { return views_[node]; }

 private:
  std::vector<ValueId> root_;  // per value
  std::vector<bool> views_;
};

// The node that can join the end of a group, if any.
std::optional<NodeId> follower_of(const graph::Graph& graph, NodeId last) {
  const ValueId out = graph.node(last).outputs[0];
  const std::optional<NodeId> next = only_consumer(graph, out);
  if (!next || !lower::is_elementwise(graph, graph.node(*next))) return std::nullopt;
  if (graph.value(graph.node(*next).outputs[0]).shape != graph.value(out).shape) return std::nullopt;
  return next;
}

}  // namespace

bool is_view(const graph::Graph& graph, const graph::Node& node) {
  if (!std::holds_alternative<graph::Reshape>(node.op)) return false;
  return Views(graph).at(producer(graph, node.outputs[0]).at());
}

std::vector<lower::Group> fuse(const graph::Graph& graph) {
  const Views views(graph);
  std::vector<bool> grouped(graph.nodes.size(), false);
  std::vector<lower::Group> groups;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (grouped[i] || views.at(i)) continue;
    lower::Group group{{NodeId{static_cast<int32_t>(i)}}};
    while (const std::optional<NodeId> next = follower_of(graph, group.nodes.back())) {
      group.nodes.push_back(*next);
      grouped[next->at()] = true;
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace midge::passes
