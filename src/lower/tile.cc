// TILE: per axis a loop over the repetitions around the loop over the input's extent.
#include "lower/families.h"
#include "lower/move.h"

namespace midge::lower {

Result<Stmt> lower_tile(Context& ctx, const graph::Tile& op) {
  set_move_runs(ctx);
  const Shape& shape = ctx.input(0).shape;
  const std::vector<int64_t> strides = dense_strides(shape);
  Move move;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    move.axes.push_back({op.multiples[axis], axis, shape[axis], 0, {}});
    move.axes.push_back({shape[axis], axis, 1, strides[axis], {}});
  }
  return copy_elements(ctx, move);
}

}  // namespace midge::lower
