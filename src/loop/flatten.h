// Buffers seen with as few axes as their layout allows, so that an index is one linear sum of loop variables.
#pragma once

#include "loop/ir.h"

namespace midge::loop {

// Merges axes of one buffer: an axis joins the one before it where steps along the two continue each other.
// Every access in the kernel changes with it; the sums are left to the simplifier.
void merge_axes(Kernel& kernel, BufferId buffer);

}  // namespace midge::loop
