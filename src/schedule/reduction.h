// Reductions in a nest, and what a block of their iterations costs: what the default schedule reasons about.
#pragma once

#include <string>
#include <vector>

#include "schedule/nest.h"

namespace midge::schedule {

struct LoopInfo {
  std::string name;
  VarId var;
  int64_t extent = 0;    // iterations; at most that many where the limits are not constant
  bool constant = true;  // limits
};

// `for outer... { alloc acc { ...; for taps... { acc = f(acc, loads) } ...} }`: perfectly nested loops around
// a local, and the perfectly nested loops that accumulate into it.
struct Reduction {
  std::vector<LoopInfo> outer, taps;
  Stmt step;                // the innermost body
  std::vector<Stmt> other;  // what stands beside the taps: start and epilogue
  double products = 0;      // how often `step` runs, at most
};

std::vector<Reduction> find_reductions(const Kernel& kernel);

// A loop and how many of its iterations stand side by side in one block.
struct Copies {
  VarId var;
  int64_t count = 1;
};

// Operations of a block of copies of `step` in straight line: every different load once, every operation on
// different values once, a product under a sum not at all (multiply-accumulate).
int64_t block_cost(const Kernel& kernel, const Stmt& step, const std::vector<Copies>& copies);
// Operations of start and epilogue for one accumulator.
int64_t finish_cost(const Kernel& kernel, const Reduction& reduction);

}  // namespace midge::schedule
