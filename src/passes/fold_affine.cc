// Float MUL, ADD, SUB by a constant per output channel after a convolution or fully connected layer → its
// weights and bias: (w*x + b)*c = (w*c)*x + b*c. Batch normalisation leaves such chains.
//
// Float only: it changes roundings, within the tolerance of docs/operators.md. (int8 could not be exact.)
#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace midge::passes {
namespace {

using Floats = std::vector<float>;

Floats floats_of(const graph::Value& value) {
  Floats out(value.data->size() / sizeof(float));
  if (!out.empty()) std::memcpy(out.data(), value.data->data(), out.size() * sizeof(float));
  return out;
}

std::shared_ptr<const graph::Bytes> bytes_of(const Floats& floats) {
  graph::Bytes bytes(floats.size() * sizeof(float));
  if (!bytes.empty()) std::memcpy(bytes.data(), floats.data(), bytes.size());
  return std::make_shared<const graph::Bytes>(std::move(bytes));
}

// A constant that is read in one place only: it may be changed. (A changed copy of weights that several
// layers share would cost their bytes again.)
bool is_own(const graph::Graph& graph, ValueId id) {
  ptrdiff_t readers = 0;
  for (const graph::Node& node : graph.nodes)
    readers += std::count(node.inputs.begin(), node.inputs.end(), id);
  return graph.value(id).is_constant() && readers == 1;
}

// A layer whose weights and bias can take up an affine step. `channel_axis`: of the weights.
struct Layer {
  graph::Activation* activation = nullptr;
  size_t channel_axis = 0;
};

std::optional<Layer> layer_of(graph::Op& op) {
  if (auto* conv = std::get_if<graph::Conv2D>(&op)) return Layer{&conv->activation, 0};
  if (auto* transpose = std::get_if<graph::TransposeConv2D>(&op)) return Layer{&transpose->activation, 0};
  if (auto* dense = std::get_if<graph::FullyConnected>(&op)) return Layer{&dense->activation, 0};
  if (auto* depthwise = std::get_if<graph::DepthwiseConv2D>(&op)) return Layer{&depthwise->activation, 3};
  return std::nullopt;
}

// One number per channel if `constant` varies along the last axis of `shape` at most.
std::optional<Floats> per_channel(const graph::Value& constant, const Shape& shape) {
  const int64_t channels = shape.back();
  if (!constant.is_constant() || constant.shape.size() > shape.size()) return std::nullopt;
  for (size_t axis = 0; axis + 1 < constant.shape.size(); ++axis)
    if (constant.shape[axis] != 1) return std::nullopt;
  Floats out = floats_of(constant);
  if (out.size() == 1) out.assign(static_cast<size_t>(channels), out[0]);
  return out;
}

// y = x * scale + offset, per channel.
struct Affine {
  Floats scale, offset;
};

std::optional<Affine> affine_of(const graph::Graph& graph, const graph::Node& node, ValueId x) {
  const auto* binary = std::get_if<graph::Binary>(&node.op);
  if (binary == nullptr) return std::nullopt;
  const bool on_left = node.inputs[0] == x;
  const graph::Value& in = graph.value(x);
  const graph::Value& out = graph.value(node.outputs[0]);
  if (in.shape != out.shape || in.dtype != DType::kF32) return std::nullopt;
  std::optional<Floats> c = per_channel(graph.value(node.inputs[on_left ? 1 : 0]), in.shape);
  if (!c) return std::nullopt;
  const Floats ones(c->size(), 1.0f), minus_ones(c->size(), -1.0f), zeros(c->size(), 0.0f);
  switch (binary->kind) {
    case graph::BinaryKind::kMul:
      return Affine{std::move(*c), zeros};
    case graph::BinaryKind::kAdd:
      return Affine{ones, std::move(*c)};
    case graph::BinaryKind::kSub:
      if (!on_left) return Affine{minus_ones, std::move(*c)};
      for (float& entry : *c) entry = -entry;
      return Affine{ones, std::move(*c)};
    default:
      return std::nullopt;
  }
}

// weights[..., channel, ...] *= scale[channel]
void scale_weights(graph::Value& weights, size_t channel_axis, const Floats& scale) {
  size_t inner = 1;
  for (size_t axis = channel_axis + 1; axis < weights.shape.size(); ++axis)
    inner *= static_cast<size_t>(weights.shape[axis]);
  Floats floats = floats_of(weights);
  for (size_t i = 0; i < floats.size(); ++i) floats[i] *= scale[i / inner % scale.size()];
  weights.data = bytes_of(floats);
}

void apply(graph::Graph& graph, graph::Node& layer, size_t channel_axis, const Affine& affine) {
  graph::Value& weights = graph.value(layer.inputs[1]);
  const bool has_bias = layer.inputs.size() > 2 && layer.inputs[2].valid();
  graph::Value bias = has_bias ? graph.value(layer.inputs[2]) : graph::Value{};
  Floats floats = has_bias ? floats_of(bias) : Floats(affine.scale.size(), 0.0f);
  MIDGE_CHECK(floats.size() == affine.scale.size());
  for (size_t i = 0; i < floats.size(); ++i) floats[i] = floats[i] * affine.scale[i] + affine.offset[i];
  if (!has_bias) bias.name = weights.name + "/bias";
  bias.dtype = DType::kF32;
  bias.shape = {static_cast<int64_t>(floats.size())};
  bias.data = bytes_of(floats);
  if (std::any_of(affine.scale.begin(), affine.scale.end(), [](float scale) { return scale != 1.0f; }))
    scale_weights(weights, channel_axis, affine.scale);
  layer.inputs.resize(3);
  if (has_bias && is_own(graph, layer.inputs[2]))
    graph.value(layer.inputs[2]) = std::move(bias);
  else
    layer.inputs[2] = graph.add_value(std::move(bias));
}

bool fold_next(graph::Graph& graph, graph::Node& node) {
  const std::optional<Layer> layer = node.outputs.empty() ? std::nullopt : layer_of(node.op);
  if (!layer || *layer->activation != graph::Activation::kNone) return false;
  if (!is_own(graph, node.inputs[1])) return false;
  if (node.inputs.size() > 2 && node.inputs[2].valid() && !graph.value(node.inputs[2]).is_constant())
    return false;
  const std::optional<NodeId> next = only_consumer(graph, node.outputs[0]);
  if (!next) return false;
  graph::Node& follower = graph.node(*next);
  const std::optional<Affine> affine = affine_of(graph, follower, node.outputs[0]);
  if (!affine) return false;
  apply(graph, node, layer->channel_axis, *affine);
  *layer->activation = std::get<graph::Binary>(follower.op).activation;
  node.outputs[0] = follower.outputs[0];
  node.source = joined_source(node, follower);
  erase(follower);
  return true;
}

}  // namespace

int fold_affine(graph::Graph& graph) {
  int count = 0;
  for (graph::Node& node : graph.nodes)
    while (fold_next(graph, node)) ++count;
  if (count > 0) compact(graph);
  return count;
}

}  // namespace midge::passes
