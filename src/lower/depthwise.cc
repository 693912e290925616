// DEPTHWISE_CONV_2D: y[n,oh,ow,c*M+m] = out(bias[c*M+m] + sum over kh,kw of x[n,ih,iw,c] * w[0,kh,kw,c*M+m]).
#include "lower/accumulate.h"
#include "lower/families.h"
#include "lower/window.h"

namespace midge::lower {

Result<Stmt> lower_depthwise_conv2d(Context& ctx, const graph::DepthwiseConv2D& op) {
  const Shape &in = ctx.input(0).shape, &filter = ctx.input(1).shape, &out = ctx.output().shape;
  const WindowAxis rows = WindowAxis::rows(op.window, in[1], out[1], filter[1]);
  const WindowAxis columns = WindowAxis::columns(op.window, in[2], out[2], filter[2]);
  MIDGE_ASSIGN(const Accumulation sum,
               Accumulation::make(ctx, {.channels = out[3],
                                        .taps = filter[1] * filter[2],
                                        .all_taps_inside = rows.stays_inside() && columns.stays_inside(),
                                        .layout = AccumulationSpec::WeightLayout::kChannelsLast,
                                        .activation = op.activation}));
  const BufferId x = ctx.bind_input(0, "x"), w = ctx.bind_input(1, "w", {filter[1], filter[2], filter[3]});
  const Loop n = ctx.loop("n", out[0]), oh = ctx.loop("oh", out[1]), ow = ctx.loop("ow", out[2]);
  const Loop c = ctx.loop("c", in[3]), m = ctx.loop("m", op.multiplier);
  const Loop kh = ctx.loop("kh", filter[1]), kw = ctx.loop("kw", filter[2]);

  const Expr ih = rows.position(oh.index, kh.index), iw = columns.position(ow.index, kw.index);
  const Expr channel = m.extent == 1 ? c.index : scaled(c.index, m.extent) + m.index;
  std::vector<Expr> guards;
  rows.guard(ih, guards);
  columns.guard(iw, guards);
  MIDGE_ASSIGN(Stmt body,
               sum.element({.indices = {n.index, oh.index, ow.index, channel},
                            .channel = channel,
                            .reduction = {kh, kw},
                            .guard = conjunction(guards),
                            .x = loop::load(x, ctx.input(0).dtype, {n.index, ih, iw, c.index}),
                            .w = loop::load(w, ctx.input(1).dtype, {kh.index, kw.index, channel})}));
  return nest({n, oh, ow, c, m}, std::move(body));
}

}  // namespace midge::lower
