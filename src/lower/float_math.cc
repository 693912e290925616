#include "lower/float_math.h"

#include <array>

namespace midge::lower {

using loop::ExprKind;
using loop::float_imm;

namespace {

Expr divide(const Expr& a, const Expr& b) {
  return loop::binary(ExprKind::kDiv, a, b);
}

// coefficients[0] + x*(coefficients[1] + x*(...))
template <size_t N>
Expr polynomial(const Expr& x, const std::array<float, N>& coefficients) {
  Expr sum = float_imm(coefficients[N - 1]);
  for (size_t i = N - 1; i-- > 0;) sum = sum * x + float_imm(coefficients[i]);
  return sum;
}

// (exp(r) - 1 - r) / r^2 on |r| <= ln(2)/2, fitted for the least greatest error relative to exp(r): 3e-9.
constexpr std::array kExpTail = {0.49999994f, 0.166665196f, 0.0416683927f, 0.00836878084f, 0.00138144672f};
// (tanh(x)/x - 1) / x^2 in powers of x^2 on |x| <= 0.625, fitted likewise: 4e-9.
constexpr std::array kTanhTail = {-0.333332837f, 0.133314908f, -0.0537434965f, 0.0206505861f, -0.0057170447f};
constexpr float kTanhPolynomialEnd = 0.625f;

// exp(r) - 1 on |r| <= ln(2)/2. r is cheap to repeat.
Expr expm1_near_zero(const Expr& r) {
  return r + r * r * polynomial(r, kExpTail);
}

// 2^n for -126 <= n <= 127.
Expr power_of_two(const Expr& n) {
  return loop::bitcast(DType::kF32, loop::shl(n + loop::i32(127), 23));
}

struct Reduced {
  Expr n;  // i32
  Expr r;  // f32
};

Reduced reduce(Lets& lets, const Expr& x) {
  constexpr float kLog2E = 1.44269504f;
  // ln 2 in two parts; the first has 10 significant bits, so that its product with n is exact.
  constexpr float kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  // Beyond these exp is 0 or infinite in single precision. The order of operands makes a number of a NaN,
  // which could not be converted below.
  const Expr clamped = lets.bind("e_x", loop::min(loop::max(float_imm(-104.0f), x), float_imm(89.0f)));
  const Expr half = loop::select(loop::lt(clamped, float_imm(0.0f)), float_imm(-0.5f), float_imm(0.5f));
  const Expr n = lets.bind("e_n", loop::cast(DType::kI32, clamped * float_imm(kLog2E) + half));
  const Expr nf = lets.bind("e_nf", loop::cast(DType::kF32, n));
  const Expr r = lets.bind("e_r", clamped - nf * float_imm(kLn2High) - nf * float_imm(kLn2Low));
  return {n, r};
}

Expr scaled(Lets& lets, const Expr& mantissa, const Expr& n) {
  const Expr half = lets.bind("e_h", loop::shr(n, 1));
  return mantissa * power_of_two(half) * power_of_two(n - half);
}

}  // namespace

Expr abs_f32(const Expr& x) {
  const Expr bits =
      loop::binary(ExprKind::kAnd, loop::bitcast(DType::kU32, x), loop::int_imm(DType::kU32, 0x7fffffff));
  return loop::bitcast(DType::kF32, bits);
}

Expr exp_f32(Lets& lets, const Expr& x) {
  const Reduced reduced = reduce(lets, x);
  const Expr mantissa = float_imm(1.0f) + expm1_near_zero(reduced.r);
  return lets.bind("e", scaled(lets, mantissa, reduced.n));
}

Expr expm1_f32(Lets& lets, const Expr& x) {
  const Reduced reduced = reduce(lets, x);
  const Expr tail = lets.bind("e_m", expm1_near_zero(reduced.r));
  const Expr whole = scaled(lets, float_imm(1.0f) + tail, reduced.n) - float_imm(1.0f);
  return loop::select(loop::eq(reduced.n, loop::i32(0)), tail, whole);
}

// With e = exp(-|x|) <= 1: 1 / (1 + e), or e / (1 + e) below zero; neither overflows nor cancels.
Expr logistic_f32(Lets& lets, const Expr& x) {
  const Expr value = lets.bind("s_x", x);
  const Expr e = exp_f32(lets, float_imm(0.0f) - abs_f32(value));
  const Expr numerator = loop::select(loop::lt(value, float_imm(0.0f)), e, float_imm(1.0f));
  return divide(numerator, float_imm(1.0f) + e);
}

// Away from zero sign(x) * (1 - 2 / (exp(2|x|) + 1)); near it that cancels, and an odd polynomial stands in.
Expr tanh_f32(Lets& lets, const Expr& x) {
  const Expr value = lets.bind("t_x", x);
  const Expr magnitude = lets.bind("t_a", abs_f32(value));
  const Expr square = lets.bind("t_q", loop::min(value * value, float_imm(1.0f)));
  const Expr near = value + value * square * polynomial(square, kTanhTail);
  const Expr e = exp_f32(lets, magnitude + magnitude);
  const Expr far = lets.bind("t_f", float_imm(1.0f) - divide(float_imm(2.0f), e + float_imm(1.0f)));
  const Expr signed_far = loop::select(loop::lt(value, float_imm(0.0f)), float_imm(0.0f) - far, far);
  return loop::select(loop::lt(magnitude, float_imm(kTanhPolynomialEnd)), near, signed_far);
}

}  // namespace midge::lower
