#include "loop/linear.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "base/check.h"

namespace midge::loop {
namespace {

__extension__ using Wide = __int128;
constexpr int64_t kMax32 = std::numeric_limits<int32_t>::max();

template <class T>
int order(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

int rank(ExprKind kind) {
  return kind == ExprKind::kVar ? -1 : static_cast<int>(kind);
}

Linear atom(const Expr& expr) {
  return {.constant = 0, .terms = {{expr, 1}}};
}

std::optional<Linear> scaled(const Linear& linear, int64_t scale) {
  return add({}, linear, scale);
}

std::optional<Linear> product(const Linear& a, const Linear& b) {
  if (b.is_constant()) return scaled(a, b.constant);
  if (a.is_constant()) return scaled(b, a.constant);
  return std::nullopt;
}

std::optional<Linear> decompose(const Expr& expr) {
  using enum ExprKind;
  if (expr->kind == kIntImm) return Linear{.constant = expr->value, .terms = {}};
  const auto operand = [&](size_t i) { return linear_form(expr->operands[i]); };
  switch (expr->kind) {
    case kAdd:
      return add(operand(0), operand(1));
    case kSub:
      return add(operand(0), operand(1), -1);
    case kMul:
      return product(operand(0), operand(1));
    case kShl:
      if (const Expr& count = expr->operands[1];
          count->kind == kIntImm && count->value >= 0 && count->value < 31)
        return scaled(operand(0), int64_t{1} << count->value);
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

bool index_kind(const Expr& expr) {
  using enum ExprKind;
  switch (expr->kind) {
    case kLoad:
    case kCall:
    case kFloatImm:
    case kCast:
    case kBitcast:
    case kSqrt:
    case kClz:
      return false;
    default:
      return expr->type == DType::kI32 || expr->type == DType::kBool;
  }
}

bool all_index(const Expr& expr, std::unordered_set<const ExprNode*>& seen) {
  if (!seen.insert(expr.get()).second) return true;
  if (!index_kind(expr)) return false;
  return std::all_of(expr->operands.begin(), expr->operands.end(),
                     [&](const Expr& operand) { return all_index(operand, seen); });
}

bool any_use(const Expr& expr, VarId var, std::unordered_set<const ExprNode*>& seen) {
  if (expr->kind == ExprKind::kVar) return expr->var == var;
  if (expr->operands.empty() || !seen.insert(expr.get()).second) return false;
  return std::any_of(expr->operands.begin(), expr->operands.end(),
                     [&](const Expr& operand) { return any_use(operand, var, seen); });
}

}  // namespace

int compare(const Expr& a, const Expr& b) {
  if (a == b) return 0;
  if (int c = order(rank(a->kind), rank(b->kind))) return c;
  if (int c = order(a->type, b->type)) return c;
  if (int c = order(a->var, b->var)) return c;
  if (int c = order(a->value, b->value)) return c;
  if (int c = order(a->buffer, b->buffer)) return c;
  if (int c = order(std::bit_cast<uint32_t>(a->float_value), std::bit_cast<uint32_t>(b->float_value)))
    return c;
  if (int c = order(a->instruction, b->instruction)) return c;
  if (int c = order(a->operands.size(), b->operands.size())) return c;
  for (size_t i = 0; i < a->operands.size(); ++i)
    if (int c = compare(a->operands[i], b->operands[i])) return c;
  return 0;
}

bool is_index(const Expr& expr) {
  if (expr->operands.empty()) return index_kind(expr);
  std::unordered_set<const ExprNode*> seen;
  return all_index(expr, seen);
}

Linear linear_form(const Expr& expr) {
  MIDGE_CHECK(expr->type == DType::kI32);
  if (auto sum = decompose(expr)) return *std::move(sum);
  return atom(expr);
}

std::optional<Linear> add(const Linear& a, const Linear& b, int64_t scale) {
  Linear sum;
  // value = x + scale * y; false where it leaves int64
  const auto combine = [&](int64_t x, int64_t y, int64_t& value) {
    int64_t scaled_y;
    return !__builtin_mul_overflow(y, scale, &scaled_y) && !__builtin_add_overflow(x, scaled_y, &value);
  };
  if (!combine(a.constant, b.constant, sum.constant)) return std::nullopt;
  size_t i = 0, j = 0;
  while (i < a.terms.size() || j < b.terms.size()) {
    const int side = i == a.terms.size()   ? 1
                     : j == b.terms.size() ? -1
                                           : compare(a.terms[i].atom, b.terms[j].atom);
    const int64_t x = side <= 0 ? a.terms[i].factor : 0, y = side >= 0 ? b.terms[j].factor : 0;
    int64_t factor;
    if (!combine(x, y, factor)) return std::nullopt;
    if (factor != 0) sum.terms.push_back({side <= 0 ? a.terms[i].atom : b.terms[j].atom, factor});
    i += side <= 0;
    j += side >= 0;
  }
  return sum;
}

// What is added comes first, then what is subtracted, the constant last: `oh*2 + kh - 1`, `7 - i`.
Expr to_expr(const Linear& linear) {
  Expr sum;
  const auto piece = [](const Linear::Term& term, int64_t factor) {
    return factor == 1 ? term.atom : term.atom * i32(factor);
  };
  for (const Linear::Term& term : linear.terms) {
    if (term.factor < 0) continue;
    Expr next = piece(term, term.factor);
    sum = sum ? sum + next : next;
  }
  if (!sum) sum = i32(linear.constant);
  for (const Linear::Term& term : linear.terms)
    if (term.factor < 0) sum = sum - piece(term, -term.factor);
  const bool leads = linear.terms.empty() || std::all_of(linear.terms.begin(), linear.terms.end(),
                                                         [](const Linear::Term& t) { return t.factor < 0; });
  if (leads || linear.constant == 0) return sum;
  return linear.constant > 0 ? sum + i32(linear.constant) : sum - i32(-linear.constant);
}

std::optional<Interval> range_of(const Linear& linear, Bounds& bounds) {
  Wide low = linear.constant, high = linear.constant;
  for (const auto& [atom, factor] : linear.terms) {
    const std::optional<Interval> range = bounds.of(atom);
    if (!range) return std::nullopt;
    low += Wide{factor} * (factor > 0 ? range->low : range->high);
    high += Wide{factor} * (factor > 0 ? range->high : range->low);
  }
  constexpr Wide kLimit = std::numeric_limits<int64_t>::max();
  if (low < -kLimit || high > kLimit) return std::nullopt;
  return Interval{static_cast<int64_t>(low), static_cast<int64_t>(high)};
}

bool sums_fit(const Linear& linear, Bounds& bounds) {
  Wide total = linear.constant < 0 ? -Wide{linear.constant} : Wide{linear.constant};
  for (const auto& [atom, factor] : linear.terms) {
    const std::optional<Interval> range = bounds.of(atom);
    if (!range || factor > kMax32 || factor < -kMax32) return false;
    const Wide largest = std::max(Wide{range->high}, -Wide{range->low});
    total += std::max(largest, -largest) * (factor < 0 ? -factor : factor);
  }
  return total <= kMax32;
}

std::optional<int64_t> factor_of(const Linear& linear, VarId var) {
  int64_t factor = 0;
  for (const Linear::Term& term : linear.terms) {
    if (term.atom->kind == ExprKind::kVar && term.atom->var == var)
      factor = term.factor;
    else if (uses(term.atom, var))
      return std::nullopt;
  }
  return factor;
}

bool uses(const Expr& expr, VarId var) {
  std::unordered_set<const ExprNode*> seen;
  return any_use(expr, var, seen);
}

}  // namespace midge::loop
