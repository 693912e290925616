// Nodes that hand on their input unchanged, and reshapes of reshapes.
//
// A node is only dropped where its input's quantisation equals its output's: readers take the parameters of
// the value they read, so handing them another value must not change those.
#include <algorithm>

#include "passes/passes.h"
#include "passes/rewrite.h"

namespace midge::passes {
namespace {

template <class T>
bool all_are(const std::vector<T>& list, T expected) {
  return std::all_of(list.begin(), list.end(), [&](T entry) { return entry == expected; });
}

// Whether an operator with one input whose shape equals its output's keeps every element. (A quantize between
// equal parameters multiplies by exactly 1.)
struct KeepsElements {
  const graph::Value& in;

  bool operator()(const graph::Reshape&) const { return true; }
  bool operator()(const graph::Cast&) const { return true; }
  bool operator()(const graph::Quantize&) const { return true; }
  bool operator()(const graph::Pad&) const { return true; }   // equal shapes: nothing is added
  bool operator()(const graph::Tile&) const { return true; }  // equal shapes: every multiple is 1
  bool operator()(const graph::Concat& op) const { return op.activation == graph::Activation::kNone; }
  bool operator()(const graph::Transpose& op) const { return std::is_sorted(op.perm.begin(), op.perm.end()); }
  bool operator()(const graph::Slice& op) const {
    // As many elements as the axis has, all inside it: forwards from 0, or backwards from the last.
    for (size_t axis = 0; axis < op.begin.size(); ++axis)
      if (in.shape[axis] > 1 && op.stride[axis] < 0) return false;
    return true;
  }
  template <class OpType>
  bool operator()(const OpType&) const {
    return false;
  }
};

bool is_identity(const graph::Graph& graph, const graph::Node& node) {
  if (node.outputs.empty() || node.inputs.size() != 1) return false;
  const graph::Value& in = graph.value(node.inputs[0]);
  return same_type(in, graph.value(node.outputs[0])) && std::visit(KeepsElements{in}, node.op);
}

// reshape(reshape(x)) → reshape(x); the parameters of the value in between meant nothing.
bool skip_reshape(graph::Graph& graph, graph::Node& node) {
  if (node.outputs.empty() || !std::holds_alternative<graph::Reshape>(node.op)) return false;
  const NodeId before = producer(graph, node.inputs[0]);
  if (!before.valid() || !std::holds_alternative<graph::Reshape>(graph.node(before).op)) return false;
  node.inputs[0] = graph.node(before).inputs[0];
  return true;
}

}  // namespace

int remove_identities(graph::Graph& graph) {
  int count = 0;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    while (skip_reshape(graph, graph.nodes[i])) ++count;
    if (is_identity(graph, graph.nodes[i]))
      count += bypass(graph, NodeId{static_cast<int32_t>(i)}, graph.nodes[i].inputs[0]);
  }
  if (count > 0) drop_dead(graph);
  return count;
}

}  // namespace midge::passes
