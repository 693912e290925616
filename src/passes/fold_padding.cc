// PAD before a convolution → the convolution's own window padding.
//
// A window counts what lies outside the image as real 0. The same numbers result if the pad wrote just that:
// the code of real 0 (the zero point; 0 in float), and the convolution reads the input with the parameters
// that it read the padded tensor with. Pools are left alone: there, padding counts for nothing, while a
// padded pixel counts.
#include "passes/passes.h"

namespace midge::passes {
namespace {

// Whether the node is a pad by real 0 along height and width only.
bool pads_image_with_zero(const graph::Graph& graph, const graph::Node& node) {
  const auto* pad = std::get_if<graph::Pad>(&node.op);
  if (pad == nullptr || pad->mode != graph::PadMode::kConstant || pad->before.size() != 4) return false;
  for (size_t axis : {size_t{0}, size_t{3}})
    if (pad->before[axis] != 0 || pad->after[axis] != 0) return false;
  const graph::Value& in = graph.value(node.inputs[0]);
  if (in.quantization != graph.value(node.outputs[0]).quantization) return false;
  if (in.dtype == DType::kI8) return in.quantization && pad->value == in.quantization->zero_point();
  return pad->value == 0;
}

graph::Window* window_of(graph::Op& op) {
  if (auto* conv = std::get_if<graph::Conv2D>(&op)) return &conv->window;
  if (auto* depthwise = std::get_if<graph::DepthwiseConv2D>(&op)) return &depthwise->window;
  return nullptr;
}

bool fold_into(graph::Graph& graph, graph::Node& node) {
  graph::Window* window = window_of(node.op);
  const NodeId before = window == nullptr ? NodeId{} : producer(graph, node.inputs[0]);
  if (!before.valid() || !pads_image_with_zero(graph, graph.node(before))) return false;
  // The sums are what verify has bounded: the padded image stays as large as it was.
  const auto& pad = std::get<graph::Pad>(graph.node(before).op);
  window->pad_top += static_cast<int32_t>(pad.before[1]);
  window->pad_bottom += static_cast<int32_t>(pad.after[1]);
  window->pad_left += static_cast<int32_t>(pad.before[2]);
  window->pad_right += static_cast<int32_t>(pad.after[2]);
  node.inputs[0] = graph.node(before).inputs[0];
  return true;
}

}  // namespace

int fold_padding(graph::Graph& graph) {
  int count = 0;
  for (graph::Node& node : graph.nodes)
    while (fold_into(graph, node)) ++count;
  if (count > 0) drop_dead(graph);
  return count;
}

}  // namespace midge::passes
