// MEAN, SUM and REDUCE_MAX over any axes: per output element one accumulator over the reduced axes.
//
// int8 sums are taken of codes less the zero point and then requantised. A mean multiplies by 1 / count as
// part of the same multiplier, as TensorFlow Lite does: mantissa * 2^k / count, truncated, with 2^k the
// largest power of two that is not above count. The quotient is in [2^29, 2^31), so only the shift says how
// small it is.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "lower/accumulate.h"
#include "lower/families.h"
#include "lower/move.h"
#include "lower/quantize.h"
#include "lower/requantize.h"

namespace midge::lower {

namespace {

// The output's element at `walk`-ed position, the elements behind it, and how many those are.
struct Reduction {
  Walk kept, reduced;
  int64_t count = 1;
};

Reduction reduction(Context& ctx, const graph::Reduce& op) {
  const Shape& shape = ctx.input(0).shape;
  const std::vector<int64_t> strides = dense_strides(shape);
  const bool keeps_axes = ctx.output().shape.size() == shape.size();
  Reduction result;
  Move kept, reduced;
  size_t y_axis = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (std::ranges::count(op.axes, static_cast<int32_t>(axis)) > 0) {
      reduced.axes.push_back({shape[axis], 0, 0, strides[axis], {}});
      result.count *= shape[axis];
      if (keeps_axes) ++y_axis;
    } else {
      kept.axes.push_back({shape[axis], y_axis++, 1, strides[axis], {}});
    }
  }
  result.kept = walk(ctx, kept, "i");
  result.reduced = walk(ctx, reduced, "r");
  return result;
}

// init, then acc = step(acc, element) over the reduced elements, then y = finish(acc).
struct Accumulation {
  DType type;
  Expr init;
  std::function<Expr(const Expr& acc, const Expr& element)> step;
  std::function<Expr(Lets& lets, const Expr& acc)> finish;
};

Result<Stmt> accumulate(Context& ctx, const Reduction& over, const Accumulation& how) {
  const BufferId x = bind_flat(ctx, 0);
  const BufferId acc = ctx.local("acc", how.type);
  const Expr sum = loop::load(acc, how.type, {});
  const Expr element = loop::load(x, ctx.input(0).dtype, {over.kept.from + over.reduced.from});
  const Stmt step = over.reduced.wrap(loop::store(acc, {}, how.step(sum, element)));
  Lets lets(ctx.kernel());
  const Expr result = how.finish(lets, sum);
  MIDGE_ASSIGN(Stmt stored, ctx.store_output(over.kept.to, result));
  const Stmt body = loop::block({loop::store(acc, {}, how.init), step, lets.wrap(std::move(stored))});
  return over.kept.wrap(loop::alloc(acc, body));
}

quant::Multiplier divided(const quant::Multiplier& by, int64_t count) {
  if (count == 0) return by;
  const int log2 = std::bit_width(static_cast<uint64_t>(count)) - 1;
  const int shift = std::min({log2, 32, 31 + by.shift});
  return {static_cast<int32_t>((int64_t{by.mantissa} << shift) / count), by.shift - shift};
}

// 2^23 differences of codes, each below 2^8, still fit an i32.
constexpr int64_t kMaxCount = int64_t{1} << 23;

Result<Stmt> reduce_codes(Context& ctx, const Reduction& over, bool mean) {
  if (over.count > kMaxCount)
    return ctx.unsupported(ctx.input(0), fmt::format("a sum of more than {} elements", kMaxCount));
  MIDGE_ASSIGN(const Affine from, ctx.affine(ctx.input(0)));
  MIDGE_ASSIGN(const Affine to, ctx.affine(ctx.output()));
  const double ratio = static_cast<double>(from.scale) / static_cast<double>(to.scale);
  quant::Multiplier multiplier = quant::quantize_multiplier(ratio);
  if (mean) multiplier = divided(multiplier, over.count);
  const auto add = [](const Expr& acc, const Expr& x) { return acc + loop::cast(DType::kI32, x); };
  const auto finish = [&](Lets& lets, const Expr& acc) {
    return to_stored_i8(requantize(lets, lets.bind("sum", acc), multiplier), to.zero_point, {});
  };
  return accumulate(ctx, over, {DType::kI32, loop::i32(-over.count * from.zero_point), add, finish});
}

Result<Stmt> reduce_floats(Context& ctx, const Reduction& over, bool mean) {
  const auto add = [](const Expr& acc, const Expr& x) { return acc + x; };
  const auto finish = [&](Lets&, const Expr& acc) {
    if (!mean) return acc;
    return loop::binary(loop::ExprKind::kDiv, acc, loop::float_imm(static_cast<float>(over.count)));
  };
  return accumulate(ctx, over, {DType::kF32, loop::float_imm(0.0f), add, finish});
}

// Sums wrap around, as the reference's do. The mean's quotient is truncated.
Result<Stmt> reduce_integers(Context& ctx, const Reduction& over, bool mean) {
  const DType type = ctx.input(0).dtype;
  const auto add = [](const Expr& acc, const Expr& x) {
    return acc + loop::cast(DType::kU64, loop::cast(DType::kI64, x));
  };
  const auto finish = [&](Lets&, const Expr& acc) {
    const Expr sum = loop::cast(DType::kI64, acc);
    if (!mean || over.count == 0) return loop::cast(type, sum);
    return loop::cast(type, loop::binary(loop::ExprKind::kDiv, sum, loop::int_imm(DType::kI64, over.count)));
  };
  return accumulate(ctx, over, {DType::kU64, loop::int_imm(DType::kU64, 0), add, finish});
}

Result<Stmt> reduce_max(Context& ctx, const Reduction& over) {
  const graph::Value& x = ctx.input(0);
  const graph::Value& y = ctx.output();
  const bool real = x.dtype == DType::kF32;
  const Expr lowest =
      real ? loop::float_imm(std::numeric_limits<float>::lowest()) : loop::int_imm(x.dtype, min_of(x.dtype));
  const auto larger = [](const Expr& acc, const Expr& element) { return loop::max(acc, element); };
  auto finish = std::function<Expr(Lets&, const Expr&)>([](Lets&, const Expr& acc) { return acc; });
  if (x.dtype == DType::kI8 && x.quantization != y.quantization) {
    MIDGE_ASSIGN(const Affine from, ctx.affine(x));
    MIDGE_ASSIGN(const Affine to, ctx.affine(y));
    finish = [from, to](Lets& lets, const Expr& acc) { return rescale(lets, acc, from, to); };
  }
  return accumulate(ctx, over, {x.dtype, lowest, larger, finish});
}

}  // namespace

Result<Stmt> lower_reduce(Context& ctx, const graph::Reduce& op) {
  set_move_runs(ctx);
  const DType type = ctx.input(0).dtype;
  if (type == DType::kBool) return ctx.unsupported(ctx.input(0), "a reduction of bool");
  const Reduction over = reduction(ctx, op);
  if (op.kind == graph::ReduceKind::kMax) return reduce_max(ctx, over);
  const bool mean = op.kind == graph::ReduceKind::kMean;
  if (type == DType::kI8) return reduce_codes(ctx, over, mean);
  if (type == DType::kF32) return reduce_floats(ctx, over, mean);
  return reduce_integers(ctx, over, mean);
}

}  // namespace midge::lower
