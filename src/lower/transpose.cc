// TRANSPOSE: loops in the output's order, so that stores are contiguous; axes that stay neighbours are one
// loop.
#include "lower/families.h"
#include "lower/move.h"

namespace midge::lower {

Result<Stmt> lower_transpose(Context& ctx, const graph::Transpose& op) {
  set_move_runs(ctx);
  const std::vector<int64_t> strides = dense_strides(ctx.input(0).shape);
  std::vector<int64_t> from;
  for (const int32_t axis : op.perm) from.push_back(strides.at(static_cast<size_t>(axis)));
  return copy_elements(ctx, box(ctx.output().shape, from));
}

}  // namespace midge::lower
