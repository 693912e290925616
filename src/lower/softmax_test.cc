// SOFTMAX against the fixed-point formula written out on the host, and against std::exp.
#include <cmath>

#include "lower/lower_testing.h"
#include "quant/fixed_point.h"
#include "quant/quant.h"

namespace midge::lower {
namespace {

using namespace testing;

// TensorFlow Lite's int8 softmax of one row, step by step.
std::vector<int8_t> reference_row(const std::vector<int8_t>& x, float scale, float beta) {
  const double real = std::min(static_cast<double>(beta) * scale * (1 << 26), 2147483647.0);
  const quant::Multiplier multiplier = quant::quantize_multiplier(real);
  const int32_t diff_min =
      -static_cast<int32_t>(std::floor(31.0 * (1 << 26) / std::ldexp(1.0, multiplier.shift)));
  const int32_t largest = *std::max_element(x.begin(), x.end());
  const auto exponential = [&](int8_t code) {
    const int32_t diff = code - largest;
    if (diff < diff_min) return 0;
    const int32_t rescaled = quant::saturating_rounding_doubling_high_mul(
        static_cast<int32_t>(int64_t{diff} << multiplier.shift), multiplier.mantissa);
    return quant::exp_on_negative_values(rescaled, 5);
  };
  uint32_t sum = 0;
  for (const int8_t code : x)
    sum += static_cast<uint32_t>(quant::rounding_divide_by_pot(exponential(code), 12));
  const int headroom = __builtin_clz(sum);
  const int32_t scale_q0 = quant::one_over_one_plus_x(static_cast<int32_t>((sum << headroom) - (1u << 31)));
  std::vector<int8_t> y;
  for (const int8_t code : x) {
    const int32_t product = quant::saturating_rounding_doubling_high_mul(scale_q0, exponential(code));
    const int exponent = 12 - headroom + 31 - 8;
    const int32_t unsigned_code = exponent > 31 ? 0 : quant::rounding_divide_by_pot(product, exponent);
    y.push_back(static_cast<int8_t>(std::min(unsigned_code - 128, 127)));
  }
  return y;
}

std::vector<int8_t> lowered(const std::vector<int8_t>& x, const Shape& shape, float scale, float beta) {
  Net net;
  net.node(graph::Softmax{beta}, {net.input(shape, x, affine(scale, 3))}, DType::kI8, shape,
           affine(1.0f / 256, -128));
  return net.run<int8_t>();
}

TEST(Softmax, CodesAtEveryScaleAndLength) {
  std::mt19937 random(1);
  for (const float scale : {1e-6f, 0.0007f, 0.02f, 0.1f, 1.5f, 9.0f, 17.0f, 300.0f}) {
    for (const int64_t depth : {1, 2, 10, 100}) {
      const float beta = scale < 1.0f && depth == 10 ? 2.0f : 1.0f;
      const auto x = random_elements<int8_t>({depth}, random);
      EXPECT_EQ(lowered(x, {depth}, scale, beta), reference_row(x, scale, beta)) << scale << " " << depth;
    }
  }
}

// Every sum of up to four terms near each other: reciprocals right at and above powers of two.
TEST(Softmax, CodesWithCloseRivals) {
  for (int a = 0; a < 256; a += 5) {
    for (int b = 0; b < 256; b += 51) {
      const std::vector<int8_t> x{127, static_cast<int8_t>(127 - a), static_cast<int8_t>(127 - b), 127};
      EXPECT_EQ(lowered(x, {4}, 0.03f, 1.0f), reference_row(x, 0.03f, 1.0f)) << a << " " << b;
    }
  }
}

// From 512 equal codes on, every share is less than half a step.
TEST(Softmax, CodesSoManyThatNoneIsLarge) {
  std::mt19937 random(2);
  for (const int64_t depth : {511, 512, 513, 3000}) {
    EXPECT_EQ(lowered(std::vector<int8_t>(static_cast<size_t>(depth), 5), {depth}, 0.1f, 1.0f),
              reference_row(std::vector<int8_t>(static_cast<size_t>(depth), 5), 0.1f, 1.0f));
    const auto x = random_elements<int8_t>({depth}, random);
    EXPECT_EQ(lowered(x, {depth}, 0.05f, 1.0f), reference_row(x, 0.05f, 1.0f));
  }
}

TEST(Softmax, CodesRowByRow) {
  std::mt19937 random(3);
  const Shape shape{2, 1, 3, 7};
  const auto x = random_elements<int8_t>(shape, random);
  std::vector<int8_t> wanted;
  for (auto row = x.begin(); row != x.end(); row += 7)
    for (const int8_t code : reference_row(std::vector<int8_t>(row, row + 7), 0.04f, 1.0f))
      wanted.push_back(code);
  EXPECT_EQ(lowered(x, shape, 0.04f, 1.0f), wanted);
}

TEST(Softmax, CodesUnderAnotherOutputScale) {
  Net net;
  net.node(graph::Softmax{1.0f}, {net.input<int8_t>({2}, {1, 2}, affine(0.1f, 0))}, DType::kI8, {2},
           affine(0.01f, 0));
  EXPECT_NE(net.fault().find("NODE#0"), std::string::npos) << net.fault();
}

// A fused operator with a value per channel and one per row, so that neither axis merges with the other.
TEST(Softmax, FloatsWithSomethingFused) {
  const Shape shape{3, 4};
  const std::vector<float> x{0.0f,     1.0f, 2.0f, -1.0f, 1000.0f, 999.0f,
                             -1000.0f, 0.0f, 5.0f, 5.0f,  5.0f,    5.0f};
  Net net;
  const ValueId y = net.node(graph::Softmax{0.5f}, {net.input(shape, x)}, DType::kF32, shape);
  const graph::Binary multiply{graph::BinaryKind::kMul, graph::Activation::kNone};
  const ValueId scaled = net.node(multiply, {y, net.constant<float>({4}, {1, 2, 3, 4})}, DType::kF32, shape);
  net.node(multiply, {scaled, net.constant<float>({3, 1}, {10, 20, 30})}, DType::kF32, shape);
  const auto found = net.run<float>();
  ASSERT_EQ(found.size(), x.size());
  for (size_t row = 0; row < 3; ++row) {
    double sum = 0.0, largest = *std::max_element(&x[row * 4], &x[row * 4] + 4);
    for (size_t c = 0; c < 4; ++c) sum += std::exp((x[row * 4 + c] - largest) * 0.5);
    for (size_t c = 0; c < 4; ++c) {
      const double share = std::exp((x[row * 4 + c] - largest) * 0.5) / sum;
      const double wanted = share * static_cast<double>(c + 1) * static_cast<double>(10 * (row + 1));
      EXPECT_NEAR(found[row * 4 + c], wanted, 1e-5 * std::max(wanted, 1.0));
    }
  }
}

}  // namespace
}  // namespace midge::lower
