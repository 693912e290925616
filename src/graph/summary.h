// What a network is made of, as plain rows: the data behind `midge inspect`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace midge::graph {

struct TensorRow {
  std::string name;
  DType dtype = DType::kI8;
  Shape shape;
  std::string quantization;  // "scale 0.5 zero -3"; empty: none
  int64_t bytes = 0;
};

struct NodeRow {
  std::string source;  // the operator in the user's file, "CONV_2D#3"
  std::string op;      // what it became, "conv2d"
  TensorRow output;
  int64_t macs = 0;
  int64_t weight_bytes = 0;  // constants that it reads; one that several nodes read counts at each
};

struct Summary {
  std::string name;
  std::vector<TensorRow> inputs, outputs;
  std::vector<NodeRow> nodes;
  int64_t macs = 0;
  int64_t weight_bytes = 0;      // every constant once
  int64_t activation_bytes = 0;  // every computed tensor and graph input, as if none shared memory
};

// Of a graph that verifies. Sums saturate.
Summary summarise(const Graph& graph);

}  // namespace midge::graph
