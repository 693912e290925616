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

}  // namespace

// x[batch..., outer..., axis, inner...] and indices[batch..., picks...] → y[batch..., outer..., picks...,
// inner...]. Each batch has its own indices, hence a nest of its own.
Result<Stmt> lower_gather(Context& ctx, const graph::Gather& op) {
  set_move_runs(ctx);
  const Shape& x = ctx.input(0).shape;
  const auto axis = static_cast<size_t>(op.axis);
  const auto batch_axes = static_cast<size_t>(op.batch_dims);
  if (!ctx.input(1).is_constant()) return ctx.unsupported(ctx.input(1), "indices that are computed");
  const std::vector<int64_t> indices = indices_of(ctx.input(1));
  const std::vector<int64_t> strides = dense_strides(x);
  const Shape& y = ctx.output().shape;
  const size_t pick_axes = ctx.input(1).shape.size() - batch_axes;
  merge_axes(ctx, axis, axis + pick_axes);
  int64_t batches = 1, picks = 1;
  for (size_t a = 0; a < batch_axes; ++a) batches *= x[a];
  for (size_t a = 0; a < pick_axes; ++a) picks *= y[axis + a];

  std::vector<Stmt> nests;
  for (int64_t batch = 0; batch < batches; ++batch) {
    Move move;
    move.begin.assign(y.size(), 0);
    int64_t rest = batch;
    for (size_t a = batch_axes; a-- > 0; rest /= x[a]) {
      move.begin[a] = rest % x[a];
      move.from += move.begin[a] * strides[a];
    }
    for (size_t a = batch_axes; a < axis; ++a) move.axes.push_back({x[a], a, 1, strides[a], {}});
    const auto first = indices.begin() + batch * picks;
    const std::vector<int64_t> picked(first, first + picks);
    if (pick_axes > 0)
      add_indexed_axis(move, picked, axis + pick_axes - 1, strides[axis]);
    else
      move.from += picked[0] * strides[axis];
    for (size_t a = axis + 1; a < x.size(); ++a)
      move.axes.push_back({x[a], a - 1 + pick_axes, 1, strides[a], {}});
    MIDGE_ASSIGN(Stmt nest, copy_elements(ctx, move));
    nests.push_back(std::move(nest));
  }
  return loop::block(std::move(nests));
}

}  // namespace midge::lower
