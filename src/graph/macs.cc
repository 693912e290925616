// Multiply-accumulates of a node: every product that the operator's definition adds up, padding included.
#include <variant>

#include "base/check.h"
#include "graph/graph.h"

namespace midge::graph {
namespace {

int64_t elements(const Value& value) {
  const std::optional<int64_t> count = element_count(value.shape);
  MIDGE_CHECK(count.has_value());
  return *count;
}

// Elements of one output channel's weights.
int64_t per_output(const Value& weights) {
  return weights.shape.at(0) == 0 ? 0 : elements(weights) / weights.shape[0];
}

}  // namespace

// Only ever asked of a graph that verifies. A hostile graph's product may exceed int64 (2^40 outputs of 2^40
// products each), so the product saturates.
int64_t macs(const Graph& graph, const Node& node) {
  const auto in = [&](size_t i) -> const Value& { return graph.value(node.inputs.at(i)); };
  const auto times = [](int64_t a, int64_t b) {
    int64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
  };
  const Value& out = graph.value(node.outputs.at(0));
  if (std::holds_alternative<Conv2D>(node.op) || std::holds_alternative<FullyConnected>(node.op))
    return times(elements(out), per_output(in(1)));
  if (std::holds_alternative<DepthwiseConv2D>(node.op))
    return times(elements(out), times(in(1).shape.at(1), in(1).shape.at(2)));
  if (std::holds_alternative<TransposeConv2D>(node.op)) {
    const Shape& x = in(0).shape;  // every input pixel meets every weight
    return times(times(x.at(0), times(x.at(1), x.at(2))), elements(in(1)));
  }
  if (const auto* matmul = std::get_if<BatchMatMul>(&node.op)) {
    const Shape& x = in(0).shape;
    return times(elements(out), matmul->adj_x ? x.at(x.size() - 2) : x.back());
  }
  return 0;
}

}  // namespace midge::graph
