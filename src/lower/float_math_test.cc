#include "lower/float_math.h"

#include <cmath>
#include <functional>
#include <limits>

#include "lower/lower_testing.h"

namespace midge::lower {
namespace {

using namespace testing;
using graph::UnaryKind;

// Every magnitude from 2^-40 to 2^7 on both sides, densely where the functions bend, and the ends.
std::vector<float> arguments() {
  std::vector<float> xs{0.0f,
                        -0.0f,
                        1e30f,
                        -1e30f,
                        std::numeric_limits<float>::infinity(),
                        -std::numeric_limits<float>::infinity()};
  for (float magnitude = 1e-12f; magnitude < 110.0f; magnitude *= 1.003f)
    xs.insert(xs.end(), {magnitude, -magnitude});
  for (float x = -9.0f; x < 9.0f; x += 0.0037f) xs.push_back(x);
  return xs;
}

std::vector<float> computed(UnaryKind kind, const std::vector<float>& xs, float alpha = 0.0f) {
  Net net;
  const Shape shape{static_cast<int64_t>(xs.size())};
  net.node(graph::Unary{kind, alpha}, {net.input(shape, xs)}, DType::kF32, shape);
  return net.run<float>();
}

// Relative to the double-precision function, or within `smallest` of it where floats run out.
void expect_close(UnaryKind kind, const std::function<double(double)>& function, double tolerance) {
  const std::vector<float> xs = arguments(), ys = computed(kind, xs);
  for (size_t i = 0; i < xs.size(); ++i) {
    const double wanted = function(double{xs[i]});
    if (std::isnan(wanted)) {
      ASSERT_TRUE(std::isnan(ys[i])) << xs[i];
    } else if (std::abs(wanted) > double{std::numeric_limits<float>::max()}) {
      ASSERT_EQ(ys[i], std::copysign(std::numeric_limits<float>::infinity(), wanted)) << xs[i];
    } else {
      constexpr double kSmallest = 1.5e-45;
      ASSERT_NEAR(ys[i], wanted, std::abs(wanted) * tolerance + kSmallest) << xs[i];
    }
  }
}

// A conversion of NaN to an integer on the way would be undefined in C; `computed` fails on it.
TEST(FloatMath, NanDoesNoHarm) {
  for (const UnaryKind kind : {UnaryKind::kExp, UnaryKind::kElu, UnaryKind::kLogistic, UnaryKind::kTanh})
    EXPECT_EQ(computed(kind, {std::numeric_limits<float>::quiet_NaN(), 0.0f})[1],
              kind == UnaryKind::kExp        ? 1.0f
              : kind == UnaryKind::kLogistic ? 0.5f
                                             : 0.0f);
}

TEST(FloatMath, Exp) {
  expect_close(UnaryKind::kExp, [](double x) { return std::exp(x); }, 2e-7);
}
TEST(FloatMath, Elu) {
  expect_close(UnaryKind::kElu, [](double x) { return x < 0 ? std::expm1(x) : x; }, 3e-7);
}
TEST(FloatMath, Logistic) {
  expect_close(UnaryKind::kLogistic, [](double x) { return 1 / (1 + std::exp(-x)); }, 3e-7);
}
TEST(FloatMath, Tanh) {
  expect_close(UnaryKind::kTanh, [](double x) { return std::tanh(x); }, 3e-7);
}
TEST(FloatMath, SquareRoots) {
  expect_close(UnaryKind::kSqrt, [](double x) { return std::sqrt(x); }, 6e-8);
  expect_close(UnaryKind::kRsqrt, [](double x) { return 1 / std::sqrt(x); }, 2e-7);
}
TEST(FloatMath, Plain) {
  const std::vector<float> xs{-7.0f, -3.0f, -1.5f, -0.0f, 0.5f, 2.0f, 8.0f};
  EXPECT_EQ(computed(UnaryKind::kRelu, xs), (std::vector<float>{0, 0, 0, 0, 0.5f, 2, 8}));
  EXPECT_EQ(computed(UnaryKind::kRelu6, xs), (std::vector<float>{0, 0, 0, 0, 0.5f, 2, 6}));
  EXPECT_EQ(computed(UnaryKind::kReluN1To1, xs), (std::vector<float>{-1, -1, -1, 0, 0.5f, 1, 1}));
  EXPECT_EQ(computed(UnaryKind::kLeakyRelu, xs, 0.5f),
            (std::vector<float>{-3.5f, -1.5f, -0.75f, 0, 0.5f, 2, 8}));
  EXPECT_EQ(computed(UnaryKind::kHardSwish, xs),
            (std::vector<float>{0, 0, -0.375f, 0, 1.75f / 6, 10.0f / 6, 8}));
  EXPECT_EQ(computed(UnaryKind::kAbs, xs), (std::vector<float>{7, 3, 1.5f, 0, 0.5f, 2, 8}));
  EXPECT_EQ(computed(UnaryKind::kNeg, xs), (std::vector<float>{7, 3, 1.5f, 0, -0.5f, -2, -8}));
}

}  // namespace
}  // namespace midge::lower
