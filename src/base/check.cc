#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace midge {

void check_failed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "midge: internal error: %s:%d: %s does not hold; please report this with the model\n",
               file, line, condition);
  std::abort();
}

}  // namespace midge
