// SLICE and what importers reduce to it (STRIDED_SLICE, SPLIT, UNPACK): a box of the input, steps of any
// sign.
#include "lower/families.h"
#include "lower/move.h"

namespace midge::lower {

Result<Stmt> lower_slice(Context& ctx, const graph::Slice& op) {
  set_move_runs(ctx);
  const std::vector<int64_t> strides = dense_strides(ctx.input(0).shape);
  std::vector<int64_t> from;
  int64_t begin = 0;
  for (size_t axis = 0; axis < strides.size(); ++axis) {
    from.push_back(op.stride[axis] * strides[axis]);
    begin += op.begin[axis] * strides[axis];
  }
  Move move = box(ctx.output().shape, from);
  // An empty output reads nothing, wherever it would begin.
  if (element_count(ctx.output().shape) != 0) move.from = begin;
  return copy_elements(ctx, move);
}

}  // namespace midge::lower
