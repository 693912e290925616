#include "emit/expr_writer.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "base/check.h"
#include "loop/in_place.h"

namespace midge::emit {
namespace {

using loop::Expr;
using loop::ExprKind;

// C's operator precedences, as far as they are used.
enum Precedence {
  kConditional = 3,
  kLogicalOr,
  kLogicalAnd,
  kBitOr,
  kBitXor,
  kBitAnd,
  kEquality,
  kRelational,
  kShift,
  kAdditive,
  kMultiplicative,
  kUnary,
  kPrimary
};

bool is_small(DType type) {
  return is_integer(type) && size_of(type) < 4;
}

struct Infix {
  ExprKind kind;
  const char* symbol;
  Precedence precedence;
};

constexpr Infix kInfix[] = {
    {ExprKind::kAdd, "+", kAdditive},         {ExprKind::kSub, "-", kAdditive},
    {ExprKind::kMul, "*", kMultiplicative},   {ExprKind::kDiv, "/", kMultiplicative},
    {ExprKind::kRem, "%", kMultiplicative},   {ExprKind::kShr, ">>", kShift},
    {ExprKind::kAnd, "&", kBitAnd},           {ExprKind::kOr, "|", kBitOr},
    {ExprKind::kXor, "^", kBitXor},           {ExprKind::kEq, "==", kEquality},
    {ExprKind::kNe, "!=", kEquality},         {ExprKind::kLt, "<", kRelational},
    {ExprKind::kLe, "<=", kRelational},       {ExprKind::kLogicalAnd, "&&", kLogicalAnd},
    {ExprKind::kLogicalOr, "||", kLogicalOr},
};

const Infix* find_infix(ExprKind kind) {
  for (const Infix& row : kInfix)
    if (row.kind == kind) return &row;
  return nullptr;
}

}  // namespace

std::string integer_literal(DType type, int64_t value) {
  if (type == DType::kU32) return fmt::format("{}u", static_cast<uint32_t>(value));
  if (type == DType::kU64) return fmt::format("UINT64_C({})", static_cast<uint64_t>(value));
  if (type == DType::kI64)
    return value == INT64_MIN ? "(-INT64_C(9223372036854775807) - 1)" : fmt::format("INT64_C({})", value);
  if (value == INT32_MIN) return "(-2147483647 - 1)";
  return fmt::format("{}", value);
}

std::string float_literal(float value) {
  if (!std::isfinite(value)) return fmt::format("f32_of_bits({}u)", std::bit_cast<uint32_t>(value));
  std::string text = fmt::format("{:.9g}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + "f";
}

std::string ExprWriter::write(const Expr& expr) {
  return write_node(expr).text;
}

std::string ExprWriter::operand(const Expr& expr, int least_precedence) {
  Text inner = write_node(expr);
  if (inner.precedence >= least_precedence) return inner.text;
  return "(" + inner.text + ")";
}

std::string ExprWriter::access(BufferId buffer, const std::vector<Expr>& indices) {
  const Expr index = loop::flat_index(kernel_, buffer, indices);
  const std::string& name = kernel_.buffer(buffer).name;
  if (!scalars_.contains(buffer)) return fmt::format("{}[{}]", name, write(index));
  MIDGE_CHECK(index->kind == ExprKind::kIntImm);
  return element_count(kernel_.buffer(buffer).shape) == 1 ? name : fmt::format("{}_{}", name, index->value);
}

ExprWriter::Text ExprWriter::infix(const Expr& expr, const char* symbol, int precedence) {
  const auto& operands = expr->operands;
  // Bit operators and && / || mixed with others get parentheses beyond need: compilers warn, readers stumble.
  const bool loose = precedence <= kShift && precedence != kEquality && precedence != kRelational;
  const int left = loose ? kUnary : precedence, right = loose ? kUnary : precedence + 1;
  std::string text = fmt::format("{} {} {}", operand(operands[0], left), symbol, operand(operands[1], right));
  if (is_small(expr->type)) return {fmt::format("({})({})", c_name_of(expr->type), text), kUnary};
  return {text, precedence};
}

// A signed left shift is a multiplication in the IR; C leaves it undefined for negative values, unsigned it
// is not.
ExprWriter::Text ExprWriter::shift_left(const Expr& expr) {
  const DType type = expr->type;
  const std::string count = operand(expr->operands[1], kAdditive + 1);
  const bool wide = size_of(type) == 8;
  const char* unsigned_name = wide ? "uint64_t" : "uint32_t";
  const std::string value = operand(expr->operands[0], kUnary);
  if (type == DType::kU32 || type == DType::kU64) return {fmt::format("{} << {}", value, count), kShift};
  return {fmt::format("({})(({}){} << {})", c_name_of(type), unsigned_name, value, count), kUnary};
}

// u16 * u16 would be multiplied as int in C and could overflow; widen it first.
ExprWriter::Text ExprWriter::small_multiply(const Expr& expr) {
  return {fmt::format("({})((uint32_t){} * {})", c_name_of(expr->type), operand(expr->operands[0], kUnary),
                      operand(expr->operands[1], kUnary)),
          kUnary};
}

ExprWriter::Text ExprWriter::cast_to(DType type, const Expr& value) {
  if (type == DType::kBool) return {fmt::format("{} != 0", operand(value, kRelational)), kEquality};
  if (value->kind == ExprKind::kIntImm && value->value >= min_of(type) && is_integer(type) &&
      value->value <= max_of(type))
    return {integer_literal(type, value->value), value->value < 0 ? kUnary : kPrimary};
  return {fmt::format("({}){}", c_name_of(type), operand(value, kUnary)), kUnary};
}

ExprWriter::Text ExprWriter::helper(std::string name, const Expr& expr) {
  std::string arguments;
  for (const Expr& argument : expr->operands) {
    if (!arguments.empty()) arguments += ", ";
    arguments += write(argument);
  }
  helpers_.insert(name);
  return {fmt::format("{}({})", name, arguments), kPrimary};
}

ExprWriter::Text ExprWriter::bitcast(const Expr& expr) {
  const DType from = expr->operands[0]->type, to = expr->type;
  if (from == DType::kF32 && to == DType::kU32) return helper("bits_of_f32", expr);
  if (from == DType::kF32)
    return {fmt::format("({}){}", c_name_of(to), helper("bits_of_f32", expr).text), kUnary};
  if (to == DType::kF32) {
    helpers_.insert("f32_of_bits");
    return {fmt::format("f32_of_bits((uint32_t){})", operand(expr->operands[0], kUnary)), kPrimary};
  }
  return cast_to(to, expr->operands[0]);
}

ExprWriter::Text ExprWriter::write_node(const Expr& expr) {
  const auto& operands = expr->operands;
  switch (expr->kind) {
    case ExprKind::kIntImm: {
      std::string text = integer_literal(expr->type, expr->value);
      return {text, text[0] == '-' ? kUnary : kPrimary};
    }
    case ExprKind::kFloatImm: {
      if (!std::isfinite(expr->float_value)) helpers_.insert("f32_of_bits");
      std::string text = float_literal(expr->float_value);
      return {text, text[0] == '-' ? kUnary : kPrimary};
    }
    case ExprKind::kVar:
      return {kernel_.var(expr->var).name, kPrimary};
    case ExprKind::kLoad:
      return {access(expr->buffer, operands), kPrimary};
    case ExprKind::kMin:
    case ExprKind::kMax:
      return helper(fmt::format("{}_{}", expr->kind == ExprKind::kMin ? "min" : "max", name_of(expr->type)),
                    expr);
    case ExprKind::kShl:
      return shift_left(expr);
    case ExprKind::kLogicalNot:
      return {"!" + operand(operands[0], kUnary), kUnary};
    case ExprKind::kSelect: {
      std::string text =
          fmt::format("{} ? {} : {}", operand(operands[0], kConditional + 1),
                      operand(operands[1], kConditional + 1), operand(operands[2], kConditional + 1));
      if (is_small(expr->type)) return {fmt::format("({})({})", c_name_of(expr->type), text), kUnary};
      return {text, kConditional};
    }
    case ExprKind::kCast:
      return cast_to(expr->type, operands[0]);
    case ExprKind::kBitcast:
      return bitcast(expr);
    case ExprKind::kSqrt:
      return helper("sqrt_f32", expr);
    case ExprKind::kClz:
      return helper("clz_u32", expr);
    case ExprKind::kCall:
      return helper(expr->instruction, expr);
    default:
      break;
  }
  if (expr->kind == ExprKind::kMul && is_small(expr->type)) return small_multiply(expr);
  const Infix* row = find_infix(expr->kind);
  MIDGE_CHECK(row != nullptr);
  return infix(expr, row->symbol, row->precedence);
}

}  // namespace midge::emit
