// MAX_POOL_2D and AVERAGE_POOL_2D. Only taps inside the image count. int8 codes are pooled as they are (input
// and output share their quantisation); the average rounds to nearest, ties away from zero.
#include <limits>

#include "lower/accumulate.h"
#include "lower/families.h"
#include "lower/window.h"

namespace midge::lower {

using loop::ExprKind;

namespace {

Expr divide(const Expr& a, const Expr& b) {
  return loop::binary(ExprKind::kDiv, a, b);
}

// sum / count to nearest; the count is at least 1.
Expr rounded_average(const Expr& sum, const Expr& count) {
  const Expr half = count->kind == ExprKind::kIntImm ? loop::i32(count->value / 2) : loop::shr(count, 1);
  const Expr away = loop::select(loop::lt(loop::i32(0), sum), sum + half, sum - half);
  return divide(away, count);
}

Expr average(Lets& lets, const Expr& sum, const WindowAxis& rows, const WindowAxis& columns, const Expr& oh,
             const Expr& ow) {
  Expr count = rows.stays_inside() && columns.stays_inside() ? loop::i32(rows.taps * columns.taps)
                                                             : rows.taps_inside(oh) * columns.taps_inside(ow);
  if (sum->type == DType::kF32) return divide(sum, loop::cast(DType::kF32, count));
  return rounded_average(sum, lets.bind("count", count));
}

}  // namespace

Result<Stmt> lower_pool2d(Context& ctx, const graph::Pool2D& op) {
  const Shape &in = ctx.input(0).shape, &out = ctx.output().shape;
  const DType dtype = ctx.input(0).dtype;
  if (dtype != DType::kI8 && dtype != DType::kF32)
    return ctx.unsupported(ctx.input(0), "element types other than i8 and f32");
  const WindowAxis rows = WindowAxis::rows(op.window, in[1], out[1], op.kernel_h);
  const WindowAxis columns = WindowAxis::columns(op.window, in[2], out[2], op.kernel_w);
  if (!rows.always_meets() || !columns.always_meets())
    return ctx.unsupported(ctx.input(0), "a window that lies wholly in the padding");
  quant::Range range;
  if (dtype == DType::kI8 && op.activation != graph::Activation::kNone) {
    MIDGE_TRY(ctx.affine(ctx.output()));
    range = quant::activation_range(op.activation, *ctx.output().quantization);
  }

  const bool is_max = op.kind == graph::PoolKind::kMax;
  const DType wide = dtype == DType::kF32 ? DType::kF32 : DType::kI32;
  const BufferId x = ctx.bind_input(0, "x"), acc = ctx.local("acc", wide);
  const Loop n = ctx.loop("n", out[0]), oh = ctx.loop("oh", out[1]), ow = ctx.loop("ow", out[2]);
  const Loop c = ctx.loop("c", out[3]), kh = ctx.loop("kh", op.kernel_h), kw = ctx.loop("kw", op.kernel_w);
  const Expr ih = rows.position(oh.index, kh.index), iw = columns.position(ow.index, kw.index);
  const Expr element = loop::cast(wide, loop::load(x, dtype, {n.index, ih, iw, c.index}));
  const Expr state = loop::load(acc, wide, {});
  std::vector<Expr> guards;
  rows.guard(ih, guards);
  columns.guard(iw, guards);

  Expr start = wide == DType::kI32 ? loop::i32(is_max ? -128 : 0)
                                   : loop::float_imm(is_max ? std::numeric_limits<float>::lowest() : 0.0f);
  Stmt step = loop::store(acc, {}, is_max ? loop::max(state, element) : state + element);
  if (const Expr guard = conjunction(guards)) step = loop::make_if(guard, std::move(step));
  Lets lets(ctx.kernel());
  Expr value = lets.bind("v", state);
  if (!is_max) value = average(lets, value, rows, columns, oh.index, ow.index);
  value = wide == DType::kF32 ? activate_f32(op.activation, value) : to_stored_i8(value, 0, range);
  MIDGE_ASSIGN(Stmt store, ctx.store_output({n.index, oh.index, ow.index, c.index}, value));
  Stmt body = loop::alloc(acc, loop::block({loop::store(acc, {}, std::move(start)),
                                            nest({kh, kw}, std::move(step)), lets.wrap(std::move(store))}));
  return nest({n, oh, ow, c}, std::move(body));
}

}  // namespace midge::lower
