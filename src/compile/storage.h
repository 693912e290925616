// From kernels and graph values to a memory planning problem: lifetimes, shared storage, work space.
#pragma once

#include <utility>
#include <vector>

#include "compile/compile.h"

namespace midge::compile {

// Pairs (input, output), as positions in Step::arguments, that the kernel may compute in place.
using InPlaceArguments = std::vector<std::pair<size_t, size_t>>;
InPlaceArguments in_place_arguments(const Step& step);

// Fills problem, plan, tensor_of_value and every step's scratch. `in_place`: one entry a step.
void plan_storage(Program& program, const std::vector<InPlaceArguments>& in_place);

}  // namespace midge::compile
