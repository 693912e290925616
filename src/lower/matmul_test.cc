// Matrix products, and what is decided about accumulators while lowering them.
#include <gtest/gtest.h>

#include "lower/lower_testing.h"
#include "lower/reference_testing.h"

namespace midge::lower {
namespace {

using namespace testing;

struct Dense {
  int64_t rows = 1, taps = 1, outputs = 1;
  int32_t zx = 0;
  std::vector<int8_t> x = {}, w = {};
  std::vector<int32_t> bias = {};
};

// y = clamp(acc * sx*sw/sy + zy) with the scales 0.05, 0.02, 0.1 and zy = 3.
std::vector<int8_t> reference(const Dense& d, int64_t low, int64_t high) {
  const double real = double{0.05f * 0.02f} / double{0.1f};
  std::vector<int8_t> y;
  for (int64_t m = 0; m < d.rows; ++m)
    for (int64_t o = 0; o < d.outputs; ++o) {
      int32_t acc = d.bias[static_cast<size_t>(o)];
      for (int64_t k = 0; k < d.taps; ++k)
        acc += (d.x[static_cast<size_t>(m * d.taps + k)] - d.zx) * d.w[static_cast<size_t>(o * d.taps + k)];
      y.push_back(reference_clamp(int64_t{reference_requantize(acc, real)} + 3, low, high));
    }
  return y;
}

Net dense(const Dense& d, graph::Activation activation = graph::Activation::kNone) {
  Net net;
  const ValueId x = net.input({d.rows, d.taps}, d.x, affine(0.05f, d.zx));
  const ValueId w = net.constant({d.outputs, d.taps}, d.w, affine(0.02f, 0));
  const ValueId bias = net.constant({d.outputs}, d.bias);
  net.node(graph::FullyConnected{activation}, {x, w, bias}, DType::kI8, {d.rows, d.outputs}, affine(0.1f, 3));
  return net;
}

TEST(FullyConnected, EqualsItsDefinition) {
  std::mt19937 random(3);
  for (int trial = 0; trial < 100; ++trial) {
    Dense d{.rows = pick(random, 1, 3), .taps = pick(random, 1, 40), .outputs = pick(random, 1, 5)};
    d.zx = static_cast<int32_t>(pick(random, -128, 127));
    d.x = random_elements<int8_t>({d.rows, d.taps}, random, -128, 127);
    d.w = random_elements<int8_t>({d.outputs, d.taps}, random, -127, 127);
    d.bias = random_elements<int32_t>({d.outputs}, random, -20000, 20000);
    ASSERT_EQ(dense(d).run<int8_t>(), reference(d, -128, 127));
    ASSERT_EQ(dense(d, graph::Activation::kRelu6).run<int8_t>(), reference(d, 3, 63));
  }
}

// 200 products of the greatest codes and weights around the lowest zero point, from this bias on.
Dense extreme(int32_t bias) {
  return {1, 200, 1, -128, std::vector<int8_t>(200, 127), std::vector<int8_t>(200, 127), {bias}};
}

TEST(FullyConnected, FoldsTheZeroPointOutOfTheLoop) {
  EXPECT_EQ(dense(extreme(5)).text().find("- -128"), std::string::npos);
}

// The plain sum fits just so; 128 * sum w + bias and then as much again would not: the zero point stays in
// the loop.
TEST(FullyConnected, FoldsOnlyWhereItFits) {
  const Dense d = extreme(INT32_MAX - 200 * 127 * 255);
  EXPECT_EQ(dense(d).run<int8_t>(), reference(d, -128, 127));
  EXPECT_NE(dense(d).text().find("- -128"), std::string::npos);
}

TEST(FullyConnected, RefusesSumsThatOverflow) {
  EXPECT_EQ(dense(extreme(INT32_MAX - 200 * 127 * 255 + 1)).fault(),
            "not supported: NODE#0: tensor 'c': sums that do not fit 32-bit accumulators");
}

// x[2,1,M,K] * y[3,K,N] with either operand swapped, computed or constant.
TEST(BatchMatMul, EqualsItsDefinition) {
  std::mt19937 random(5);
  const int64_t m = 3, k = 4, n = 2;
  for (int variant = 0; variant < 8; ++variant) {
    const bool adj_x = (variant & 1) != 0, adj_y = (variant & 2) != 0, constant = (variant & 4) != 0;
    const int64_t batches = constant ? 1 : 3;  // of the right operand
    const auto xs = random_elements<int8_t>({2, m, k}, random, -128, 127);
    const auto ys = random_elements<int8_t>({batches, k, n}, random, -128, 127);
    const int32_t zx = 5, zy = constant ? 0 : -7;
    Net net;
    const ValueId x = net.input(adj_x ? Shape{2, 1, k, m} : Shape{2, 1, m, k}, xs, affine(0.05f, zx));
    const Shape right = adj_y ? Shape{batches, n, k} : Shape{batches, k, n};
    const ValueId y =
        constant ? net.constant(right, ys, affine(0.02f, zy)) : net.input(right, ys, affine(0.02f, zy));
    net.node(graph::BatchMatMul{adj_x, adj_y}, {x, y}, DType::kI8, {2, batches, m, n}, affine(0.1f, 11));
    std::vector<int8_t> expected;
    for (int64_t b0 = 0; b0 < 2; ++b0)
      for (int64_t b1 = 0; b1 < batches; ++b1)
        for (int64_t i = 0; i < m; ++i)
          for (int64_t j = 0; j < n; ++j) {
            int32_t acc = 0;
            for (int64_t t = 0; t < k; ++t)
              acc += (xs[static_cast<size_t>(b0 * m * k + (adj_x ? t * m + i : i * k + t))] - zx) *
                     (ys[static_cast<size_t>(b1 * k * n + (adj_y ? j * k + t : t * n + j))] - zy);
            const double real = double{0.05f * 0.02f} / double{0.1f};
            expected.push_back(reference_clamp(int64_t{reference_requantize(acc, real)} + 11));
          }
    EXPECT_EQ(net.run<int8_t>(), expected) << variant;
  }
}

}  // namespace
}  // namespace midge::lower
