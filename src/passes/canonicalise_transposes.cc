// A transpose that keeps the order of all axes with more than one element moves nothing: it is a reshape.
#include "passes/passes.h"

namespace midge::passes {
namespace {

bool moves_nothing(const Shape& shape, const std::vector<int32_t>& perm) {
  int32_t last = -1;
  for (int32_t axis : perm) {
    if (shape[static_cast<size_t>(axis)] == 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

}  // namespace

int canonicalise_transposes(graph::Graph& graph) {
  int count = 0;
  for (graph::Node& node : graph.nodes) {
    const auto* transpose = std::get_if<graph::Transpose>(&node.op);
    if (transpose == nullptr || !moves_nothing(graph.value(node.inputs[0]).shape, transpose->perm)) continue;
    node.op = graph::Reshape{};
    ++count;
  }
  return count;
}

}  // namespace midge::passes
