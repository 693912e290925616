// SPACE_TO_DEPTH and DEPTH_TO_SPACE: a pixel's place in its block is a pair of loops of its own, so nothing
// divides.
#include "lower/families.h"
#include "lower/move.h"

namespace midge::lower {

// y[n, h, w, (bh * block + bw) * C + c] = x[n, h * block + bh, w * block + bw, c]
Result<Stmt> lower_space_to_depth(Context& ctx, const graph::SpaceToDepth& op) {
  set_move_runs(ctx);
  const Shape& y = ctx.output().shape;
  const std::vector<int64_t> x = dense_strides(ctx.input(0).shape);
  const int64_t block = op.block;
  const int64_t channels = ctx.input(0).shape[3];
  Move move;
  move.axes = {{y[0], 0, 1, x[0], {}},         {y[1], 1, 1, block * x[1], {}},
               {y[2], 2, 1, block * x[2], {}}, {block, 3, block * channels, x[1], {}},
               {block, 3, channels, x[2], {}}, {channels, 3, 1, 1, {}}};
  return copy_elements(ctx, move);
}

// y[n, h * block + bh, w * block + bw, c] = x[n, h, w, (bh * block + bw) * C + c]
Result<Stmt> lower_depth_to_space(Context& ctx, const graph::DepthToSpace& op) {
  set_move_runs(ctx);
  const Shape& shape = ctx.input(0).shape;
  const std::vector<int64_t> x = dense_strides(shape);
  const int64_t block = op.block;
  const int64_t channels = ctx.output().shape[3];
  Move move;
  move.axes = {{shape[0], 0, 1, x[0], {}},          {shape[1], 1, block, x[1], {}},
               {block, 1, 1, block * channels, {}}, {shape[2], 2, block, x[2], {}},
               {block, 2, 1, channels, {}},         {channels, 3, 1, 1, {}}};
  return copy_elements(ctx, move);
}

}  // namespace midge::lower
