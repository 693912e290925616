// Memory planning: where in the arena each tensor and each kernel's work space lives.
//
// A tensor lives from the step that makes it to the last step that reads it (steps are 0...n-1; a graph input
// lives from step -1, a graph output to step n). Tensors that live at the same time do not overlap, except
// where a kernel may run in place and the plan lets an output take its dying input's place. Greedy by size,
// then an exact search where the graph is small; the arena is known to the byte.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace midge::plan {

struct Tensor {
  std::string name;
  int64_t bytes = 0;
  int32_t first = 0, last = 0;  // inclusive steps
};

// Tensor `output` (first == step) may start where tensor `input` (last == step) starts.
struct InPlace {
  int32_t input = 0, output = 0;  // indices into Problem::tensors
};

struct Problem {
  std::vector<Tensor> tensors;
  std::vector<InPlace> in_place;
  int64_t alignment = 4;
};

struct Plan {
  std::vector<int64_t> offsets;  // per tensor, aligned
  int64_t arena_bytes = 0;
  int64_t lower_bound =
      0;  // no plan can be smaller: the largest sum of what lives at one step, sharing counted
};

Plan make_plan(const Problem& problem);

// A memory map over time: one row a tensor, one column a step, then the arena as text.
std::string draw(const Problem& problem, const Plan& plan);

}  // namespace midge::plan
