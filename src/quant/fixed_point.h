// exp, logistic and tanh in 32-bit fixed point, as TensorFlow Lite's reference kernels define them (through
// gemmlowp): every product is a saturating rounding doubling high multiply, so the results are reproducible
// to the bit.
//
// A number "in Qk" is an int32 whose real value is raw / 2^(31 - k): k integer bits. Host code: lowerings use
// it to compute tables, and a run-time form of it should agree with it.
#pragma once

#include <cstdint>

namespace midge::quant {

// exp(x) in Q0 for x <= 0 in Q`integer_bits` (0 <= integer_bits <= 6). exp(0) is the largest Q0 number.
int32_t exp_on_negative_values(int32_t x, int integer_bits);

// 1 / (1 + x) and (1 - x) / (1 + x) in Q0 for x in [0, 1) in Q0, by three steps of Newton's division.
int32_t one_over_one_plus_x(int32_t x);
int32_t one_minus_x_over_one_plus_x(int32_t x);

// In Q0, for x in Q`integer_bits` (at most 5 for tanh).
int32_t logistic(int32_t x, int integer_bits);
int32_t tanh(int32_t x, int integer_bits);

// x * 2^exponent, saturated (exponent > 0) or rounded to nearest (exponent < 0).
int32_t saturating_rounding_multiply_by_pot(int32_t x, int exponent);

// The 16-bit counterparts that HARD_SWISH needs.
int16_t saturating_rounding_doubling_high_mul_16(int16_t a, int16_t b);
int16_t saturating_doubling_high_mul_16(int16_t a, int16_t b);  // truncates toward zero
int16_t saturating_left_shift_16(int16_t x, int amount);        // 0 <= amount <= 30

}  // namespace midge::quant
