// Random networks for property tests: one operator, or a short chain that ends in elementwise operators.
//
// Every kind of operator (src/graph/ops.h) is a row of a table for each element type it exists in. Shapes and
// attributes are drawn to be legal but odd: extents of 1, strides beyond the kernel, one-sided padding,
// kernels larger than their input, scales and zero points at their ends. What graph::verify refuses is drawn
// again.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "property/net.h"

namespace midge::test {

struct Kind {
  std::string name;    // "conv2d_i8"
  std::string family;  // "windows": kinds whose emitted C is tested together
  DType dtype = DType::kI8;
  int64_t least_rank = 0, most_rank = 5;  // of the first input
  // Adds the operator to the network, reading x (of the type and rank above).
  std::function<ValueId(Net& net, ValueId x)> add;

  friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};
// Every operator in every element type.
const std::vector<Kind>& kinds();

struct Sample {
  graph::Graph graph;
  std::vector<graph::Bytes> inputs;
};
// One operator of this kind.
Sample random_node(const Kind& kind, Random& random);
// 2 to 4 operators of any kind from an input of type `dtype`, then elementwise ones.
Sample random_chain(DType dtype, Random& random);

// The rows, by family.
std::vector<Kind> window_kinds();
std::vector<Kind> arithmetic_kinds();
std::vector<Kind> movement_kinds();

}  // namespace midge::test
