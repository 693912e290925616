// One kernel → one C function.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "loop/ir.h"

namespace midge::emit {

struct KernelText {
  std::string parameters;  // "(const int8_t *restrict x, int8_t *restrict y, ...)"
  std::string body;        // "{ ... }" with a trailing newline
  std::vector<BufferId>
      arguments;  // the buffers behind the parameters: inputs, outputs, scratch, then constants
};

// `aliased`: argument buffers whose storage another argument shares (in place); the others are `restrict`.
// Names of helpers that the text needs are added to `helpers`.
KernelText write_kernel(const loop::Kernel& kernel, const std::set<BufferId>& aliased,
                        std::set<std::string>& helpers);

}  // namespace midge::emit
