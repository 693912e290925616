// SOFTMAX along the last axis.
//
// int8, as TensorFlow Lite computes it in fixed point: the exponential of a code's distance to the row's
// largest code takes one of 256 values, which are a table in Q0 (31 fraction bits); their sum in Q12 (19
// fraction bits) is divided into 1 by three steps of Newton's iteration, once a row; each result is the
// product of both, rounded to 8 bits. Rejected: a second table for the Q12 terms (1 KB for two instructions),
// a table of reciprocals (2^19 of them).
#include <algorithm>
#include <cmath>
#include <limits>

#include "lower/families.h"
#include "lower/float_math.h"
#include "lower/move.h"
#include "quant/fixed_point.h"
#include "quant/quant.h"

namespace midge::lower {

namespace {

constexpr int kScaledDiffBits = 5;  // integer bits of the exponential's argument
constexpr int kSumBits = 12;        // integer bits of the sum
constexpr int64_t kCodes = 256;

// exp of -distance * scale * beta in Q0, 0 where it is too small to count.
std::vector<uint32_t> exponentials(double scale, double beta) {
  const double real =
      std::min(beta * scale * std::ldexp(1.0, 31 - kScaledDiffBits), std::ldexp(1.0, 31) - 1.0);
  // From 2^30 on the reference shifts by 31 and counts only distance 0; here it is 30, and distance 1 counts
  // exp(-16), which is 242 in Q0: too small to show in the sum or in a result.
  const quant::Multiplier multiplier = quant::quantize_multiplier(real);
  const int left = multiplier.shift;
  const double radius = std::floor(std::ldexp(31.0, 31 - kScaledDiffBits - left));
  std::vector<uint32_t> table(kCodes, 0);
  for (int64_t distance = 0; distance < kCodes && static_cast<double>(distance) <= radius; ++distance) {
    const auto shifted = static_cast<int32_t>(-distance * (int64_t{1} << left));
    const int32_t diff = quant::saturating_rounding_doubling_high_mul(shifted, multiplier.mantissa);
    table[static_cast<size_t>(distance)] =
        static_cast<uint32_t>(quant::exp_on_negative_values(diff, kScaledDiffBits));
  }
  return table;
}

Expr u32(int64_t value) {
  return loop::int_imm(DType::kU32, value);
}

// 1 / (1 + x) in Q0 for x in [0, 1), given (1 + x) / 2 in Q0: quant::one_over_one_plus_x as expressions. The
// iteration works in Q2; its correction x * (1 - d * x) comes in Q4 and is far too small to saturate on its
// way to Q2.
Expr reciprocal(Lets& lets, const Expr& half_denominator) {
  const auto mul = [](const Expr& a, const Expr& b) {
    return quant::saturating_rounding_doubling_high_mul(a, b);
  };
  constexpr int32_t k48Over17 = 1515870810, kMinus32Over17 = -1010580540, kOneInQ2 = 1 << 29;
  Expr x = lets.bind("recip", loop::i32(k48Over17) + mul(half_denominator, loop::i32(kMinus32Over17)));
  for (int step = 0; step < 3; ++step) {
    const Expr error = lets.bind("error", loop::i32(kOneInQ2) - mul(half_denominator, x));
    x = lets.bind("recip", x + mul(x, error) * loop::i32(4));
  }
  // From half of x in Q2 to Q0: doubled, saturated.
  const Expr saturated = loop::i32(std::numeric_limits<int32_t>::max());
  return loop::select(loop::lt(x, loop::i32(1 << 30)), x * loop::i32(2), saturated);
}

// One row of the input: where it starts, and where its element k and the output's are.
struct Row {
  const Walk& where;
  BufferId x;
  int64_t depth;

  Expr element(const graph::Value& value, const Expr& k) const {
    return loop::load(x, value.dtype, {where.from + k});
  }
  std::vector<Expr> to(const Expr& k) const {
    std::vector<Expr> indices = where.to;
    indices.back() = indices.back() + k;
    return indices;
  }
};

// buffer = init; for k: buffer = step(buffer, k).
template <class Step>
Stmt fold(Context& ctx, BufferId buffer, const Expr& init, int64_t depth, const Step& step) {
  const Loop k = ctx.loop("k", depth);
  const Expr value = loop::load(buffer, ctx.kernel().buffer(buffer).dtype, {});
  return loop::block(
      {loop::store(buffer, {}, init), nest({k}, loop::store(buffer, {}, step(value, k.index)))});
}

// The results of a row whose largest code is `largest` and whose exponentials' sum is `sum` (u32, in Q12).
Result<Stmt> scale_row(Context& ctx, const Row& row, BufferId table, const Expr& largest, const Expr& sum) {
  Lets lets(ctx.kernel());
  // sum * 2^headroom is in [2^31, 2^32): 1 + x in Q0, doubled.
  const Expr total = lets.bind("total", sum);
  const Expr headroom = lets.bind("headroom", loop::unary(loop::ExprKind::kClz, total));
  const Expr normalised = loop::binary(loop::ExprKind::kShl, total, loop::cast(DType::kU32, headroom));
  const Expr half = lets.bind("half", loop::cast(DType::kI32, loop::shr(normalised, 1)));
  Expr scale = reciprocal(lets, half);
  // The product is in Q(kSumBits - headroom); 8 of its bits stay. Of a sum from 2^28 on (512 elements or
  // more) none do.
  Expr shift = loop::i32(kSumBits + 31 - 8) - headroom;
  if (row.depth * (int64_t{1} << (31 - kSumBits)) >= int64_t{1} << 28) {
    scale = loop::select(loop::lt(headroom, loop::i32(4)), loop::i32(0), scale);
    shift = loop::min(shift, loop::i32(31));
  }
  scale = lets.bind("scale", scale);
  shift = lets.bind("shift", loop::cast(DType::kU32, shift));
  const Expr nudge = lets.bind("nudge", loop::binary(loop::ExprKind::kShl, u32(1), shift - u32(1)));
  const Expr top = lets.bind("top", largest);

  const Loop k = ctx.loop("k", row.depth);
  const Expr distance = top - loop::cast(DType::kI32, row.element(ctx.input(0), k.index));
  const Expr exponential = loop::cast(DType::kI32, loop::load(table, DType::kU32, {distance}));
  const Expr product = quant::saturating_rounding_doubling_high_mul(scale, exponential);
  const Expr rounded = loop::binary(loop::ExprKind::kShr, loop::cast(DType::kU32, product) + nudge, shift);
  const Expr code = loop::min(loop::cast(DType::kI32, rounded), loop::i32(255)) - loop::i32(128);
  MIDGE_ASSIGN(Stmt stored, ctx.store_output(row.to(k.index), loop::cast(DType::kI8, code)));
  return lets.wrap(nest({k}, std::move(stored)));
}

Result<Stmt> softmax_codes(Context& ctx, const Row& row, float beta) {
  const graph::Value& input = ctx.input(0);
  MIDGE_ASSIGN(const Affine from, ctx.affine(input));
  MIDGE_ASSIGN(const Affine to, ctx.affine(ctx.output()));
  if (to != Affine{1.0f / 256.0f, -128})
    return ctx.unsupported(ctx.output(),
                           "softmax results with a scale other than 1/256 and a zero point other than -128");
  const double scale = from.scale;
  if (!(beta * scale * std::ldexp(1.0, 31 - kScaledDiffBits) > 1.0))
    return ctx.unsupported(input, "a softmax with a scale and beta this small");
  // All of a row's terms may be 1.
  if (row.depth >= int64_t{1} << (32 - (31 - kSumBits)))
    return ctx.unsupported(input, "a softmax over more than 8191 elements");
  const BufferId table = ctx.constant("exp", exponentials(scale, beta));
  const BufferId largest = ctx.local("largest", DType::kI32);
  const BufferId sum = ctx.local("sum", DType::kU32);
  const auto code = [&](const Expr& k) { return loop::cast(DType::kI32, row.element(input, k)); };
  const Expr top = loop::load(largest, DType::kI32, {});
  const Stmt find = fold(ctx, largest, loop::i32(-128), row.depth,
                         [&](const Expr& so_far, const Expr& k) { return loop::max(so_far, code(k)); });
  const Stmt add = fold(ctx, sum, u32(0), row.depth, [&](const Expr& so_far, const Expr& k) {
    const Expr term = loop::load(table, DType::kU32, {top - code(k)});
    return so_far + loop::shr(term + u32(1 << (kSumBits - 1)), kSumBits);
  });
  MIDGE_ASSIGN(Stmt scaled, scale_row(ctx, row, table, top, loop::load(sum, DType::kU32, {})));
  return loop::alloc(largest, loop::alloc(sum, loop::block({find, add, scaled})));
}

Result<Stmt> softmax_floats(Context& ctx, const Row& row, float beta) {
  const graph::Value& input = ctx.input(0);
  const BufferId largest = ctx.local("largest", DType::kF32);
  const BufferId sum = ctx.local("sum", DType::kF32);
  const BufferId terms = ctx.scratch("terms", DType::kF32, {row.depth});
  const Expr top = loop::load(largest, DType::kF32, {});
  const Expr total = loop::load(sum, DType::kF32, {});
  const Stmt find =
      fold(ctx, largest, loop::float_imm(std::numeric_limits<float>::lowest()), row.depth,
           [&](const Expr& so_far, const Expr& k) { return loop::max(so_far, row.element(input, k)); });

  const Loop k = ctx.loop("k", row.depth);
  Lets lets(ctx.kernel());
  const Expr below = row.element(input, k.index) - top;
  const Expr term = lets.bind("term", exp_f32(lets, lets.bind("below", below * loop::float_imm(beta))));
  const Stmt add = nest(
      {k}, lets.wrap(loop::block({loop::store(terms, {k.index}, term), loop::store(sum, {}, total + term)})));
  const Loop j = ctx.loop("k", row.depth);
  const Expr share = loop::binary(loop::ExprKind::kDiv, loop::load(terms, DType::kF32, {j.index}), total);
  MIDGE_ASSIGN(Stmt stored, ctx.store_output(row.to(j.index), share));
  const Stmt body =
      loop::block({find, loop::store(sum, {}, loop::float_imm(0.0f)), add, nest({j}, std::move(stored))});
  return loop::alloc(largest, loop::alloc(sum, loop::alloc(terms, body)));
}

}  // namespace

Result<Stmt> lower_softmax(Context& ctx, const graph::Softmax& op) {
  set_move_runs(ctx);
  const graph::Value& input = ctx.input(0);
  if (input.shape.empty()) return ctx.unsupported(input, "a softmax of a scalar");
  Move rows = box(input.shape, dense_strides(input.shape));
  rows.axes.pop_back();
  const Walk where = walk(ctx, rows);
  const Row row{where, bind_flat(ctx, 0), input.shape.back()};
  if (input.dtype != DType::kI8 && input.dtype != DType::kF32)
    return ctx.unsupported(input, "a softmax of elements of this type");
  MIDGE_ASSIGN(Stmt body, input.dtype == DType::kI8 ? softmax_codes(ctx, row, op.beta)
                                                    : softmax_floats(ctx, row, op.beta));
  return where.wrap(std::move(body));
}

}  // namespace midge::lower
