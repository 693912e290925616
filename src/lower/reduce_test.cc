// MEAN, SUM, REDUCE_MAX and ARG_MAX against sums over every subset of axes.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "lower/lower_testing.h"
#include "quant/quant.h"

namespace midge::lower {
namespace {

using namespace testing;
using graph::Reduce;
using graph::ReduceKind;

constexpr int kRounds = 60;

struct Example {
  Shape x, y;
  Reduce op;
};

Example random_example(std::mt19937& random, size_t rank, ReduceKind kind) {
  Example e{random_shape(random, rank), {}, {kind, {}, pick(random, 0, 1) == 1}};
  for (size_t axis = 0; axis < rank; ++axis) {
    const bool reduced = pick(random, 0, 1) == 1;
    if (reduced) e.op.axes.push_back(static_cast<int32_t>(axis));
    if (!reduced) e.y.push_back(e.x[axis]);
    if (reduced && e.op.keep_dims) e.y.push_back(1);
  }
  return e;
}

// The input elements behind each output element, in the output's order.
template <class T>
std::vector<std::vector<T>> grouped(const Example& e, const std::vector<T>& x) {
  std::map<Shape, std::vector<T>> groups;
  for_each_index(e.x, [&](const Shape& index) {
    Shape key;
    for (size_t axis = 0; axis < index.size(); ++axis)
      if (!std::ranges::count(e.op.axes, static_cast<int32_t>(axis))) key.push_back(index[axis]);
    groups[key].push_back(x[flat(e.x, index)]);
  });
  std::vector<std::vector<T>> result;
  for (auto& [key, elements] : groups) result.push_back(std::move(elements));
  return result;
}

// As TensorFlow Lite: 1 / count goes into the multiplier.
int8_t reference_mean(const std::vector<int8_t>& codes, float in, int32_t in_zero, float out,
                      int32_t out_zero, bool mean) {
  quant::Multiplier m = quant::quantize_multiplier(static_cast<double>(in) / static_cast<double>(out));
  const auto count = static_cast<int64_t>(codes.size());
  if (mean) {
    int shift = 63 - __builtin_clzll(static_cast<unsigned long long>(count));
    shift = std::min({shift, 32, 31 + m.shift});
    m = {static_cast<int32_t>((int64_t{m.mantissa} << shift) / count), m.shift - shift};
  }
  int32_t sum = 0;
  for (const int8_t code : codes) sum += code - in_zero;
  return static_cast<int8_t>(
      std::clamp(quant::multiply_by_quantized_multiplier(sum, m) + out_zero, -128, 127));
}

TEST(Reduce, CodesOverAnyAxes) {
  std::mt19937 random(1);
  for (int round = 0; round < 2 * kRounds; ++round) {
    const bool mean = round % 2 == 0;
    const Example e = random_example(random, 1 + static_cast<size_t>(round % 5),
                                     mean ? ReduceKind::kMean : ReduceKind::kSum);
    const auto x = random_elements<int8_t>(e.x, random);
    const float out = mean ? 0.043f : 0.2f;
    Net net;
    net.node(e.op, {net.input(e.x, x, affine(0.05f, -11))}, DType::kI8, e.y, affine(out, 4));
    std::vector<int8_t> wanted;
    for (const auto& codes : grouped(e, x)) wanted.push_back(reference_mean(codes, 0.05f, -11, out, 4, mean));
    ASSERT_EQ(net.run<int8_t>(), wanted) << net.text();
  }
}

TEST(Reduce, CodesThatAreAllExtreme) {
  for (const int8_t code : {int8_t{-128}, int8_t{127}}) {
    for (const int32_t zero : {-128, 127}) {
      const std::vector<int8_t> x(70000, code);
      Net net;
      net.node(Reduce{ReduceKind::kMean, {0}, true}, {net.input({70000}, x, affine(0.05f, zero))}, DType::kI8,
               {1}, affine(0.05f, zero));
      EXPECT_EQ(net.run<int8_t>(), std::vector<int8_t>{reference_mean(x, 0.05f, zero, 0.05f, zero, true)});
    }
  }
}

TEST(Reduce, FloatsInTheReferencesOrder) {
  std::mt19937 random(2);
  for (int round = 0; round < kRounds; ++round) {
    const bool mean = round % 2 == 0;
    const Example e =
        random_example(random, static_cast<size_t>(round % 6), mean ? ReduceKind::kMean : ReduceKind::kSum);
    std::vector<float> x = random_elements<float>(e.x, random);
    for (float& element : x) element *= 0.37f;
    Net net;
    net.node(e.op, {net.input(e.x, x)}, DType::kF32, e.y);
    std::vector<float> wanted;
    for (const auto& elements : grouped(e, x)) {
      float sum = 0.0f;
      for (const float element : elements) sum += element;
      wanted.push_back(mean ? sum / static_cast<float>(elements.size()) : sum);
    }
    ASSERT_EQ(net.run<float>(), wanted) << net.text();
  }
}

template <class T>
void check_maximum(std::mt19937& random, const Example& e) {
  const auto x = random_elements<T>(e.x, random);
  std::optional<graph::Quantization> quantization;
  if constexpr (std::is_same_v<T, int8_t>) quantization = affine(0.05f, 3);
  Net net;
  net.node(e.op, {net.input(e.x, x, quantization)}, dtype_of<T>(), e.y, quantization);
  std::vector<T> wanted;
  for (const auto& elements : grouped(e, x)) wanted.push_back(*std::ranges::max_element(elements));
  ASSERT_EQ(net.run<T>(), wanted) << net.text();
}

TEST(Reduce, MaximumOfAnyType) {
  std::mt19937 random(3);
  for (int round = 0; round < kRounds; ++round) {
    const Example e = random_example(random, static_cast<size_t>(round % 6), ReduceKind::kMax);
    check_maximum<int8_t>(random, e);
    check_maximum<float>(random, e);
    check_maximum<int32_t>(random, e);
  }
}

TEST(Reduce, IntegersWrapAndTruncate) {
  Net sum;
  sum.node(Reduce{ReduceKind::kSum, {0}, false}, {sum.input<int32_t>({2}, {INT32_MAX, 2})}, DType::kI32, {});
  EXPECT_EQ(sum.run<int32_t>(), std::vector<int32_t>{INT32_MIN + 1});
  Net mean;
  mean.node(Reduce{ReduceKind::kMean, {0}, false}, {mean.input<int32_t>({2}, {-4, 1})}, DType::kI32, {});
  EXPECT_EQ(mean.run<int32_t>(), std::vector<int32_t>{-1});
}

TEST(Reduce, NeighbouringAxesAreOneLoop) {
  Net net;
  net.node(Reduce{ReduceKind::kMean, {1, 2}, false}, {net.input({1, 4, 5, 3}, counting<float>({60}))},
           DType::kF32, {1, 3});
  net.run<float>();
  size_t loops = 0;
  for (size_t at = net.text().find("for "); at != std::string::npos; at = net.text().find("for ", at + 1))
    ++loops;
  EXPECT_EQ(loops, 2u) << net.text();
}

template <class T, class Index>
void check_arg_max(std::mt19937& random, const Shape& shape, size_t axis) {
  const auto x = random_elements<T>(shape, random, -2, 2);  // many equal
  Shape y;
  for (size_t a = 0; a < shape.size(); ++a)
    if (a != axis) y.push_back(shape[a]);
  Net net;
  net.node(graph::ArgMax{static_cast<int32_t>(axis)}, {net.input(shape, x)}, dtype_of<Index>(), y);
  Example e{shape, y, {ReduceKind::kMax, {static_cast<int32_t>(axis)}, false}};
  std::vector<Index> wanted;
  for (const auto& elements : grouped(e, x))
    wanted.push_back(static_cast<Index>(std::ranges::max_element(elements) - elements.begin()));
  ASSERT_EQ(net.run<Index>(), wanted) << net.text();
}

TEST(ArgMax, FirstOfEqualsAlongAnyAxis) {
  std::mt19937 random(4);
  for (int round = 0; round < kRounds; ++round) {
    const Shape shape = random_shape(random, 1 + static_cast<size_t>(round % 5));
    const auto axis = static_cast<size_t>(pick(random, 0, static_cast<int64_t>(shape.size()) - 1));
    check_arg_max<float, int32_t>(random, shape, axis);
    check_arg_max<float, int64_t>(random, shape, axis);
    check_arg_max<int32_t, int32_t>(random, shape, axis);
  }
}

}  // namespace
}  // namespace midge::lower
