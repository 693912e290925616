// Quantised arithmetic: fixed-point multipliers and rounding laws, written once.
//
// TensorFlow Lite represents a real multiplier as m * 2^(shift - 31) with 2^30 <= m < 2^31 (or m = 0).
#pragma once

#include <cstdint>

#include "graph/graph.h"
#include "loop/ir.h"

namespace midge::quant {

struct Multiplier {
  int32_t mantissa = 0;  // m
  int32_t shift = 0;     // > 0: left, < 0: right
  friend bool operator==(const Multiplier&, const Multiplier&) = default;
};

// The nearest Multiplier of a real >= 0 (ties away from zero in the mantissa, as frexp + round; results below
// 2^-31 are 0, as TFLite does). From 2^30 on, where TFLite's shift is undefined, the largest Multiplier there
// is.
Multiplier quantize_multiplier(double real);

// On the host: x * m * 2^(shift-31) with TFLite's double rounding (saturating rounding doubling high
// multiply, then rounding divide by a power of two). Also the reference for the expression forms below.
int32_t multiply_by_quantized_multiplier(int32_t x, Multiplier multiplier);
int32_t saturating_rounding_doubling_high_mul(int32_t a, int32_t b);
int32_t rounding_divide_by_pot(int32_t x, int exponent);

// The same as loop expressions (i32 → i32). The multiplier may be per channel: `mantissa` and `shift` are
// then loads. For a shift known when compiling only the needed side is built. A left shift wraps, as the
// reference kernels do in practice. requantize(x) = requantize_low(requantize_high(x)); the low half repeats
// its operand, so give the high half a name (lower/requantize.h does).
loop::Expr requantize(const loop::Expr& x, const Multiplier& multiplier);
loop::Expr requantize(const loop::Expr& x, const loop::Expr& mantissa, const loop::Expr& shift);
loop::Expr requantize_high(const loop::Expr& x, const loop::Expr& mantissa, const loop::Expr& shift);
loop::Expr requantize_low(const loop::Expr& high, const loop::Expr& shift);
// Their parts. Not both factors are -2^31.
loop::Expr saturating_rounding_doubling_high_mul(const loop::Expr& a, const loop::Expr& b);
loop::Expr rounding_divide_by_pot(const loop::Expr& x, int exponent);  // 0 <= exponent <= 31
// For an exponent known only at run time, given as exponent - 1, which is in [0, 30].
loop::Expr rounding_divide_by_pot(const loop::Expr& x, const loop::Expr& exponent_less_one);

// The stored range of an int8 tensor under a fused activation.
struct Range {
  int32_t low = -128, high = 127;
};
Range activation_range(graph::Activation activation, const graph::Quantization& quantization);

}  // namespace midge::quant
