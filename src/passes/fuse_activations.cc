// RELU, RELU6, RELU_N1_TO_1 after an operator that has a fused activation.
//
// Exact. Float: the fused activation is the same clamp of the same number. int8, input and output parameters
// equal: the activation rescales by exactly 1, so it is the clamp of codes to [lo, hi] with lo = code of the
// lower bound and hi = code of the upper bound or 127, both inside [-128, 127]; a producer without an
// activation clamps to
// [-128, 127], and clamping its result to [lo, hi] is clamping to [lo, hi] at once, which is what the fused
// activation does with the same lo and hi (both are zero point + round(bound / scale) in single precision,
// saturated). With other parameters the activation stays a node, which the grouping into kernels may still
// put into the epilogue.
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace midge::passes {
namespace {

graph::Activation activation_of(const graph::Op& op) {
  const auto* unary = std::get_if<graph::Unary>(&op);
  if (unary == nullptr) return graph::Activation::kNone;
  switch (unary->kind) {
    case graph::UnaryKind::kRelu:
      return graph::Activation::kRelu;
    case graph::UnaryKind::kRelu6:
      return graph::Activation::kRelu6;
    case graph::UnaryKind::kReluN1To1:
      return graph::Activation::kReluN1To1;
    default:
      return graph::Activation::kNone;
  }
}

// Where an operator keeps its activation, if it may have one.
graph::Activation* slot_of(graph::Op& op) {
  if (auto* conv = std::get_if<graph::Conv2D>(&op)) return &conv->activation;
  if (auto* depthwise = std::get_if<graph::DepthwiseConv2D>(&op)) return &depthwise->activation;
  if (auto* transpose = std::get_if<graph::TransposeConv2D>(&op)) return &transpose->activation;
  if (auto* dense = std::get_if<graph::FullyConnected>(&op)) return &dense->activation;
  if (auto* pool = std::get_if<graph::Pool2D>(&op)) return &pool->activation;
  auto* binary = std::get_if<graph::Binary>(&op);
  if (binary == nullptr) return nullptr;
  const bool picks =
      binary->kind == graph::BinaryKind::kMaximum || binary->kind == graph::BinaryKind::kMinimum;
  return picks ? nullptr : &binary->activation;
}

}  // namespace

int fuse_activations(graph::Graph& graph) {
  int count = 0;
  for (graph::Node& node : graph.nodes) {
    graph::Activation* slot = node.outputs.empty() ? nullptr : slot_of(node.op);
    if (slot == nullptr || *slot != graph::Activation::kNone) continue;
    const std::optional<NodeId> next = only_consumer(graph, node.outputs[0]);
    if (!next) continue;
    graph::Node& follower = graph.node(*next);
    const graph::Activation activation = activation_of(follower.op);
    if (activation == graph::Activation::kNone) continue;
    if (!same_type(graph.value(node.outputs[0]), graph.value(follower.outputs[0]))) continue;
    *slot = activation;
    node.outputs[0] = follower.outputs[0];
    node.source = joined_source(node, follower);
    erase(follower);
    ++count;
  }
  if (count > 0) compact(graph);
  return count;
}

}  // namespace midge::passes
