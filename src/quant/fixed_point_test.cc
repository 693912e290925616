#include "quant/fixed_point.h"

#include <gtest/gtest.h>

#include <cmath>

#include "quant/unary_tables.h"

namespace midge::quant {
namespace {

double real(int32_t raw, int integer_bits) {
  return std::ldexp(raw, integer_bits - 31);
}

// The bits themselves are checked against the reference kernels by the conformance cases; here: that these
// are the functions they claim to be, over their whole range.
TEST(FixedPoint, ExpOfNegativeValues) {
  for (int bits = 0; bits <= 6; ++bits)
    for (int64_t raw = INT32_MIN; raw <= 0; raw += 10007 * 97)
      ASSERT_NEAR(real(exp_on_negative_values(static_cast<int32_t>(raw), bits), 0),
                  std::exp(real(static_cast<int32_t>(raw), bits)), 5e-7)
          << raw << " Q" << bits;
  EXPECT_EQ(exp_on_negative_values(0, 5), INT32_MAX);
}

TEST(FixedPoint, Quotients) {
  for (int64_t raw = 0; raw <= INT32_MAX; raw += 10007 * 97) {
    const double x = real(static_cast<int32_t>(raw), 0);
    ASSERT_NEAR(real(one_over_one_plus_x(static_cast<int32_t>(raw)), 0), 1 / (1 + x), 2e-8);
    ASSERT_NEAR(real(one_minus_x_over_one_plus_x(static_cast<int32_t>(raw)), 0), (1 - x) / (1 + x), 2e-8);
  }
}

TEST(FixedPoint, LogisticAndTanh) {
  for (int64_t raw = INT32_MIN + 1; raw <= INT32_MAX; raw += 10007 * 197) {
    const auto x = static_cast<int32_t>(raw);
    ASSERT_NEAR(real(logistic(x, 4), 0), 1 / (1 + std::exp(-real(x, 4))), 5e-7) << raw;
    ASSERT_NEAR(real(tanh(x, 4), 0), std::tanh(real(x, 4)), 1e-6) << raw;
  }
}

TEST(FixedPoint, SixteenBits) {
  EXPECT_EQ(saturating_rounding_doubling_high_mul_16(-32768, -32768), 32767);
  EXPECT_EQ(saturating_rounding_doubling_high_mul_16(3, 1 << 13), 1);    // 0.75
  EXPECT_EQ(saturating_rounding_doubling_high_mul_16(-3, 1 << 13), -1);  // -0.75
  EXPECT_EQ(saturating_doubling_high_mul_16(3, 1 << 13), 0);
  EXPECT_EQ(saturating_doubling_high_mul_16(-3, 1 << 13), 0);
  EXPECT_EQ(saturating_left_shift_16(-300, 7), -32768);
  EXPECT_EQ(saturating_left_shift_16(200, 7), 25600);
}

double function(graph::UnaryKind kind, double x) {
  switch (kind) {
    case graph::UnaryKind::kLogistic:
      return 1 / (1 + std::exp(-x));
    case graph::UnaryKind::kTanh:
      return std::tanh(x);
    case graph::UnaryKind::kRelu:
      return std::max(x, 0.0);
    case graph::UnaryKind::kReluN1To1:
      return std::clamp(x, -1.0, 1.0);
    case graph::UnaryKind::kLeakyRelu:
      return x >= 0 ? x : x * 0.3;
    case graph::UnaryKind::kHardSwish:
      return x * std::clamp(x + 3, 0.0, 6.0) / 6;
    case graph::UnaryKind::kElu:
      return x < 0 ? std::expm1(x) : x;
    case graph::UnaryKind::kAbs:
      return std::abs(x);
    default:
      return -x;
  }
}

// Each table is its function, rounded: within one step of the exact value (two for 16-bit HARD_SWISH).
TEST(UnaryTables, AreTheirFunctions) {
  using graph::UnaryKind;
  for (const UnaryKind kind :
       {UnaryKind::kLogistic, UnaryKind::kTanh, UnaryKind::kRelu, UnaryKind::kReluN1To1,
        UnaryKind::kLeakyRelu, UnaryKind::kHardSwish, UnaryKind::kElu, UnaryKind::kAbs})
    for (const float in_scale : {0.004f, 0.05f, 0.3f})
      for (const int32_t in_zero : {-128, -5, 127}) {
        UnaryParameters p{in_scale, 0.06f, in_zero, 11, 0.3f};
        if (kind == UnaryKind::kLogistic) p.output_scale = 1.0f / 256, p.output_zero_point = -128;
        if (kind == UnaryKind::kTanh) p.output_scale = 1.0f / 128, p.output_zero_point = 0;
        const UnaryTable table = unary_table(kind, p).value();
        for (int code = -128; code <= 127; ++code) {
          const double exact = function(kind, double{in_scale} * (code - in_zero));
          const double wanted =
              std::clamp(exact / double{p.output_scale} + p.output_zero_point, -128.0, 127.0);
          ASSERT_NEAR(table[static_cast<size_t>(code + 128)], wanted,
                      kind == UnaryKind::kHardSwish ? 2.0 : 1.0)
              << static_cast<int>(kind) << " " << in_scale << " " << in_zero << " " << code;
        }
      }
}

TEST(UnaryTables, ClampsAreSeen) {
  const UnaryTable six = unary_table(graph::UnaryKind::kRelu6, {0.1f, 0.1f, -20, -20, 0}).value();
  const auto clamp = as_clamp(six);
  ASSERT_TRUE(clamp.has_value());
  EXPECT_EQ(clamp->low, -20);
  EXPECT_EQ(clamp->high, 40);
  EXPECT_FALSE(as_clamp(unary_table(graph::UnaryKind::kAbs, {0.1f, 0.1f, 0, 0, 0}).value()).has_value());
  EXPECT_FALSE(unary_table(graph::UnaryKind::kExp, {}).has_value());
}

}  // namespace
}  // namespace midge::quant
