// Runs a graph on the host: each node lowered alone and interpreted, nothing fused, scheduled or planned.
//
// The meaning of a graph, slow and plain: the oracle for graph passes and for everything after them, and what
// constant folding computes with.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"
#include "lower/lower.h"

namespace midge::lower {

// One tensor's bytes per graph output, from one per graph input. The graph verifies; an input of a wrong size
// is a kUsage error.
Result<std::vector<graph::Bytes>> evaluate(const graph::Graph& graph, std::span<const graph::Bytes> inputs);

// Bytes of every value of the graph by id (constants included).
Result<std::vector<graph::Bytes>> evaluate_all(const graph::Graph& graph,
                                               std::span<const graph::Bytes> inputs);

// Makes values[output of the group] from values[inputs]; the bytes of constants are taken from the graph.
Result<void> evaluate_group(const graph::Graph& graph, const Group& group, std::vector<graph::Bytes>& values);

}  // namespace midge::lower
