// Interval arithmetic on integer expressions.
//
// Sums and products are formed in 128 bits, so that nothing overflows here. A signed operation whose result
// would leave its type is forbidden, hence the result of a valid program lies in the type: the interval is
// cut to it. An unsigned result that may leave its type wraps: the interval becomes the whole type.
#include "loop/bounds.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

namespace midge::loop {
namespace {

__extension__ using Wide = __int128;
using Range = std::optional<Interval>;

// The values of `type` among [low, high].
Range within(DType type, Wide low, Wide high) {
  const Range whole = type_range(type);
  if (!whole) {  // u64: only what is also an int64 can be told
    if (type != DType::kU64 || low < 0 || high > std::numeric_limits<int64_t>::max()) return std::nullopt;
    return Interval{static_cast<int64_t>(low), static_cast<int64_t>(high)};
  }
  const bool inside = low >= whole->low && high <= whole->high;
  if (!inside && !is_signed(type)) return whole;
  const Wide cut_low = std::max<Wide>(low, whole->low), cut_high = std::min<Wide>(high, whole->high);
  if (cut_low > cut_high) return whole;  // no valid program gets here
  return Interval{static_cast<int64_t>(cut_low), static_cast<int64_t>(cut_high)};
}

template <class F>
Range corners(DType type, const Interval& a, const Interval& b, F f) {
  const auto [low, high] = std::minmax({f(Wide{a.low}, Wide{b.low}), f(Wide{a.low}, Wide{b.high}),
                                        f(Wide{a.high}, Wide{b.low}), f(Wide{a.high}, Wide{b.high})});
  return within(type, low, high);
}

Range unite(const Range& a, const Range& b) {
  if (!a || !b) return std::nullopt;
  return Interval{std::min(a->low, b->low), std::max(a->high, b->high)};
}

// A divisor of zero is forbidden, so the divisor lies on either side of it; on each side the corners decide.
Range quotient(DType type, const Interval& a, const Interval& b) {
  const auto divide = [](Wide x, Wide y) { return x / y; };
  Range negative, positive;
  if (b.low < 0) negative = corners(type, a, {b.low, std::min<int64_t>(b.high, -1)}, divide);
  if (b.high > 0) positive = corners(type, a, {std::max<int64_t>(b.low, 1), b.high}, divide);
  if (negative && positive) return unite(negative, positive);
  return negative ? negative : positive;
}

// |a rem b| is at most |a| and at most |b| - 1, with the sign of a.
Range remainder(DType type, const Interval& a, const Interval& b) {
  const Wide largest = std::max({Wide{b.high}, -Wide{b.low}, Wide{1}}) - 1;
  const Wide low = a.low < 0 ? std::max<Wide>(a.low, -largest) : 0;
  const Wide high = a.high > 0 ? std::min<Wide>(a.high, largest) : 0;
  return within(type, low, high);
}

Range shift_left(DType type, const Interval& a, const Interval& b) {
  if (b.low < 0 || b.high > 62) return type_range(type);
  return corners(type, a, b, [](Wide x, Wide y) { return x * (Wide{1} << static_cast<int>(y)); });
}

Range shift_right(DType type, const Interval& a, const Interval& b) {
  if (b.low < 0 || b.high > 63) return type_range(type);
  return corners(type, a, b, [](Wide x, Wide y) { return x >> static_cast<int>(y); });
}

// and, or, xor of values that are not negative: no bit above the operands' highest can be set.
Range bitwise(ExprKind kind, DType type, const Interval& a, const Interval& b) {
  if (kind == ExprKind::kAnd && (a.low >= 0 || b.low >= 0)) {
    if (a.low >= 0 && b.low >= 0) return Interval{0, std::min(a.high, b.high)};
    return Interval{0, a.low >= 0 ? a.high : b.high};
  }
  if (a.low < 0 || b.low < 0) return type_range(type);
  const uint64_t all = static_cast<uint64_t>(a.high) | static_cast<uint64_t>(b.high);
  const int bits = 64 - std::countl_zero(all);
  const int64_t high = bits >= 63 ? std::numeric_limits<int64_t>::max() : (int64_t{1} << bits) - 1;
  return Interval{0, high};
}

constexpr Interval kNo = {0, 0}, kYes = {1, 1}, kEither = {0, 1};

Interval decide(bool always, bool never) {
  if (always) return kYes;
  return never ? kNo : kEither;
}

}  // namespace

std::optional<Interval> type_range(DType type) {
  if (type == DType::kBool) return kEither;
  if (!is_integer(type) || type == DType::kU64) return std::nullopt;
  return Interval{min_of(type), max_of(type)};
}

std::optional<Interval> Bounds::of(const Expr& expr) {
  if (expr->type == DType::kF32) return std::nullopt;
  if (expr->kind == ExprKind::kIntImm) {
    if (expr->type == DType::kU64 && expr->value < 0) return std::nullopt;
    return Interval{expr->value, expr->value};
  }
  if (const auto found = memo_.find(expr.get()); found != memo_.end()) return found->second.second;
  const Range range = compute(expr);
  memo_.emplace(expr.get(), std::pair(expr, range));
  return range;
}

Bounds::Range Bounds::compute(const Expr& expr) {
  using enum ExprKind;
  switch (expr->kind) {
    case kVar: {
      const auto found = known_.find(expr->var);
      return found == known_.end() ? type_range(expr->type) : Range(found->second);
    }
    case kEq:
    case kNe:
    case kLt:
    case kLe:
      return comparison(expr);
    case kLogicalNot: {
      const Range a = of(expr->operands[0]);
      return a ? Range({1 - a->high, 1 - a->low}) : kEither;
    }
    case kSelect:
      return unite(of(expr->operands[1]), of(expr->operands[2]));
    case kCast:
      return cast(expr);
    case kClz:
      return Interval{0, 32};
    case kLoad:
    case kBitcast:
    case kSqrt:
    case kCall:
      return type_range(expr->type);
    default:
      return binary(expr);
  }
}

Bounds::Range Bounds::binary(const Expr& expr) {
  using enum ExprKind;
  const Range a = of(expr->operands[0]), b = of(expr->operands[1]);
  const DType type = expr->type;
  if (!a || !b) return type_range(type);
  switch (expr->kind) {
    case kAdd:
      return within(type, Wide{a->low} + b->low, Wide{a->high} + b->high);
    case kSub:
      return within(type, Wide{a->low} - b->high, Wide{a->high} - b->low);
    case kMul:
      return corners(type, *a, *b, [](Wide x, Wide y) { return x * y; });
    case kDiv:
      return quotient(type, *a, *b);
    case kRem:
      return remainder(type, *a, *b);
    case kMin:
      return Interval{std::min(a->low, b->low), std::min(a->high, b->high)};
    case kMax:
      return Interval{std::max(a->low, b->low), std::max(a->high, b->high)};
    case kShl:
      return shift_left(type, *a, *b);
    case kShr:
      return shift_right(type, *a, *b);
    case kAnd:
    case kOr:
    case kXor:
      return bitwise(expr->kind, type, *a, *b);
    case kLogicalAnd:
      return decide(a->low == 1 && b->low == 1, a->high == 0 || b->high == 0);
    case kLogicalOr:
      return decide(a->low == 1 || b->low == 1, a->high == 0 && b->high == 0);
    default:
      return type_range(type);
  }
}

Bounds::Range Bounds::comparison(const Expr& expr) {
  const Range a = of(expr->operands[0]), b = of(expr->operands[1]);
  if (!a || !b) return kEither;
  const bool apart = a->high < b->low || b->high < a->low;
  const bool same = a->low == a->high && *a == *b;
  switch (expr->kind) {
    case ExprKind::kEq:
      return decide(same, apart);
    case ExprKind::kNe:
      return decide(apart, same);
    case ExprKind::kLt:
      return decide(a->high < b->low, b->high <= a->low);
    default:
      return decide(a->high <= b->low, b->high < a->low);
  }
}

// A value outside the target type comes out modulo 2^bits: then anything is possible.
Bounds::Range Bounds::cast(const Expr& expr) {
  const Range whole = type_range(expr->type), a = of(expr->operands[0]);
  if (!a) return whole;
  if (!whole) return a->low >= 0 ? a : whole;  // to u64
  return a->low >= whole->low && a->high <= whole->high ? a : whole;
}

std::optional<Interval> bounds(const Expr& expr, const KnownRanges& known) {
  return Bounds(known).of(expr);
}

}  // namespace midge::loop
