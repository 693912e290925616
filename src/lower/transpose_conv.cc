// TRANSPOSE_CONV, turned round: the reference scatters x[ih] into y[ih*s - p + kh]; sums of integers do not
// depend on the order, so each output element gathers its own sum.
//
// Along one axis, let o + p = s*q + r with 0 <= r < s. The taps that reach o are kh = r + s*i for i = 0, 1,
// ..., and tap kh comes from ih = q - i. Looping over q, r and i therefore needs neither a division nor a
// test of divisibility.
#include "lower/accumulate.h"
#include "lower/families.h"
#include "lower/window.h"

namespace midge::lower {

namespace {

struct Axis {
  int64_t input, output, taps, stride, pad;
  Loop q, r, j;
  int64_t first = 0;  // q = first + q.index

  Expr output_position() const { return scaled(scaled(q.index, stride) + r.index, 1, first * stride - pad); }
  // i = last - j, so that input positions ascend: floats are summed in the reference's order.
  Expr tap() const {
    if (j.extent == 1) return r.index;
    return scaled(r.index, 1, (j.extent - 1) * stride) - scaled(j.index, stride);
  }
  Expr input_position() const {
    return scaled(j.extent == 1 ? q.index : q.index + j.index, 1, first - (j.extent - 1));
  }

  // Whether (q, r) names an output position at all.
  void guard_output(std::vector<Expr>& guards) const {
    if (first * stride < pad) guards.push_back(loop::le(loop::i32(0), output_position()));
    if ((first + q.extent) * stride - pad > output)
      guards.push_back(loop::lt(output_position(), loop::i32(output)));
  }
  void guard_tap(std::vector<Expr>& guards) const {
    if (j.extent * stride > taps) guards.push_back(loop::lt(tap(), loop::i32(taps)));
    if (first - (j.extent - 1) < 0) guards.push_back(loop::le(loop::i32(0), input_position()));
    if (first + q.extent > input) guards.push_back(loop::lt(input_position(), loop::i32(input)));
  }
};

struct AxisNames {
  const char *q, *r, *j;
};

Axis make_axis(Context& ctx, const AxisNames& names, int64_t input, int64_t output, int64_t taps,
               int64_t stride, int64_t pad) {
  const int64_t first = pad / stride, last = (output - 1 + pad) / stride;
  return {.input = input,
          .output = output,
          .taps = taps,
          .stride = stride,
          .pad = pad,
          .q = ctx.loop(names.q, last - first + 1),
          .r = ctx.loop(names.r, stride),
          .j = ctx.loop(names.j, (taps + stride - 1) / stride),
          .first = first};
}

}  // namespace

Result<Stmt> lower_transpose_conv2d(Context& ctx, const graph::TransposeConv2D& op) {
  const Shape &in = ctx.input(0).shape, &filter = ctx.input(1).shape, &out = ctx.output().shape;
  MIDGE_ASSIGN(const Accumulation sum, Accumulation::make(ctx, {.channels = out[3],
                                                                .taps = filter[1] * filter[2] * filter[3],
                                                                .all_taps_inside = false,
                                                                .activation = op.activation}));
  const BufferId x = ctx.bind_input(0, "x"), w = ctx.bind_input(1, "w");
  const graph::Window& window = op.window;
  const Loop n = ctx.loop("n", out[0]);
  const Axis rows =
      make_axis(ctx, {"qh", "rh", "jh"}, in[1], out[1], filter[1], window.stride_h, window.pad_top);
  const Axis columns =
      make_axis(ctx, {"qw", "rw", "jw"}, in[2], out[2], filter[2], window.stride_w, window.pad_left);
  const Loop oc = ctx.loop("oc", out[3]), ic = ctx.loop("ic", filter[3]);
  std::vector<Expr> taps, positions;
  for (const Axis* axis : {&rows, &columns}) {
    axis->guard_tap(taps);
    axis->guard_output(positions);
  }
  MIDGE_ASSIGN(
      Stmt body,
      sum.element({.indices = {n.index, rows.output_position(), columns.output_position(), oc.index},
                   .channel = oc.index,
                   .reduction = {rows.j, columns.j, ic},
                   .guard = conjunction(taps),
                   .x = loop::load(x, ctx.input(0).dtype,
                                   {n.index, rows.input_position(), columns.input_position(), ic.index}),
                   .w = loop::load(w, ctx.input(1).dtype, {oc.index, rows.tap(), columns.tap(), ic.index})}));
  body = nest({oc}, std::move(body));
  if (const Expr guard = conjunction(positions)) body = loop::make_if(guard, std::move(body));
  return nest({n, rows.q, rows.r, columns.q, columns.r}, std::move(body));
}

}  // namespace midge::lower
