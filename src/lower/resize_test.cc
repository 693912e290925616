// RESIZE against the reference's formulas, pixel by pixel, over sizes in both directions.
#include <algorithm>
#include <cmath>

#include "lower/lower_testing.h"

namespace midge::lower {
namespace {

using namespace testing;
using graph::Resize;
using graph::ResizeKind;

// Every combination of sizes, and the three ways to place the samples.
template <class F>
void for_each_example(const F& f) {
  for (const int64_t in : {1, 2, 3, 5, 8})
    for (const int64_t out : {1, 2, 3, 4, 7, 16})
      for (const auto& [align, half] : {std::pair{false, false}, {true, false}, {false, true}})
        f(Shape{2, in, 3, 2}, Shape{2, out, in + out, 2}, align, half);
}

int64_t nearest(int64_t i, int64_t in, int64_t out, bool align, bool half) {
  const float scale = align && out > 1 ? static_cast<float>(in - 1) / static_cast<float>(out - 1)
                                       : static_cast<float>(in) / static_cast<float>(out);
  const float at = (static_cast<float>(i) + (half ? 0.5f : 0.0f)) * scale;
  const auto index = static_cast<int64_t>(align ? std::round(at) : std::floor(at));
  return std::max<int64_t>(0, std::min(index, in - 1));
}

TEST(Resize, Nearest) {
  for_each_example([](const Shape& x, const Shape& y, bool align, bool half) {
    Net net;
    net.node(Resize{ResizeKind::kNearest, align, half}, {net.input(x, counting<float>(x))}, DType::kF32, y);
    std::vector<float> wanted;
    for_each_index(y, [&](Shape index) {
      index[1] = nearest(index[1], x[1], y[1], align, half);
      index[2] = nearest(index[2], x[2], y[2], align, half);
      wanted.push_back(static_cast<float>(flat(x, index)));
    });
    ASSERT_EQ(net.run<float>(), wanted) << net.text();
  });
}

TEST(Resize, NearestByAWholeFactorNeedsNoTable) {
  const Shape x{1, 3, 4, 2}, y{1, 6, 12, 2};
  Net net;
  net.node(Resize{ResizeKind::kNearest, false, false}, {net.input(x, counting<float>(x))}, DType::kF32, y);
  net.run<float>();
  EXPECT_EQ(net.text().find("offsets"), std::string::npos) << net.text();
}

struct Tap {
  int64_t low, high, position;  // position in 1/1024
};
Tap integer_tap(int64_t i, int64_t in, int64_t out, bool align, bool half) {
  int64_t scale = (1024 * in + out / 2) / out;
  if (align && out > 1) scale = (1024 * (in - 1) + (out - 1) / 2) / (out - 1);
  const int64_t at = half ? i * scale + scale / 2 - 512 : i * scale;
  return {std::max<int64_t>(at / 1024, 0), std::min((at + 1023) / 1024, in - 1), at};
}

TEST(Resize, BilinearCodes) {
  std::mt19937 random(1);
  for_each_example([&](const Shape& x, const Shape& y, bool align, bool half) {
    const auto codes = random_elements<int8_t>(x, random);
    Net net;
    net.node(Resize{ResizeKind::kBilinear, align, half}, {net.input(x, codes, affine(0.1f, 3))}, DType::kI8,
             y, affine(0.1f, 3));
    std::vector<int8_t> wanted;
    for_each_index(y, [&](const Shape& index) {
      const Tap v = integer_tap(index[1], x[1], y[1], align, half);
      const Tap h = integer_tap(index[2], x[2], y[2], align, half);
      const auto at = [&](int64_t row, int64_t column) {
        return int64_t{codes[flat(x, {index[0], row, column, index[3]})]};
      };
      const int64_t dv = v.position - 1024 * v.low, dh = h.position - 1024 * h.low;
      const int64_t sum = at(v.low, h.low) * (1024 - dv) * (1024 - dh) +
                          at(v.high, h.low) * dv * (1024 - dh) + at(v.low, h.high) * (1024 - dv) * dh +
                          at(v.high, h.high) * dv * dh;
      wanted.push_back(static_cast<int8_t>((sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20)));
    });
    ASSERT_EQ(net.run<int8_t>(), wanted) << net.text();
  });
}

TEST(Resize, BilinearFloats) {
  std::mt19937 random(2);
  for_each_example([&](const Shape& x, const Shape& y, bool align, bool half) {
    const auto pixels = random_elements<float>(x, random);
    Net net;
    net.node(Resize{ResizeKind::kBilinear, align, half}, {net.input(x, pixels)}, DType::kF32, y);
    const auto found = net.run<float>();
    ASSERT_EQ(found.size(), static_cast<size_t>(count_of(y)));
    size_t n = 0;
    for_each_index(y, [&](const Shape& index) {
      // Linear between the pixels around the sample, constant beyond the edges.
      const auto position = [&](size_t axis) {
        const auto in = static_cast<double>(x[axis]), out = static_cast<double>(y[axis]);
        const auto i = static_cast<double>(index[axis]);
        const double scale = align && out > 1 ? (in - 1) / (out - 1) : in / out;
        return std::clamp(half ? (i + 0.5) * scale - 0.5 : i * scale, 0.0, in - 1);
      };
      const double v = position(1), h = position(2);
      double sum = 0.0;
      for (int64_t row = 0; row < x[1]; ++row)
        for (int64_t column = 0; column < x[2]; ++column)
          sum += std::max(0.0, 1 - std::abs(v - static_cast<double>(row))) *
                 std::max(0.0, 1 - std::abs(h - static_cast<double>(column))) *
                 static_cast<double>(pixels[flat(x, {index[0], row, column, index[3]})]);
      ASSERT_NEAR(found[n++], sum, 1e-3) << net.text();
    });
  });
}

}  // namespace
}  // namespace midge::lower
