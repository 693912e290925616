// FULLY_CONNECTED: y[m,o] = out(bias[o] + sum over k of x[m,k] * w[o,k]).
#include "lower/accumulate.h"
#include "lower/families.h"

namespace midge::lower {

Result<Stmt> lower_fully_connected(Context& ctx, const graph::FullyConnected& op) {
  const Shape &filter = ctx.input(1).shape, &out = ctx.output().shape;
  const int64_t outputs = filter[0], taps = filter[1];
  const int64_t rows = element_count(ctx.output().shape).value() / outputs;
  MIDGE_ASSIGN(const Accumulation sum,
               Accumulation::make(ctx, {.channels = outputs, .taps = taps, .activation = op.activation}));
  // The output as [rows, outputs], whatever its rank.
  ctx.set_runs({{0, out.size() - 1}, {out.size() - 1, out.size()}});
  const BufferId x = ctx.bind_input(0, "x", {rows, taps}), w = ctx.bind_input(1, "w");
  const Loop m = ctx.loop("m", rows), o = ctx.loop("o", outputs), k = ctx.loop("k", taps);
  MIDGE_ASSIGN(Stmt body, sum.element({.indices = {m.index, o.index},
                                       .channel = o.index,
                                       .reduction = {k},
                                       .guard = nullptr,
                                       .x = loop::load(x, ctx.input(0).dtype, {m.index, k.index}),
                                       .w = loop::load(w, ctx.input(1).dtype, {o.index, k.index})}));
  return nest({m, o}, std::move(body));
}

}  // namespace midge::lower
