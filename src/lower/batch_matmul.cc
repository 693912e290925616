// BATCH_MATMUL: z[...,m,n] = out(sum over k of x[...,m,k] * y[...,k,n]); leading axes broadcast, adj_* swaps
// an operand's last two axes.
#include "lower/accumulate.h"
#include "lower/families.h"

namespace midge::lower {

namespace {

// The operand's element: the batch indices it has (0 where it broadcasts), then row and column.
Expr load_operand(Context& ctx, size_t input, const char* name, const std::vector<Loop>& batch,
                  const Expr& row, const Expr& column, bool swapped) {
  const graph::Value& value = ctx.input(input);
  const size_t leading = value.shape.size() - 2;
  std::vector<Expr> indices;
  indices.reserve(leading + 2);
  for (size_t axis = 0; axis < leading; ++axis)
    indices.push_back(value.shape[axis] == 1 ? loop::i32(0) : batch[batch.size() - leading + axis].index);
  indices.push_back(swapped ? column : row);
  indices.push_back(swapped ? row : column);
  return loop::load(ctx.bind_input(input, name), value.dtype, indices);
}

}  // namespace

Result<Stmt> lower_batch_matmul(Context& ctx, const graph::BatchMatMul& op) {
  using Layout = AccumulationSpec::WeightLayout;
  const Shape &left = ctx.input(0).shape, &right = ctx.input(1).shape, &out = ctx.output().shape;
  const int64_t taps = left[left.size() - (op.adj_x ? 2 : 1)];
  // One right matrix for all batches has a sum per column, into which the left zero point can be folded.
  const bool one_right = element_count(right) == taps * out.back();
  const Layout layout = !one_right ? Layout::kNoChannels
                        : op.adj_y ? Layout::kChannelsFirst
                                   : Layout::kChannelsLast;
  MIDGE_ASSIGN(
      const Accumulation sum,
      Accumulation::make(
          ctx,
          {.channels = out.back(), .taps = taps, .layout = layout, .has_bias = false, .per_axis = false}));
  std::vector<Loop> loops;
  for (size_t axis = 0; axis + 2 < out.size(); ++axis)
    loops.push_back(ctx.loop("b" + std::to_string(axis), out[axis]));
  const std::vector<Loop> batch = loops;
  const Loop m = ctx.loop("m", out[out.size() - 2]), n = ctx.loop("n", out[out.size() - 1]),
             k = ctx.loop("k", taps);
  loops.insert(loops.end(), {m, n});
  std::vector<Expr> indices;
  indices.reserve(loops.size());
  for (const Loop& loop : loops) indices.push_back(loop.index);
  MIDGE_ASSIGN(Stmt body, sum.element({.indices = indices,
                                       .channel = n.index,
                                       .reduction = {k},
                                       .guard = nullptr,
                                       .x = load_operand(ctx, 0, "x", batch, m.index, k.index, op.adj_x),
                                       .w = load_operand(ctx, 1, "w", batch, k.index, n.index, op.adj_y)}));
  return nest(loops, std::move(body));
}

}  // namespace midge::lower
