// Copies of statements within a kernel, and tidy tables after copying.
#pragma once

#include "loop/ir.h"

namespace midge::loop {

// `stmt` with a fresh variable for each one it binds, so that it may stand beside the original. Buffers stay
// the same: allocations may repeat where they do not nest.
Stmt with_fresh_vars(Kernel& kernel, const Stmt& stmt);

// Numbers the variables in the order in which the body binds them and drops what the body does not name:
// variables, and buffers that are no arguments. Canonical order of sums follows variable numbers, hence the
// order of the loops.
Kernel compact(const Kernel& kernel);

}  // namespace midge::loop
