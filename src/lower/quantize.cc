// QUANTIZE and DEQUANTIZE: between real numbers and int8 codes, and between codes of different meaning.
#include "lower/quantize.h"

#include <cmath>

#include "lower/accumulate.h"
#include "lower/families.h"
#include "lower/requantize.h"

namespace midge::lower {

namespace {

// round(x / scale) + zero point, ties away from zero. Clamping comes first: it keeps every step below in
// range and exact, and it commutes with the rounding, because the bounds are whole numbers. x - trunc(x) is
// exact, so the test for half a step is too; adding 0.5 and truncating is not (0.49999997 would become 1). A
// NaN, which C could not convert, becomes the least code: `max` takes its first operand then.
Expr quantized(Lets& lets, const Expr& x, const Affine& to) {
  const auto bound = [&](int32_t code) { return loop::float_imm(static_cast<float>(code - to.zero_point)); };
  const Expr steps = loop::binary(loop::ExprKind::kDiv, x, loop::float_imm(to.scale));
  const Expr bounded = lets.bind("steps", loop::min(loop::max(bound(-128), steps), bound(127)));
  const Expr whole = lets.bind("whole", loop::cast(DType::kI32, bounded));
  const Expr rest = lets.bind("rest", bounded - loop::cast(DType::kF32, whole));
  const auto one_if = [](const Expr& condition) { return loop::cast(DType::kI32, condition); };
  const Expr rounded =
      whole + one_if(loop::le(loop::float_imm(0.5f), rest)) - one_if(loop::le(rest, loop::float_imm(-0.5f)));
  return loop::cast(DType::kI8, rounded + loop::i32(to.zero_point));
}

}  // namespace

Expr rescale(Lets& lets, const Expr& x, const Affine& from, const Affine& to, const quant::Range& range) {
  if (from == to && range.low <= -128 && range.high >= 127) return x;
  const Expr code = loop::cast(DType::kI32, x);
  if (from.scale == to.scale) return to_stored_i8(code, to.zero_point - from.zero_point, range);
  const Expr steps = lets.bind("steps", code - loop::i32(from.zero_point));
  const double ratio = static_cast<double>(from.scale) / static_cast<double>(to.scale);
  return to_stored_i8(requantize(lets, steps, quant::quantize_multiplier(ratio)), to.zero_point, range);
}

Result<Expr> pointwise_quantize(Element& element, const graph::Quantize&) {
  const Expr& x = element.operands.at(0);
  if (element.output().dtype != DType::kI8)
    return Context::unsupported(element.node, element.output(), "quantising to this type");
  MIDGE_ASSIGN(const Affine to, Context::affine(element.node, element.output()));
  if (x->type == DType::kF32) return quantized(element.lets, x, to);
  if (x->type != DType::kI8)
    return Context::unsupported(element.node, element.input(0), "quantising from this type");
  MIDGE_ASSIGN(const Affine from, Context::affine(element.node, element.input(0)));
  return rescale(element.lets, x, from, to);
}

// scale * (code - zero point): the difference is exact, so the product is rounded once.
Result<Expr> pointwise_dequantize(Element& element, const graph::Dequantize&) {
  const Expr& x = element.operands.at(0);
  if (x->type != DType::kI8 || element.output().dtype != DType::kF32)
    return Context::unsupported(element.node, element.input(0), "dequantising this type");
  MIDGE_ASSIGN(const Affine from, Context::affine(element.node, element.input(0)));
  const Expr steps = loop::cast(DType::kI32, x) - loop::i32(from.zero_point);
  return loop::cast(DType::kF32, steps) * loop::float_imm(from.scale);
}

}  // namespace midge::lower
