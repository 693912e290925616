// What compiled programs must compute, and how results are compared.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "compile/compile.h"
#include "graph/graph.h"

namespace midge::test {

// The program on the host: each step's nest interpreted, in an arena as its plan lays it out, so that a plan
// that lets two live tensors meet shows. The arena starts as garbage.
Result<std::vector<graph::Bytes>> interpret_program(const compile::Program& program,
                                                    std::span<const graph::Bytes> inputs);

// Empty when all outputs are equal bit for bit (any NaN is like any other: no target promises which one it
// makes); else the first difference.
std::string mismatch(const graph::Graph& graph, std::span<const graph::Bytes> got,
                     std::span<const graph::Bytes> expected);

}  // namespace midge::test
