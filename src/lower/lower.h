// Operator group → loop nest: the algorithm of each operator, in the plainest order, bit-exact to its
// definition.
//
// A group is an anchor operator followed by operators fused into its epilogue: each takes the value just
// computed, elementwise, before it is stored. Nothing here knows a CPU. One file per operator family;
// `lower.cc` holds the visible table from operator to function.
#pragma once

#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "graph/graph.h"
#include "loop/ir.h"

namespace midge::lower {

// nodes[0] is the anchor; node i+1 reads the (only) output of node i, and nobody else does.
struct Group {
  std::vector<NodeId> nodes;
};

struct Lowered {
  loop::Kernel kernel;
  // The graph values behind the kernel's kInput and kOutput buffers, in buffer table order. Graph constants
  // are kConst buffers of the kernel and do not appear here.
  std::vector<ValueId> arguments;
};

// An operator that cannot be lowered (a combination of types or attributes nobody defined) is a kModel error
// "not supported: ..." that names the operator, its source and the tensor.
Result<Lowered> lower(const graph::Graph& graph, const Group& group);

// Whether `node` can be an epilogue: one output element depends on the same element of one computed input.
bool is_elementwise(const graph::Graph& graph, const graph::Node& node);

}  // namespace midge::lower
