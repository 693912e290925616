// One function per step: the kernel (simplified) after it, or why it does not apply. See schedule.h.
#pragma once

#include "schedule/nest.h"
#include "schedule/schedule.h"

namespace midge::schedule {

Result<Kernel> transform(const Kernel& kernel, const Split& step);
Result<Kernel> transform(const Kernel& kernel, const Sink& step);
Result<Kernel> transform(const Kernel& kernel, const Reorder& step);
Result<Kernel> transform(const Kernel& kernel, const Unroll& step);
Result<Kernel> transform(const Kernel& kernel, const Partition& step);
Result<Kernel> transform(const Kernel& kernel, const Trim& step);
Result<Kernel> transform(const Kernel& kernel, const Stage& step);
Result<Kernel> transform(const Kernel& kernel, const Fuse& step);

}  // namespace midge::schedule
