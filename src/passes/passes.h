// Graph → graph passes: one file each, one free function each; `pipeline.cc` is the visible list.
//
// Every pass keeps the graph's results: int8 bit for bit, float within the tolerance of docs/operators.md.
// Every pass leaves a graph that verifies, keeps graph inputs and outputs (names, shapes, types), and says
// how many rewrites it made.
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"
#include "lower/lower.h"

namespace midge::passes {

int fold_constants(graph::Graph& graph);  // nodes whose inputs are all constant, through the loop interpreter
int drop_dead(graph::Graph& graph);       // nodes and values that no output needs
int remove_identities(
    graph::Graph& graph);               // identity reshape chains, slices, transposes, pads, quantize, cast
int fold_padding(graph::Graph& graph);  // PAD with the zero point before conv/depthwise into its window
int fuse_activations(
    graph::Graph& graph);  // relu-like after conv, fully connected, add, ... into their activation
int fold_affine(
    graph::Graph& graph);  // float MUL/ADD by a constant per channel after conv/FC into weights and bias
int canonicalise_transposes(
    graph::Graph& graph);  // transposes that move only axes of extent 1 become reshapes

struct Pass {
  std::string_view name;
  int (*run)(graph::Graph&);
};
// The pipeline in order.
std::span<const Pass> pipeline();
// Runs the pipeline, verifying after each pass; `after` sees each pass's name.
Result<void> run_pipeline(graph::Graph& graph, const std::function<void(std::string_view)>& after);

// Partition of the graph's nodes into kernels, in execution order: each anchor with the elementwise operators
// that follow it and that nobody else reads (and that are no graph outputs). Reshapes make no kernel (see
// `is_view`).
std::vector<lower::Group> fuse(const graph::Graph& graph);

// A Reshape whose output may share its input's storage: it is planned as one tensor, no code.
bool is_view(const graph::Graph& graph, const graph::Node& node);

}  // namespace midge::passes
