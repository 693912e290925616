// Marks what the outputs need, last node first, and drops the rest.
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace midge::passes {

int drop_dead(graph::Graph& graph) {
  std::vector<bool> needed(graph.values.size(), false);
  for (ValueId id : graph.outputs) needed[id.at()] = true;
  int dropped = 0;
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    if (!node->outputs.empty() && !needed[node->outputs[0].at()]) {
      erase(*node);
      ++dropped;
    }
    for (ValueId id : node->inputs)
      if (id.valid()) needed[id.at()] = true;
  }
  compact(graph);
  return dropped;
}

}  // namespace midge::passes
