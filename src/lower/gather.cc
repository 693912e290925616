// GATHER with constant indices: the indices become loops where they are regular, else a table of source
// offsets.
#include "lower/families.h"
#include "lower/move.h"

namespace midge::lower {

namespace {

std::vector<int64_t> indices_of(const graph::Value& value) {
  if (value.dtype == DType::kI64) return constant_values<int64_t>(value);
  const std::vector<int32_t> narrow = constant_values<int32_t>(value);
  return {narrow.begin(), narrow.end()};
}

// All picks are walked over as one axis, so they must lie in one run. Where fused operators would split them,
// the whole output becomes one run, which is right for any of them.
void merge_axes(Context& ctx, size_t begin, size_t end) {
  for (const Context::Run& run : ctx.runs())
    if (run.end > begin && run.end < end) return ctx.set_runs({{0, ctx.output().shape.size()}});
}

// One set of indices for all: loops where they are regular.
Result<Stmt> gather_all(Context& ctx, size_t axis, size_t pick_axes, const std::vector<int64_t>& indices) {
  set_move_runs(ctx);
  merge_axes(ctx, axis, axis + pick_axes);
  const Shape& x = ctx.input(0).shape;
  const std::vector<int64_t> strides = dense_strides(x);
  Move move;
  for (size_t a = 0; a < axis; ++a) move.axes.push_back({x[a], a, 1, strides[a], {}});
  if (pick_axes > 0)
    add_indexed_axis(move, indices, axis + pick_axes - 1, strides[axis]);
  else
    move.from = indices[0] * strides[axis];
  for (size_t a = axis + 1; a < x.size(); ++a)
    move.axes.push_back({x[a], a - 1 + pick_axes, 1, strides[a], {}});
  return copy_elements(ctx, move);
}

int64_t product(const Shape& shape, size_t begin, size_t end) {
  int64_t product = 1;
  for (size_t axis = begin; axis < end; ++axis) product *= shape[axis];
  return product;
}

// Each batch has indices of its own: x seen as [batches, outer, extent, inner], y as [batches, outer, picks,
// inner], and one table for all batches. Rejected: a nest per batch; there may be thousands.
Result<Stmt> gather_batches(Context& ctx, size_t batch_axes, size_t axis,
                            const std::vector<int64_t>& indices) {
  ctx.set_runs({{0, ctx.output().shape.size()}});
  const Shape& x = ctx.input(0).shape;
  const Loop batch = ctx.loop("n", product(x, 0, batch_axes));
  const Loop outer = ctx.loop("o", product(x, batch_axes, axis));
  const Loop pick = ctx.loop("p", static_cast<int64_t>(indices.size()) / batch.extent);
  const Loop inner = ctx.loop("i", product(x, axis + 1, x.size()));
  const auto within = [](const Expr& index, const Loop& loop) {
    return index * loop::i32(loop.extent) + loop.index;
  };

  Lets lets(ctx.kernel());
  const Expr row = within(batch.index, outer);
  const Expr picked = lets.bind("pick", table_entry(ctx, "indices", indices, within(batch.index, pick)));
  const Expr from = (row * loop::i32(x[axis]) + picked) * loop::i32(inner.extent) + inner.index;
  const Expr element = loop::load(bind_flat(ctx, 0), ctx.input(0).dtype, {from});
  MIDGE_ASSIGN(Stmt stored, ctx.store_output({within(within(row, pick), inner)}, element));
  return nest({batch, outer, pick}, lets.wrap(nest({inner}, std::move(stored))));
}

}  // namespace

// x[batch..., outer..., axis, inner...] and indices[batch..., picks...] → y[batch..., outer..., picks...,
// inner...].
Result<Stmt> lower_gather(Context& ctx, const graph::Gather& op) {
  const auto axis = static_cast<size_t>(op.axis), batch_axes = static_cast<size_t>(op.batch_dims);
  if (!ctx.input(1).is_constant()) return ctx.unsupported(ctx.input(1), "indices that are computed");
  const std::vector<int64_t> indices = indices_of(ctx.input(1));
  if (product(ctx.input(0).shape, 0, batch_axes) > 1) return gather_batches(ctx, batch_axes, axis, indices);
  return gather_all(ctx, axis, ctx.input(1).shape.size() - batch_axes, indices);
}

}  // namespace midge::lower
