#include "quant/quant.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "loop/interpret.h"

namespace midge::quant {
namespace {

// The reference, as its authors write it.
int32_t literal_high_mul(int32_t a, int32_t b) {
  if (a == b && a == std::numeric_limits<int32_t>::min()) return std::numeric_limits<int32_t>::max();
  const int64_t product = int64_t{a} * int64_t{b};
  const int32_t nudge = product >= 0 ? (1 << 30) : (1 - (1 << 30));
  return static_cast<int32_t>((product + nudge) / (int64_t{1} << 31));
}

int32_t literal_divide_by_pot(int32_t x, int exponent) {
  const auto mask = static_cast<int32_t>((int64_t{1} << exponent) - 1);
  const int32_t remainder = x & mask;
  const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

int32_t literal_requantize(int32_t x, Multiplier m) {
  const int left = m.shift > 0 ? m.shift : 0, right = m.shift > 0 ? 0 : -m.shift;
  const auto shifted = static_cast<int32_t>(static_cast<uint32_t>(x) << left);
  return literal_divide_by_pot(literal_high_mul(shifted, m.mantissa), right);
}

// Every value near a power of two, near zero and near the ends, then random ones of every magnitude.
std::vector<int32_t> interesting(int random) {
  std::vector<int32_t> values;
  for (int bit = 0; bit <= 31; ++bit)
    for (int64_t near = -3; near <= 3; ++near)
      for (const int64_t sign : {-1, 1}) {
        const int64_t value = sign * ((int64_t{1} << bit) + near);
        if (value >= INT32_MIN && value <= INT32_MAX) values.push_back(static_cast<int32_t>(value));
      }
  std::mt19937 rng(1);
  for (int i = 0; i < random; ++i) values.push_back(static_cast<int32_t>(rng()) >> (rng() % 32));
  return values;
}

TEST(Quant, HighMultiplyIsOneFloor) {
  const auto values = interesting(300);
  for (const int32_t a : values)
    for (const int32_t b : values)
      ASSERT_EQ(saturating_rounding_doubling_high_mul(a, b), literal_high_mul(a, b));
}

TEST(Quant, DivideByPowerOfTwo) {
  for (int exponent = 0; exponent <= 31; ++exponent) {
    for (const int32_t x : interesting(20000))
      ASSERT_EQ(rounding_divide_by_pot(x, exponent), literal_divide_by_pot(x, exponent))
          << x << " " << exponent;
    // Around every tie of the smallest multiples.
    for (int64_t k = -200; k <= 200 && exponent > 0; ++k)
      for (int64_t near = -1; near <= 1; ++near) {
        const int64_t x = (2 * k + 1) * (int64_t{1} << (exponent - 1)) + near;
        if (x < INT32_MIN || x > INT32_MAX) continue;
        const auto narrow = static_cast<int32_t>(x);
        ASSERT_EQ(rounding_divide_by_pot(narrow, exponent), literal_divide_by_pot(narrow, exponent));
      }
  }
}

TEST(Quant, MultiplierOfAReal) {
  EXPECT_EQ(quantize_multiplier(0.0), (Multiplier{0, 0}));
  EXPECT_EQ(quantize_multiplier(1.0), (Multiplier{1 << 30, 1}));
  EXPECT_EQ(quantize_multiplier(0.5), (Multiplier{1 << 30, 0}));
  EXPECT_EQ(quantize_multiplier(0.25), (Multiplier{1 << 30, -1}));
  EXPECT_EQ(quantize_multiplier(3.0), (Multiplier{3 << 29, 2}));
  EXPECT_EQ(quantize_multiplier(-0.75), (Multiplier{-(3 << 29), 0}));
  EXPECT_EQ(quantize_multiplier(std::nextafter(1.0, 0.0)),
            (Multiplier{1 << 30, 1}));  // the mantissa rounds up
  EXPECT_EQ(quantize_multiplier(std::ldexp(1.0, -32)), (Multiplier{1 << 30, -31}));
  EXPECT_EQ(quantize_multiplier(std::ldexp(0.99, -32)), (Multiplier{0, 0}));
  EXPECT_EQ(quantize_multiplier(1e30), (Multiplier{INT32_MAX, 30}));
  EXPECT_EQ(quantize_multiplier(std::numeric_limits<double>::quiet_NaN()), (Multiplier{0, 0}));
}

TEST(Quant, ActivationRange) {
  const auto range = [](graph::Activation activation, float scale, int32_t zero) {
    const Range r = activation_range(activation, {{scale}, {zero}, -1});
    return std::pair(r.low, r.high);
  };
  using graph::Activation;
  EXPECT_EQ(range(Activation::kNone, 0.1f, 5), std::pair(-128, 127));
  EXPECT_EQ(range(Activation::kRelu, 0.1f, 5), std::pair(5, 127));
  EXPECT_EQ(range(Activation::kRelu6, 0.1f, 5), std::pair(5, 65));
  EXPECT_EQ(range(Activation::kRelu6, 0.01f, 5), std::pair(5, 127));
  EXPECT_EQ(range(Activation::kReluN1To1, 0.1f, 5), std::pair(-5, 15));
  EXPECT_EQ(range(Activation::kRelu6, 1e-38f, 5), std::pair(5, 127));
}

// y[i] = formula(x[i]) over all of xs, by the interpreter.
std::vector<int32_t> run(const std::vector<int32_t>& xs,
                         const std::function<loop::Expr(const loop::Expr&)>& formula) {
  loop::Kernel kernel;
  kernel.name = "k";
  const auto n = static_cast<int64_t>(xs.size());
  const BufferId x = kernel.add_buffer({.name = "x", .dtype = DType::kI32, .shape = {n}});
  const BufferId y =
      kernel.add_buffer({.name = "y", .dtype = DType::kI32, .shape = {n}, .memory = loop::Memory::kOutput});
  const VarId i = kernel.add_var("i");
  const VarId v = kernel.add_var("v");
  const loop::Expr index = loop::var(i, DType::kI32);
  kernel.body = loop::make_for(i, n,
                               loop::let(v, loop::load(x, DType::kI32, {index}),
                                         loop::store(y, {index}, formula(loop::var(v, DType::kI32)))));
  std::vector<int32_t> in = xs, out(xs.size());
  const auto bytes = [](std::vector<int32_t>& data) {
    return std::span(reinterpret_cast<uint8_t*>(data.data()), data.size() * 4);
  };
  const std::array<std::span<uint8_t>, 2> memory{bytes(in), bytes(out)};
  const auto done = loop::interpret(kernel, memory);
  EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().message);
  return out;
}

TEST(Quant, RequantizeExpressionsEqualTheReference) {
  const auto xs = interesting(500);
  for (const double real : {1e-9, 0.0001, 0.003, 0.1, 0.25, 0.4999, 0.5, 0.9, 1.0, 1.5, 2.0, 77.7, 30000.0}) {
    const Multiplier m = quantize_multiplier(real);
    const auto known = run(xs, [&](const loop::Expr& x) { return requantize(x, m); });
    // A sum that simplification would see through, but that is no immediate: the run-time form.
    const auto at_run_time = run(xs, [&](const loop::Expr& x) {
      return requantize(x, loop::i32(m.mantissa), loop::i32(m.shift) + loop::i32(0));
    });
    for (size_t i = 0; i < xs.size(); ++i) {
      ASSERT_EQ(multiply_by_quantized_multiplier(xs[i], m), literal_requantize(xs[i], m));
      ASSERT_EQ(known[i], literal_requantize(xs[i], m)) << xs[i] << " * " << real;
      ASSERT_EQ(at_run_time[i], literal_requantize(xs[i], m)) << xs[i] << " * " << real;
    }
  }
}

}  // namespace
}  // namespace midge::quant
