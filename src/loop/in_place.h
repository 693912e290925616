// Whether a kernel may write an output over one of its inputs.
#pragma once

#include "loop/ir.h"

namespace midge::loop {

// True when each element of `output` is stored once, and every element of `input` is read only for the value
// of the element of `output` at the same place. Then no order of iterations reads an element after it was
// overwritten, so the two may share storage under any schedule. Asked of the nest as lowered.
bool may_run_in_place(const Kernel& kernel, BufferId input, BufferId output);

// Row-major position of an access in the buffer's storage, simplified to linear form.
Expr flat_index(const Kernel& kernel, BufferId buffer, const std::vector<Expr>& indices);

// Elements between neighbours along each axis.
std::vector<int64_t> strides_of(const Buffer& buffer);

}  // namespace midge::loop
