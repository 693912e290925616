#include "loop/simplify_expr.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>

#include "base/check.h"
#include "loop/interpret.h"

namespace midge::loop {
namespace {

using enum ExprKind;

bool is_imm(const Expr& expr) {
  return expr->kind == kIntImm;
}
// Constant folding has the interpreter's arithmetic; a forbidden operation has no value and stays.
Expr folded(const Expr& expr) {
  const bool constant = std::all_of(expr->operands.begin(), expr->operands.end(), [](const Expr& operand) {
    return operand->kind == kIntImm || operand->kind == kFloatImm;
  });
  return constant ? evaluate(expr) : nullptr;
}

bool is_imm(const Expr& expr, int64_t value) {
  return is_imm(expr) && expr->value == value;
}

bool commutes(ExprKind kind) {
  return kind == kAdd || kind == kMul || kind == kMin || kind == kMax || kind == kAnd || kind == kOr ||
         kind == kXor || kind == kEq || kind == kNe;
}

// x op c = x
bool is_neutral_right(ExprKind kind, int64_t c) {
  if (kind == kRem) return false;
  return c == (kind == kMul || kind == kDiv ? 1 : kind == kAnd ? -1 : 0);
}

bool is_comparison(ExprKind kind) {
  return kind == kEq || kind == kNe || kind == kLt || kind == kLe;
}

// Both sides are sums of indices, which linear forms can compare.
bool compares_indices(const Expr& expr) {
  return expr->operands[0]->type == DType::kI32 && is_index(expr->operands[0]) && is_index(expr->operands[1]);
}

int64_t floor_div(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

std::optional<Linear> difference(const Expr& a, const Expr& b) {
  return add(linear_form(a), linear_form(b), -1);
}

// x + c for a signed type; null where c is not of the type.
Expr add_constant(const Expr& x, int64_t c) {
  if (c == 0) return x;
  if (c > 0) return fits(x->type, c) ? x + int_imm(x->type, c) : nullptr;
  return fits(x->type, -c) ? x - int_imm(x->type, -c) : nullptr;
}

// linear >= 0 with the factors' common divisor taken out.
Linear reduced(Linear linear) {
  int64_t divisor = 0;
  for (const Linear::Term& term : linear.terms) divisor = std::gcd(divisor, term.factor);
  if (divisor < 2) return linear;
  for (Linear::Term& term : linear.terms) term.factor /= divisor;
  linear.constant = floor_div(linear.constant, divisor);
  return linear;
}

Linear negated_minus_one(const Linear& linear) {  // not (linear >= 0)  ⇔  -linear - 1 >= 0
  Linear result =
      add({.constant = -1, .terms = {}}, linear, -1).value_or(Linear{.constant = -1, .terms = {}});
  return result;
}

}  // namespace

Expr ExprSimplifier::operator()(const Expr& expr) {
  if (expr->kind == kVar) return variable(expr);
  if (expr->operands.empty()) return expr;
  if (const auto found = memo_.find(expr.get()); found != memo_.end()) return found->second.second;
  Expr result = rules(with_operands(expr));
  memo_.emplace(expr.get(), std::pair(expr, result));
  return result;
}

Expr ExprSimplifier::variable(const Expr& expr) {
  if (const auto found = values_.find(expr->var); found != values_.end()) return found->second;
  const auto range = known_.find(expr->var);
  const bool single = range != known_.end() && range->second.low == range->second.high;
  return single ? int_imm(expr->type, range->second.low) : expr;
}

Expr ExprSimplifier::with_operands(const Expr& expr) {
  std::vector<Expr> operands;
  operands.reserve(expr->operands.size());
  bool changed = false;
  for (const Expr& operand : expr->operands) {
    operands.push_back((*this)(operand));
    changed = changed || operands.back() != operand;
  }
  if (!changed) return expr;
  auto node = std::make_shared<ExprNode>(*expr);
  node->operands = std::move(operands);
  return node;
}

Expr ExprSimplifier::rules(const Expr& expr) {
  if (expr->kind == kLoad || expr->kind == kCall) return expr;
  if (Expr value = folded(expr)) return value;
  if (expr->type != DType::kF32) {
    const auto range = bounds_.of(expr);
    if (range && range->low == range->high) return int_imm(expr->type, range->low);
  }
  if (commutes(expr->kind) && is_imm(expr->operands[0]) && !is_imm(expr->operands[1]))
    return binary(expr->kind, expr->operands[1], expr->operands[0]);
  switch (expr->kind) {
    case kSelect:
    case kLogicalAnd:
    case kLogicalOr:
    case kLogicalNot:
      return logic(expr);
    case kCast:
    case kBitcast:
      return conversion(expr);
    case kMin:
    case kMax:
      return extremum(expr);
    case kEq:
    case kNe:
    case kLt:
    case kLe:
      return comparison(expr);
    default:
      return arithmetic(expr);
  }
}

Expr ExprSimplifier::arithmetic(const Expr& expr) {
  if (expr->operands.size() != 2) return expr;
  const Expr &a = expr->operands[0], &b = expr->operands[1];
  if (expr->type == DType::kF32) {
    const bool times_one = expr->kind == kMul && b->kind == kFloatImm && b->float_value == 1.0f;
    return times_one ? a : expr;
  }
  if (is_imm(b) && is_neutral_right(expr->kind, b->value)) return a;
  if (is_imm(b, 0) && (expr->kind == kMul || expr->kind == kAnd)) return b;
  if (expr->type == DType::kI32 && is_index(expr)) return index_sum(expr);
  return expr->kind == kAdd || expr->kind == kSub ? sum(expr) : expr;
}

// Signed: (x ± c1) ± c2 → x ± c. The result is the same number, and x is a value of the type.
Expr ExprSimplifier::sum(const Expr& expr) {
  const Expr &a = expr->operands[0], &b = expr->operands[1];
  if (expr->kind == kSub && equal(a, b)) return int_imm(expr->type, 0);
  if (!is_signed(expr->type) || !is_imm(b) || expr->type == DType::kI64) return expr;
  const bool nested = (a->kind == kAdd || a->kind == kSub) && is_imm(a->operands[1]);
  const auto constant_of = [](const Expr& e) {
    return e->kind == kAdd ? e->operands[1]->value : -e->operands[1]->value;
  };
  Expr result = nested ? add_constant(a->operands[0], constant_of(a) + constant_of(expr))
                       : add_constant(a, constant_of(expr));
  return result && !equal(result, expr) ? result : expr;
}

// An i32 sum, product, quotient or remainder without loads.
Expr ExprSimplifier::index_sum(const Expr& expr) {
  if (expr->kind == kDiv || expr->kind == kRem) return quotient(expr);
  const Linear linear = linear_form(expr);
  if (!sums_fit(linear, bounds_)) return expr->kind == kAdd || expr->kind == kSub ? sum(expr) : expr;
  Expr result = to_expr(linear);
  return equal(result, expr) ? expr : result;
}

// x = c*q + r with q >= 0 and r >= 0: x div c = q + r div c, x rem c = r rem c, and r div c = 0 where r < c.
Expr ExprSimplifier::quotient(const Expr& expr) {
  const Expr& divisor = expr->operands[1];
  if (!is_imm(divisor) || divisor->value <= 0) return expr;
  const int64_t c = divisor->value;
  const Linear whole = linear_form(expr->operands[0]);
  Linear q{.constant = floor_div(whole.constant, c), .terms = {}};
  Linear r{.constant = whole.constant - q.constant * c, .terms = {}};
  for (const auto& [atom, factor] : whole.terms) {
    if (factor % c == 0)
      q.terms.push_back({atom, factor / c});
    else
      r.terms.push_back({atom, factor});
  }
  const auto q_range = range_of(q, bounds_), r_range = range_of(r, bounds_);
  if (!q_range || !r_range || q_range->low < 0 || r_range->low < 0) return expr;
  if (!sums_fit(q, bounds_) || !sums_fit(r, bounds_)) return expr;
  const Expr rest = to_expr(r);
  const bool small = r_range->high < c;
  if (expr->kind == kRem) return small ? rest : equal(rest, expr->operands[0]) ? expr : rem(rest, divisor);
  if (small) return to_expr(q);
  if (q.is_constant() && q.constant == 0) return expr;
  Expr parts = div(rest, divisor);
  return to_expr(add(q, linear_form(parts)).value_or(linear_form(expr)));
}

bool ExprSimplifier::always_ordered(const Expr& low, const Expr& high) {
  const auto a = bounds_.of(low), b = bounds_.of(high);
  if (a && b && a->high <= b->low) return true;
  if (low->type != DType::kI32 || !is_index(low) || !is_index(high)) return false;
  const auto gap = difference(high, low);
  return gap && proves_not_negative(*gap);
}

Expr ExprSimplifier::extremum(const Expr& expr) {
  const Expr &a = expr->operands[0], &b = expr->operands[1];
  if (expr->type == DType::kF32) return expr;
  if (equal(a, b)) return a;
  const bool is_min = expr->kind == kMin;
  if (always_ordered(a, b)) return is_min ? a : b;
  if (always_ordered(b, a)) return is_min ? b : a;
  if (a->kind == expr->kind && is_imm(b) && is_imm(a->operands[1]))
    return binary(expr->kind, a->operands[0], folded(binary(expr->kind, a->operands[1], b)));
  return expr;
}

Expr ExprSimplifier::comparison(const Expr& expr) {
  const Expr &a = expr->operands[0], &b = expr->operands[1];
  if (a->type == DType::kF32) return expr;
  if (equal(a, b)) return make_bool(expr->kind == kEq || expr->kind == kLe);
  return compares_indices(expr) ? index_comparison(expr) : expr;
}

// Decides b - a >= 0 (less one for `lt`), or brings it to one form: variables that count up on the right of
// `le`, those that count down on the left, the constant where it is positive.
Expr ExprSimplifier::index_comparison(const Expr& expr) {
  auto gap = difference(expr->operands[1], expr->operands[0]);
  if (!gap) return expr;
  if (expr->kind == kEq || expr->kind == kNe) {
    Linear above = *gap, below = negated_minus_one(*gap);
    above.constant -= 1;
    const bool apart = proves_not_negative(above) || proves_not_negative(below);
    return apart ? make_bool(expr->kind == kNe) : expr;
  }
  if (expr->kind == kLt) gap->constant -= 1;
  const Linear linear = reduced(*std::move(gap));
  if (proves_not_negative(linear)) return make_bool(true);
  if (proves_not_negative(negated_minus_one(linear))) return make_bool(false);
  if (!sums_fit(linear, bounds_)) return expr;
  Linear up, down;
  for (const auto& [atom, factor] : linear.terms) {
    if (factor > 0)
      up.terms.push_back({atom, factor});
    else
      down.terms.push_back({atom, -factor});
  }
  const bool constant_below = up.is_constant() || (linear.constant > 0 && !down.is_constant());
  if (constant_below)
    up.constant = linear.constant;
  else
    down.constant = -linear.constant;
  Expr result = le(to_expr(down), to_expr(up));
  return equal(result, expr) ? expr : result;
}

Expr ExprSimplifier::logic(const Expr& expr) {
  const Expr& a = expr->operands[0];
  if (expr->kind == kSelect) {
    if (is_imm(a)) return expr->operands[a->value != 0 ? 1 : 2];
    if (equal(expr->operands[1], expr->operands[2])) return expr->operands[1];
    return expr;
  }
  if (expr->kind == kLogicalNot) {
    if (a->kind == kLogicalNot) return a->operands[0];
    if (a->kind == kEq) return ne(a->operands[0], a->operands[1]);
    if (a->kind == kNe) return eq(a->operands[0], a->operands[1]);
    if (!is_comparison(a->kind) || a->operands[0]->type == DType::kF32) return expr;
    return a->kind == kLe ? lt(a->operands[1], a->operands[0]) : le(a->operands[1], a->operands[0]);
  }
  const Expr& b = expr->operands[1];
  const int64_t neutral = expr->kind == kLogicalAnd ? 1 : 0;
  if (is_imm(a)) return a->value == neutral ? b : a;
  if (is_imm(b)) return b->value == neutral ? a : b;
  return equal(a, b) ? a : expr;
}

// A conversion of a conversion: the inner one drops out where it keeps the value, or where the outer one
// keeps no more bits than the inner.
Expr ExprSimplifier::conversion(const Expr& expr) {
  const Expr& inner = expr->operands[0];
  if (inner->kind != expr->kind) return expr;
  const Expr& source = inner->operands[0];
  if (expr->kind == kBitcast) return bitcast(expr->type, source);
  const bool integers = is_integer(expr->type) && is_integer(inner->type) && is_integer(source->type);
  const auto range = bounds_.of(source), middle = type_range(inner->type);
  const bool keeps =
      is_integer(source->type) && range && middle && range->low >= middle->low && range->high <= middle->high;
  if (keeps || (integers && size_of(expr->type) <= size_of(inner->type))) return cast(expr->type, source);
  return expr;
}

bool ExprSimplifier::proves_not_negative(const Linear& linear) {
  const auto holds = [&](const Linear& l) {
    const auto range = range_of(l, bounds_);
    return range && range->low >= 0;
  };
  if (holds(linear)) return true;
  if (linear.is_constant()) return false;
  return std::any_of(facts_.begin(), facts_.end(), [&](const Linear& fact) {
    const auto slack = add(linear, fact, -1);
    return slack && slack->terms.size() <= linear.terms.size() && holds(*slack);
  });
}

void ExprSimplifier::enter() {
  Scope scope;
  scope.memo.swap(memo_);
  scope.facts = facts_.size();
  scopes_.push_back(std::move(scope));
}

void ExprSimplifier::leave() {
  MIDGE_CHECK(!scopes_.empty());
  Scope scope = std::move(scopes_.back());
  scopes_.pop_back();
  memo_ = std::move(scope.memo);
  facts_.resize(scope.facts);
  for (auto change = scope.ranges.rbegin(); change != scope.ranges.rend(); ++change) {
    if (change->second)
      known_[change->first] = *change->second;
    else
      known_.erase(change->first);
  }
  if (!scope.ranges.empty()) bounds_.forget();
}

void ExprSimplifier::learn_range(VarId var, Interval range) {
  MIDGE_CHECK(!scopes_.empty());
  const auto found = known_.find(var);
  scopes_.back().ranges.emplace_back(var,
                                     found == known_.end() ? std::nullopt : std::optional(found->second));
  known_[var] = range;
  bounds_.forget();
  memo_.clear();
}

void ExprSimplifier::learn_not_negative(const Expr& difference) {
  learn_linear(linear_form(difference));
}

// Keeps the fact, and narrows the variables in it: v >= -(rest's largest) / factor, and likewise from above.
void ExprSimplifier::learn_linear(const Linear& given) {
  const Linear linear = reduced(given);
  if (linear.is_constant()) return;
  facts_.push_back(linear);
  for (const auto& [atom, factor] : linear.terms) {
    if (atom->kind != kVar) continue;
    Linear rest = linear;
    std::erase_if(rest.terms, [&](const Linear::Term& term) { return term.atom == atom; });
    const auto rest_range = range_of(rest, bounds_), old = bounds_.of(atom);
    if (!rest_range || !old) continue;
    Interval range = *old;
    if (factor > 0)
      range.low = std::max(range.low, -floor_div(rest_range->high, factor));
    else
      range.high = std::min(range.high, floor_div(rest_range->high, -factor));
    if (range.low <= range.high && range != *old) learn_range(atom->var, range);
  }
}

void ExprSimplifier::learn(const Expr& condition, bool holds) {
  const ExprKind kind = condition->kind;
  if (kind == kLogicalNot) return learn(condition->operands[0], !holds);
  if (kind == (holds ? kLogicalAnd : kLogicalOr)) {
    learn(condition->operands[0], holds);
    return learn(condition->operands[1], holds);
  }
  if (!is_comparison(kind) || !compares_indices(condition)) return;
  auto gap = difference(condition->operands[1], condition->operands[0]);
  if (!gap) return;
  if (kind == kEq || kind == kNe) {
    if (holds != (kind == kEq)) return;
    learn_linear(*gap);
    if (auto opposite = add({}, *gap, -1)) learn_linear(*opposite);
    return;
  }
  if (kind == kLt) gap->constant -= 1;
  learn_linear(holds ? *gap : negated_minus_one(*gap));
}

}  // namespace midge::loop
