#include "loop/simplify.h"
namespace midge::loop {
Kernel hoist(const Kernel& kernel) {
  return flatten(kernel);
}
}  // namespace midge::loop
