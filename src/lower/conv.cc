// CONV_2D: y[n,oh,ow,oc] = out(bias[oc] + sum over kh,kw,ic of x[n, oh*s+kh*d-p, ..., ic] * w[oc,kh,kw,ic]).
#include "lower/accumulate.h"
#include "lower/families.h"
#include "lower/window.h"

namespace midge::lower {

// Grouped: the output channels of group g read the g-th share of the input's channels; two loops make up the
// channel, so that no index divides.
Result<Stmt> lower_conv2d(Context& ctx, const graph::Conv2D& op) {
  const Shape &in = ctx.input(0).shape, &filter = ctx.input(1).shape, &out = ctx.output().shape;
  const int64_t group_channels = filter[3], groups = in[3] / group_channels;
  const WindowAxis rows = WindowAxis::rows(op.window, in[1], out[1], filter[1]);
  const WindowAxis columns = WindowAxis::columns(op.window, in[2], out[2], filter[2]);
  MIDGE_ASSIGN(const Accumulation sum,
               Accumulation::make(ctx, {.channels = out[3],
                                        .taps = filter[1] * filter[2] * filter[3],
                                        .all_taps_inside = rows.stays_inside() && columns.stays_inside(),
                                        .activation = op.activation}));
  const BufferId x = ctx.bind_input(0, "x"), w = ctx.bind_input(1, "w");
  const Loop n = ctx.loop("n", out[0]), oh = ctx.loop("oh", out[1]), ow = ctx.loop("ow", out[2]);
  const Loop g = ctx.loop("g", groups), oc = ctx.loop("oc", out[3] / groups);
  const Loop kh = ctx.loop("kh", filter[1]), kw = ctx.loop("kw", filter[2]),
             ic = ctx.loop("ic", group_channels);

  const Expr ih = rows.position(oh.index, kh.index), iw = columns.position(ow.index, kw.index);
  const Expr out_channel = groups == 1 ? oc.index : scaled(g.index, oc.extent) + oc.index;
  const Expr in_channel = groups == 1 ? ic.index : scaled(g.index, group_channels) + ic.index;
  std::vector<Expr> guards;
  rows.guard(ih, guards);
  columns.guard(iw, guards);
  MIDGE_ASSIGN(
      Stmt body,
      sum.element({.indices = {n.index, oh.index, ow.index, out_channel},
                   .channel = out_channel,
                   .reduction = {kh, kw, ic},
                   .guard = conjunction(guards),
                   .x = loop::load(x, ctx.input(0).dtype, {n.index, ih, iw, in_channel}),
                   .w = loop::load(w, ctx.input(1).dtype, {out_channel, kh.index, kw.index, ic.index})}));
  return nest({n, oh, ow, g, oc}, std::move(body));
}

}  // namespace midge::lower
