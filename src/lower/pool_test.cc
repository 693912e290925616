// Pools on random shapes against their definition.
#include <gtest/gtest.h>

#include <cmath>

#include "lower/lower_testing.h"

namespace midge::lower {
namespace {

using namespace testing;
using graph::PoolKind;

struct Problem {
  graph::Pool2D op;
  Shape x, y;
};

// One axis: input and output extents, the window's stride and its paddings, none of which holds a whole
// window.
void random_axis(std::mt19937& random, int32_t taps, int64_t& in, int64_t& out, int32_t& stride,
                 int32_t& before, int32_t& after) {
  in = pick(random, 1, 8);
  stride = static_cast<int32_t>(pick(random, 1, 3));
  before = static_cast<int32_t>(pick(random, 0, taps - 1));
  after = static_cast<int32_t>(pick(random, 0, taps - 1));
  while (in + before + after < taps) ++in;
  out = (in + before + after - taps) / stride + 1;
}

Problem random_problem(std::mt19937& random, PoolKind kind) {
  Problem p;
  p.op.kind = kind;
  p.op.kernel_h = static_cast<int32_t>(pick(random, 1, 4)),
  p.op.kernel_w = static_cast<int32_t>(pick(random, 1, 4));
  p.x = {pick(random, 1, 2), 1, 1, pick(random, 1, 3)};
  p.y = p.x;
  graph::Window& window = p.op.window;
  random_axis(random, p.op.kernel_h, p.x[1], p.y[1], window.stride_h, window.pad_top, window.pad_bottom);
  random_axis(random, p.op.kernel_w, p.x[2], p.y[2], window.stride_w, window.pad_left, window.pad_right);
  return p;
}

// The elements under the window of one output element.
template <class T>
std::vector<T> under_window(const Problem& p, const std::vector<T>& x, const Shape& at) {
  std::vector<T> found;
  for (int64_t i = 0; i < p.op.kernel_h; ++i)
    for (int64_t j = 0; j < p.op.kernel_w; ++j) {
      const int64_t ih = at[1] * p.op.window.stride_h - p.op.window.pad_top + i;
      const int64_t iw = at[2] * p.op.window.stride_w - p.op.window.pad_left + j;
      if (ih >= 0 && ih < p.x[1] && iw >= 0 && iw < p.x[2])
        found.push_back(x[flat(p.x, {at[0], ih, iw, at[3]})]);
    }
  return found;
}

TEST(Pool, Codes) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const Problem p = random_problem(random, round % 2 == 0 ? PoolKind::kMax : PoolKind::kAverage);
    const auto x = random_elements<int8_t>(p.x, random, -128, 127);
    Net net;
    net.node(p.op, {net.input(p.x, x, affine(0.1f, 5))}, DType::kI8, p.y, affine(0.1f, 5));
    std::vector<int8_t> wanted;
    for_each_index(p.y, [&](const Shape& at) {
      const auto codes = under_window(p, x, at);
      double sum = 0;
      for (const int8_t code : codes) sum += code;
      wanted.push_back(round % 2 == 0
                           ? *std::ranges::max_element(codes)
                           : static_cast<int8_t>(std::round(sum / static_cast<double>(codes.size()))));
    });
    ASSERT_EQ(net.run<int8_t>(), wanted) << net.text();
  }
}

TEST(Pool, FloatsUnderAnActivation) {
  std::mt19937 random(2);
  for (int round = 0; round < 50; ++round) {
    Problem p = random_problem(random, round % 2 == 0 ? PoolKind::kMax : PoolKind::kAverage);
    p.op.activation = graph::Activation::kReluN1To1;
    const auto x = random_elements<float>(p.x, random, -3, 3);
    Net net;
    net.node(p.op, {net.input(p.x, x)}, DType::kF32, p.y);
    std::vector<float> wanted;
    for_each_index(p.y, [&](const Shape& at) {
      const auto values = under_window(p, x, at);
      float sum = 0;
      for (const float value : values) sum += value;
      const float pooled =
          round % 2 == 0 ? *std::ranges::max_element(values) : sum / static_cast<float>(values.size());
      wanted.push_back(std::clamp(pooled, -1.0f, 1.0f));
    });
    ASSERT_EQ(net.run<float>(), wanted) << net.text();
  }
}

// The rounding of the reference, (sum +- n/2) / n toward zero, is to nearest for odd n too.
TEST(Pool, WithoutPaddingTheCountIsKnown) {
  Net net;
  const graph::Pool2D op{PoolKind::kAverage, 1, 3, {}, graph::Activation::kNone};
  net.node(op, {net.input<int8_t>({1, 1, 3, 1}, {-1, -2, -2}, affine(1, 0))}, DType::kI8, {1, 1, 1, 1},
           affine(1, 0));
  EXPECT_EQ(net.run<int8_t>(), std::vector<int8_t>{-2});
  EXPECT_NE(net.text().find(" / 3"), std::string::npos) << net.text();
}

TEST(Pool, RefusesWindowsInThePadding) {
  Net net;
  graph::Pool2D op{PoolKind::kAverage, 1, 1, {}, graph::Activation::kNone};
  op.window.pad_left = 1;
  net.node(op, {net.input<float>({1, 1, 1, 1}, {1})}, DType::kF32, {1, 1, 2, 1});
  EXPECT_EQ(net.fault(), "not supported: NODE#0: tensor 'x': a window that lies wholly in the padding");
}

}  // namespace
}  // namespace midge::lower
