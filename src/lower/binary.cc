// ADD, SUB, MUL, MAXIMUM, MINIMUM, with broadcasting.
//
// int8 ADD and SUB bring both operands to a common scale, twice the larger of theirs, with 20 more bits:
//   y = out(requantize((a - za) << 20, m_a) +- requantize((b - zb) << 20, m_b)).
// int8 MUL requantises the product of the centred codes. MAXIMUM and MINIMUM compare codes as they are.
#include <algorithm>

#include "lower/accumulate.h"
#include "lower/families.h"
#include "lower/requantize.h"

namespace midge::lower {

using graph::BinaryKind;
using loop::ExprKind;
using loop::i32;

namespace {

Expr centred(const Expr& code, int32_t zero) {
  const Expr wide = loop::cast(DType::kI32, code);
  return zero == 0 ? wide : wide - i32(zero);
}

struct Scales {
  Affine a, b, y;
};

constexpr int kExtraBits = 20;

Expr sum_i8(Lets& lets, BinaryKind kind, const Scales& s, const Expr& a, const Expr& b) {
  const double twice_max = 2 * double{std::max(s.a.scale, s.b.scale)};
  const auto to_common = [&](const char* name, const Expr& code, const Affine& affine) {
    const quant::Multiplier multiplier = quant::quantize_multiplier(double{affine.scale} / twice_max);
    return lets.bind(name,
                     requantize(lets, loop::shl(centred(code, affine.zero_point), kExtraBits), multiplier));
  };
  const Expr left = to_common("sa", a, s.a), right = to_common("sb", b, s.b);
  const Expr sum = lets.bind("sum", kind == BinaryKind::kAdd ? left + right : left - right);
  const double out = twice_max / ((1 << kExtraBits) * double{s.y.scale});
  return requantize(lets, sum, quant::quantize_multiplier(out));
}

Expr product_i8(Lets& lets, const Scales& s, const Expr& a, const Expr& b) {
  const Expr product = lets.bind("p", centred(a, s.a.zero_point) * centred(b, s.b.zero_point));
  const double real = double{s.a.scale} * double{s.b.scale} / double{s.y.scale};
  return requantize(lets, product, quant::quantize_multiplier(real));
}

Result<Expr> binary_i8(Element& element, const graph::Binary& op) {
  Scales scales;
  MIDGE_ASSIGN(scales.a, Context::affine(element.node, element.input(0)));
  MIDGE_ASSIGN(scales.b, Context::affine(element.node, element.input(1)));
  MIDGE_ASSIGN(scales.y, Context::affine(element.node, element.output()));
  const Expr &a = element.operands[0], &b = element.operands[1];
  const Expr scaled = op.kind == BinaryKind::kMul ? product_i8(element.lets, scales, a, b)
                                                  : sum_i8(element.lets, op.kind, scales, a, b);
  const quant::Range range = quant::activation_range(op.activation, *element.output().quantization);
  return to_stored_i8(element.lets.bind("q", scaled), scales.y.zero_point, range);
}

// + - * in any element type but int8: integers wrap.
Expr plain(BinaryKind kind, const Expr& a, const Expr& b) {
  const DType type = a->type;
  const auto wrapping = [&](const Expr& x) {
    if (type == DType::kI32) return loop::cast(DType::kU32, x);
    if (type == DType::kI64) return loop::cast(DType::kU64, x);
    return x;
  };
  const ExprKind ops[] = {ExprKind::kAdd, ExprKind::kSub, ExprKind::kMul};
  return loop::cast(type, loop::binary(ops[static_cast<size_t>(kind)], wrapping(a), wrapping(b)));
}

}  // namespace

Result<Expr> pointwise_binary(Element& element, const graph::Binary& op) {
  const Expr &a = element.operands[0], &b = element.operands[1];
  const DType type = element.input(0).dtype;
  if (element.input(1).dtype != type || element.output().dtype != type)
    return Context::unsupported(element.node, element.output(), "operands of different element types");
  if (op.kind == BinaryKind::kMaximum) return loop::max(a, b);
  if (op.kind == BinaryKind::kMinimum) return loop::min(a, b);
  if (type == DType::kI8) return binary_i8(element, op);
  if (type == DType::kF32) return activate_f32(op.activation, plain(op.kind, a, b));
  if (type != DType::kI32 && type != DType::kI64)
    return Context::unsupported(element.node, element.output(), "arithmetic on this element type");
  if (op.activation != graph::Activation::kNone)
    return Context::unsupported(element.node, element.output(), "an activation of integers");
  return plain(op.kind, a, b);
}

}  // namespace midge::lower
