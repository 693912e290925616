#include "quant/fixed_point.h"

#include <algorithm>
#include <limits>

#include "quant/quant.h"

namespace midge::quant {

namespace {

constexpr int32_t kMax = std::numeric_limits<int32_t>::max();
constexpr int32_t kMin = std::numeric_limits<int32_t>::min();

int32_t mul(int32_t a, int32_t b) {
  return saturating_rounding_doubling_high_mul(a, b);
}

// The reference's sums wrap.
int32_t add(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}
int32_t sub(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
}

// exp(a) in Q0 for a in [-1/4, 0) in Q0: Taylor's series to the fourth order around -1/8.
int32_t exp_below_zero_by_a_quarter(int32_t a) {
  constexpr int32_t kExpMinusEighth = 1895147668, kOneThird = 715827883;
  const int32_t x = add(a, 1 << 28);
  const int32_t x2 = mul(x, x);
  const int32_t x3 = mul(x2, x);
  const int32_t x4_over_4 = saturating_rounding_multiply_by_pot(mul(x2, x2), -2);
  const int32_t tail = saturating_rounding_multiply_by_pot(add(mul(add(x4_over_4, x3), kOneThird), x2), -1);
  return add(kExpMinusEighth, mul(kExpMinusEighth, add(x, tail)));
}

// 2 / (1 + x) in Q2 for x in [0, 1) in Q0: Newton's division on the half denominator, from 48/17 - 32/17 d.
int32_t reciprocal_of_half_sum(int32_t x) {
  constexpr int32_t k48Over17 = 1515870810, kMinus32Over17 = -1010580540, kOneInQ2 = 1 << 29;
  const int64_t sum = int64_t{x} + kMax;
  const auto half_denominator = static_cast<int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
  int32_t estimate = add(k48Over17, mul(half_denominator, kMinus32Over17));
  for (int step = 0; step < 3; ++step) {
    const int32_t error = sub(kOneInQ2, mul(half_denominator, estimate));
    estimate = add(estimate, saturating_rounding_multiply_by_pot(mul(estimate, error), 2));
  }
  return estimate;
}

}  // namespace

int32_t saturating_rounding_multiply_by_pot(int32_t x, int exponent) {
  if (exponent <= 0) return rounding_divide_by_pot(x, -exponent);
  // The reference saturates already at the threshold's negative, one value early.
  const int32_t threshold = (int32_t{1} << (31 - exponent)) - 1;
  if (x > threshold) return kMax;
  if (x < -threshold) return kMin;
  return static_cast<int32_t>(static_cast<uint32_t>(x) << exponent);
}

int32_t exp_on_negative_values(int32_t x, int integer_bits) {
  if (x == 0) return kMax;
  const int fractional_bits = 31 - integer_bits;
  if (integer_bits > 5 && x < -(int32_t{1} << (36 - integer_bits))) return 0;
  // x = (x mod 1/4 - 1/4) - remainder: the first part by the series, the remainder's bits by one product
  // each.
  const int32_t quarter = int32_t{1} << (fractional_bits - 2);
  const int32_t part = sub(x & (quarter - 1), quarter);
  int32_t result = exp_below_zero_by_a_quarter(saturating_rounding_multiply_by_pot(part, integer_bits));
  const int32_t remainder = sub(part, x);
  constexpr int32_t kExpOfMinusPowers[] = {1672461947, 1302514674, 790015084,
                                           290630308,                     // -1/4, -1/2, -1, -2
                                           39332535,   720401,     242};  // -4, -8, -16
  for (int power = -2; power < integer_bits && power <= 4; ++power)
    if ((static_cast<uint32_t>(remainder) >> (fractional_bits + power) & 1) != 0)
      result = mul(result, kExpOfMinusPowers[power + 2]);
  return result;
}

int32_t one_over_one_plus_x(int32_t x) {
  // The estimate in Q2 is twice the result: read in Q1, then widened to Q0.
  return saturating_rounding_multiply_by_pot(reciprocal_of_half_sum(x), 1);
}

int32_t one_minus_x_over_one_plus_x(int32_t x) {
  return saturating_rounding_multiply_by_pot(sub(reciprocal_of_half_sum(x), 1 << 29), 2);
}

int32_t logistic(int32_t x, int integer_bits) {
  if (x == 0) return 1 << 30;
  const int32_t positive = one_over_one_plus_x(exp_on_negative_values(x > 0 ? -x : x, integer_bits));
  return x > 0 ? positive : sub(kMax, positive);
}

int32_t tanh(int32_t x, int integer_bits) {
  if (x == 0) return 0;
  // exp(2x): the same bits read with one more integer bit.
  const int32_t magnitude =
      one_minus_x_over_one_plus_x(exp_on_negative_values(x > 0 ? -x : x, integer_bits + 1));
  return x < 0 ? sub(0, magnitude) : magnitude;
}

int16_t saturating_rounding_doubling_high_mul_16(int16_t a, int16_t b) {
  if (a == b && a == std::numeric_limits<int16_t>::min()) return std::numeric_limits<int16_t>::max();
  const int32_t product = int32_t{a} * b;
  return static_cast<int16_t>((product + (1 << 14)) >> 15);
}

int16_t saturating_doubling_high_mul_16(int16_t a, int16_t b) {
  if (a == b && a == std::numeric_limits<int16_t>::min()) return std::numeric_limits<int16_t>::max();
  return static_cast<int16_t>(int32_t{a} * b / (1 << 15));
}

int16_t saturating_left_shift_16(int16_t x, int amount) {
  return static_cast<int16_t>(std::clamp<int64_t>(int64_t{x} * (int64_t{1} << amount), -32768, 32767));
}

}  // namespace midge::quant
