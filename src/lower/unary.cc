// Elementwise functions. int8: a 256-entry table (quant/unary_tables.h), or a clamp where the table is one.
// f32: plain expressions (float_math.h).
#include "lower/accumulate.h"
#include "lower/families.h"
#include "lower/float_math.h"
#include "quant/unary_tables.h"

namespace midge::lower {

using graph::UnaryKind;
using loop::ExprKind;
using loop::float_imm;

namespace {

Result<Expr> unary_i8(Element& element, const graph::Unary& op) {
  MIDGE_ASSIGN(const Affine in, Context::affine(element.node, element.input(0)));
  MIDGE_ASSIGN(const Affine out, Context::affine(element.node, element.output()));
  if (op.kind == UnaryKind::kNeg && in.scale != out.scale)
    return Context::unsupported(element.node, element.output(), "a scale that differs from the input's");
  if (op.kind == UnaryKind::kHardSwish && out.scale * 128 <= in.scale)
    return Context::unsupported(element.node, element.output(), "a scale of 1/128 of the input's or less");
  const auto table =
      quant::unary_table(op.kind, {in.scale, out.scale, in.zero_point, out.zero_point, op.alpha});
  if (!table) return Context::unsupported(element.node, element.input(0), "this function of i8 elements");
  const Expr code = loop::cast(DType::kI32, element.operands[0]);
  if (const auto clamp = quant::as_clamp(*table)) return to_stored_i8(code, 0, {clamp->low, clamp->high});
  const BufferId buffer = element.ctx.constant("table", std::vector<int8_t>(table->begin(), table->end()));
  return loop::load(buffer, DType::kI8, {code + loop::i32(128)});
}

// NaN below 0, as a square root has it.
Expr guarded_sqrt(const Expr& x) {
  const Expr nan = loop::bitcast(DType::kF32, loop::int_imm(DType::kU32, 0x7fc00000));
  return loop::select(loop::lt(x, float_imm(0.0f)), nan, loop::unary(ExprKind::kSqrt, x));
}

Expr unary_f32(Lets& lets, const graph::Unary& op, const Expr& x) {
  const Expr zero = float_imm(0.0f), one = float_imm(1.0f);
  const auto divide = [](const Expr& a, const Expr& b) { return loop::binary(ExprKind::kDiv, a, b); };
  switch (op.kind) {
    case UnaryKind::kLogistic:
      return logistic_f32(lets, x);
    case UnaryKind::kTanh:
      return tanh_f32(lets, x);
    case UnaryKind::kRelu:
      return activate_f32(graph::Activation::kRelu, x);
    case UnaryKind::kRelu6:
      return activate_f32(graph::Activation::kRelu6, x);
    case UnaryKind::kReluN1To1:
      return activate_f32(graph::Activation::kReluN1To1, x);
    case UnaryKind::kLeakyRelu:
      return loop::select(loop::lt(zero, x), x, x * float_imm(op.alpha));
    case UnaryKind::kHardSwish:
      return divide(x * activate_f32(graph::Activation::kRelu6, x + float_imm(3.0f)), float_imm(6.0f));
    case UnaryKind::kElu:
      return loop::select(loop::lt(x, zero), lets.bind("m", expm1_f32(lets, x)), x);
    case UnaryKind::kExp:
      return exp_f32(lets, x);
    case UnaryKind::kSqrt:
      return guarded_sqrt(x);
    case UnaryKind::kRsqrt:
      return divide(one, guarded_sqrt(x));
    case UnaryKind::kAbs:
      return abs_f32(x);
    case UnaryKind::kNeg:
      return x * float_imm(-1.0f);
  }
  return x;
}

}  // namespace

Result<Expr> pointwise_unary(Element& element, const graph::Unary& op) {
  const DType dtype = element.input(0).dtype;
  if (dtype == DType::kI8) return unary_i8(element, op);
  if (dtype == DType::kF32) return unary_f32(element.lets, op, element.lets.bind("a", element.operands[0]));
  return Context::unsupported(element.node, element.input(0), "element types other than i8 and f32");
}

}  // namespace midge::lower
