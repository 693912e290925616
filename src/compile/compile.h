// The whole journey of a model, graph to C, as one visible sequence of named phases.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"
#include "lower/lower.h"
#include "plan/plan.h"
#include "schedule/schedule.h"

namespace midge::compile {

struct Options {
  std::string name;  // C identifier that prefixes everything emitted
  bool keep_layers =
      false;  // every operator's result becomes an output of the graph (for comparing layer by layer)
  bool scheduled = true;  // false: the naive nests, as lowered
  // Called after every phase with the phase's name and a function that makes its text.
  std::function<void(std::string_view phase, const std::function<std::string()>& text)> after_phase;
};

// One step of the network at run time.
struct Step {
  loop::Kernel kernel;  // scheduled and simplified, ready to emit
  schedule::Schedule schedule;
  std::vector<ValueId> arguments;  // values behind its kInput and kOutput buffers, in table order
  std::vector<int32_t> scratch;    // indices into plan tensors behind its kScratch buffers, in table order
};

struct Program {
  std::string name;
  graph::Graph graph;  // after the passes
  std::vector<Step> steps;
  plan::Problem problem;
  plan::Plan plan;
  std::vector<int32_t> tensor_of_value;  // per graph value: its index in problem.tensors, or -1 (constant)
};

Result<Program> compile(graph::Graph graph, const Options& options);

// Every phase name that `after_phase` is called with, in order: what --print accepts.
std::vector<std::string_view> phase_names();

}  // namespace midge::compile
