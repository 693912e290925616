// RESHAPE where it is not a view: one loop, since source and output agree in every axis.
#include "lower/families.h"
#include "lower/move.h"

namespace midge::lower {

Result<Stmt> lower_reshape(Context& ctx, const graph::Reshape&) {
  set_move_runs(ctx);
  const Shape& shape = ctx.output().shape;
  return copy_elements(ctx, box(shape, dense_strides(shape)));
}

}  // namespace midge::lower
