#include "quant/quant.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace midge::quant {

using loop::Expr;

namespace {
constexpr int32_t kMaxI32 = std::numeric_limits<int32_t>::max();
constexpr int32_t kMinI32 = std::numeric_limits<int32_t>::min();
constexpr int kMaxLeftShift = 30;
}  // namespace

Multiplier quantize_multiplier(double real) {
  if (std::isnan(real) || real == 0.0) return {};
  if (std::abs(real) >= std::ldexp(1.0, kMaxLeftShift)) return {real > 0 ? kMaxI32 : -kMaxI32, kMaxLeftShift};
  int shift = 0;
  const double fraction = std::frexp(real, &shift);
  auto mantissa = static_cast<int64_t>(std::round(std::ldexp(fraction, 31)));
  if (mantissa == int64_t{1} << 31) {
    mantissa /= 2;
    ++shift;
  }
  if (shift < -31) return {};
  if (shift > kMaxLeftShift) return {mantissa > 0 ? kMaxI32 : -kMaxI32, kMaxLeftShift};
  return {static_cast<int32_t>(mantissa), shift};
}

// The reference adds +2^30 or, to a negative product, 1 - 2^30, and truncates the quotient by 2^31. With n =
// -ab > 0 that is -floor((n + 2^30 - 1) / 2^31) = -ceil((n - 2^30) / 2^31) = floor((ab + 2^30) / 2^31): one
// formula for both.
int32_t saturating_rounding_doubling_high_mul(int32_t a, int32_t b) {
  if (a == kMinI32 && b == kMinI32) return kMaxI32;
  return static_cast<int32_t>((int64_t{a} * b + (int64_t{1} << 30)) >> 31);
}

// Nearest, ties away from zero: floor((x + 2^(e-1)) / 2^e) for x >= 0 and floor((x - 1 + 2^(e-1)) / 2^e)
// below. Halving the last step, floor((floor(t / 2^(e-1)) + 1) / 2) with t = x - (x < 0), says the same
// without an overflow.
int32_t rounding_divide_by_pot(int32_t x, int exponent) {
  MIDGE_CHECK(exponent >= 0 && exponent <= 31);
  if (exponent == 0) return x;
  const int64_t t = int64_t{x} - (x < 0 ? 1 : 0);
  return static_cast<int32_t>(((t >> (exponent - 1)) + 1) >> 1);
}

int32_t multiply_by_quantized_multiplier(int32_t x, Multiplier multiplier) {
  const int left = std::max(multiplier.shift, 0);
  const auto shifted = static_cast<int32_t>(static_cast<uint32_t>(x) << left);
  const int32_t product = saturating_rounding_doubling_high_mul(shifted, multiplier.mantissa);
  return rounding_divide_by_pot(product, std::max(-multiplier.shift, 0));
}

Expr saturating_rounding_doubling_high_mul(const Expr& a, const Expr& b) {
  const Expr product = loop::cast(DType::kI64, a) * loop::cast(DType::kI64, b);
  return loop::cast(DType::kI32, loop::shr(product + loop::int_imm(DType::kI64, int64_t{1} << 30), 31));
}

// t = x + (x >> 31) must not overflow: x > -2^31. A high multiply by a mantissa m < 2^31 gives at least
// floor((-2^31 * (2^31 - 1) + 2^30) / 2^31) = -2^31 + 1.
Expr rounding_divide_by_pot(const Expr& x, const Expr& exponent_less_one) {
  const Expr t = x + loop::shr(x, 31);
  return loop::shr(loop::binary(loop::ExprKind::kShr, t, exponent_less_one) + loop::i32(1), 1);
}

Expr rounding_divide_by_pot(const Expr& x, int exponent) {
  MIDGE_CHECK(exponent >= 0 && exponent <= 31);
  if (exponent == 0) return x;
  const Expr t = x + loop::shr(x, 31);
  return loop::shr((exponent == 1 ? t : loop::shr(t, exponent - 1)) + loop::i32(1), 1);
}

namespace {
Expr wrapping_shl(const Expr& x, const Expr& count) {
  const Expr bits =
      loop::binary(loop::ExprKind::kShl, loop::cast(DType::kU32, x), loop::cast(DType::kU32, count));
  return loop::cast(DType::kI32, bits);
}
}  // namespace

Expr requantize_high(const Expr& x, const Expr& mantissa, const Expr& shift) {
  const bool known = shift->kind == loop::ExprKind::kIntImm;
  const Expr left = known ? loop::i32(std::max<int64_t>(shift->value, 0)) : loop::max(shift, loop::i32(0));
  const Expr shifted = known && left->value == 0 ? x : wrapping_shl(x, left);
  return saturating_rounding_doubling_high_mul(shifted, mantissa);
}

Expr requantize_low(const Expr& high, const Expr& shift) {
  if (shift->kind == loop::ExprKind::kIntImm)
    return rounding_divide_by_pot(high, static_cast<int>(std::max<int64_t>(-shift->value, 0)));
  const Expr exponent_less_one = loop::max(loop::i32(-1) - shift, loop::i32(0));
  return loop::select(loop::lt(shift, loop::i32(0)), rounding_divide_by_pot(high, exponent_less_one), high);
}

Expr requantize(const Expr& x, const Expr& mantissa, const Expr& shift) {
  return requantize_low(requantize_high(x, mantissa, shift), shift);
}

Expr requantize(const Expr& x, const Multiplier& multiplier) {
  return requantize(x, loop::i32(multiplier.mantissa), loop::i32(multiplier.shift));
}

Range activation_range(graph::Activation activation, const graph::Quantization& quantization) {
  const Range full;
  // The reference divides and rounds in single precision.
  const auto code = [&](float real) {
    const double steps = std::round(real / quantization.scale());
    return static_cast<int32_t>(std::clamp(steps + quantization.zero_point(), -1e9, 1e9));
  };
  switch (activation) {
    case graph::Activation::kNone:
      return full;
    case graph::Activation::kRelu:
      return {std::max(full.low, code(0.0f)), full.high};
    case graph::Activation::kRelu6:
      return {std::max(full.low, code(0.0f)), std::min(full.high, code(6.0f))};
    case graph::Activation::kReluN1To1:
      return {std::max(full.low, code(-1.0f)), std::min(full.high, code(1.0f))};
  }
  return full;
}

}  // namespace midge::quant
