// ARG_MAX: per output element one pass along the axis that keeps the largest element so far and where it was.
// Only a larger element replaces it, so of equals the first wins.
#include "lower/families.h"
#include "lower/move.h"

namespace midge::lower {

Result<Stmt> lower_arg_max(Context& ctx, const graph::ArgMax& op) {
  set_move_runs(ctx);
  const graph::Value& input = ctx.input(0);
  const Shape& shape = input.shape;
  const auto axis = static_cast<size_t>(op.axis);
  if (shape[axis] == 0) return ctx.unsupported(input, "a maximum of nothing");
  const std::vector<int64_t> strides = dense_strides(shape);
  const bool keeps_axis = ctx.output().shape.size() == shape.size();
  Move kept;
  for (size_t a = 0; a < shape.size(); ++a)
    if (a != axis) kept.axes.push_back({shape[a], a < axis || keeps_axis ? a : a - 1, 1, strides[a], {}});
  const Walk where = walk(ctx, kept);

  const BufferId x = bind_flat(ctx, 0);
  const BufferId best = ctx.local("best", input.dtype);
  const BufferId best_at = ctx.local("best_at", DType::kI32);
  const VarId k = ctx.kernel().add_var("k");
  const Expr at = loop::var(k, DType::kI32);
  const Expr step = strides[axis] == 1 ? at : at * loop::i32(strides[axis]);
  Lets lets(ctx.kernel());
  const Expr element = lets.bind("v", loop::load(x, input.dtype, {where.from + step}));
  const Stmt replace = loop::block({loop::store(best, {}, element), loop::store(best_at, {}, at)});
  const Expr larger = loop::lt(loop::load(best, input.dtype, {}), element);
  const Stmt first = loop::block({loop::store(best, {}, loop::load(x, input.dtype, {where.from})),
                                  loop::store(best_at, {}, loop::i32(0))});
  const Stmt rest =
      loop::make_for(k, loop::i32(1), loop::i32(shape[axis]), lets.wrap(loop::make_if(larger, replace)));
  const Expr result = loop::cast(ctx.output().dtype, loop::load(best_at, DType::kI32, {}));
  MIDGE_ASSIGN(Stmt stored, ctx.store_output(where.to, result));
  return where.wrap(loop::alloc(best, loop::alloc(best_at, loop::block({first, rest, stored}))));
}

}  // namespace midge::lower
