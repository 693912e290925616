// Elementwise operators on codes, broadcasting, and operators fused into an epilogue.
#include <gtest/gtest.h>

#include "lower/families.h"
#include "lower/lower_testing.h"
#include "lower/reference_testing.h"
#include "quant/unary_tables.h"

namespace midge::lower {
namespace {

using namespace testing;
using graph::Activation;
using graph::BinaryKind;
using graph::UnaryKind;

struct Scale {
  float scale;
  int32_t zero;
};

int8_t reference_binary(BinaryKind kind, int8_t a, Scale qa, int8_t b, Scale qb, Scale qy) {
  if (kind == BinaryKind::kMaximum) return std::max(a, b);
  if (kind == BinaryKind::kMinimum) return std::min(a, b);
  const int32_t left = a - qa.zero, right = b - qb.zero;
  if (kind == BinaryKind::kMul) {
    const double real = double{qa.scale} * double{qb.scale} / double{qy.scale};
    return reference_clamp(int64_t{reference_requantize(left * right, real)} + qy.zero);
  }
  const double twice = 2.0 * double{std::max(qa.scale, qb.scale)};
  const int32_t l = reference_requantize(left * (1 << 20), double{qa.scale} / twice);
  const int32_t r = reference_requantize(right * (1 << 20), double{qb.scale} / twice);
  const double out = twice / ((1 << 20) * double{qy.scale});
  return reference_clamp(int64_t{reference_requantize(kind == BinaryKind::kAdd ? l + r : l - r, out)} +
                         qy.zero);
}

// Every pair of codes.
TEST(Binary, EveryPairOfCodes) {
  std::vector<int8_t> codes;
  for (int code = -128; code <= 127; ++code) codes.push_back(static_cast<int8_t>(code));
  const struct {
    Scale a, b, y;
  } scales[] = {{{0.05f, 3}, {0.02f, -128}, {0.07f, 1}},
                {{0.1f, 127}, {0.1f, 0}, {0.1f, -128}},
                {{2.0f, 0}, {0.001f, 9}, {0.5f, 5}}};
  for (const auto& [a, b, y] : scales)
    for (const BinaryKind kind :
         {BinaryKind::kAdd, BinaryKind::kSub, BinaryKind::kMul, BinaryKind::kMaximum, BinaryKind::kMinimum}) {
      Net net;
      const ValueId left = net.input({256, 1}, codes, affine(a.scale, a.zero));
      const ValueId right = net.input({256}, codes, affine(b.scale, b.zero));
      net.node(graph::Binary{kind, Activation::kNone}, {left, right}, DType::kI8, {256, 256},
               affine(y.scale, y.zero));
      std::vector<int8_t> wanted;
      for (const int8_t l : codes)
        for (const int8_t r : codes) wanted.push_back(reference_binary(kind, l, a, r, b, y));
      ASSERT_EQ(net.run<int8_t>(), wanted) << static_cast<int>(kind);
    }
}

// Any two shapes that broadcast, of any ranks, as integers that wrap.
TEST(Binary, BroadcastsAnyShapes) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const Shape y = random_shape(random, static_cast<size_t>(round % 6));
    Shape shapes[2];
    for (Shape& shape : shapes) {
      shape = y;
      for (int64_t& extent : shape)
        if (pick(random, 0, 2) == 0) extent = 1;
    }
    for (size_t axis = 0; axis < y.size(); ++axis)
      if (shapes[0][axis] != y[axis] && shapes[1][axis] != y[axis]) shapes[0][axis] = y[axis];
    // The second operand may leave out its leading axes of extent 1.
    while (!shapes[1].empty() && shapes[1].front() == 1 && pick(random, 0, 1) == 1)
      shapes[1].erase(shapes[1].begin());
    std::vector<int32_t> elements[2];
    for (int i = 0; i < 2; ++i) elements[i] = random_elements<int32_t>(shapes[i], random, -100000, 100000);
    Net net;
    const ValueId a = net.input(shapes[0], elements[0]);
    const ValueId b =
        round % 2 == 0 ? net.input(shapes[1], elements[1]) : net.constant(shapes[1], elements[1]);
    net.node(graph::Binary{BinaryKind::kMul, Activation::kNone}, {a, b}, DType::kI32, y);
    std::vector<int32_t> wanted;
    for_each_index(y, [&](const Shape& index) {
      uint32_t factors[2];
      for (int i = 0; i < 2; ++i) {
        Shape at(index.end() - static_cast<int64_t>(shapes[i].size()), index.end());
        for (size_t axis = 0; axis < at.size(); ++axis) at[axis] = std::min(at[axis], shapes[i][axis] - 1);
        factors[i] = static_cast<uint32_t>(elements[i][flat(shapes[i], at)]);
      }
      wanted.push_back(static_cast<int32_t>(factors[0] * factors[1]));
    });
    ASSERT_EQ(net.run<int32_t>(), wanted) << net.text();
  }
}

TEST(Binary, EqualShapesAreOneLoop) {
  Net net;
  const Shape shape{2, 3, 4};
  const ValueId x = net.input(shape, counting<float>(shape));
  net.node(graph::Binary{BinaryKind::kAdd, Activation::kRelu6}, {x, x}, DType::kF32, shape);
  EXPECT_EQ(net.text().find("for "), net.text().rfind("for ")) << net.text();
  EXPECT_EQ(net.run<float>()[5], 6.0f);
}

// A table or a clamp: either way what the table says.
TEST(Unary, CodesFollowTheTable) {
  std::vector<int8_t> codes;
  for (int code = -128; code <= 127; ++code) codes.push_back(static_cast<int8_t>(code));
  for (const UnaryKind kind : {UnaryKind::kLogistic, UnaryKind::kRelu, UnaryKind::kRelu6,
                               UnaryKind::kLeakyRelu, UnaryKind::kHardSwish, UnaryKind::kAbs})
    for (const float out : {0.05f, 0.08f}) {
      Net net;
      net.node(graph::Unary{kind, 0.3f}, {net.input({256}, codes, affine(0.05f, -128))}, DType::kI8, {256},
               affine(out, -128));
      const auto table = quant::unary_table(kind, {0.05f, out, -128, -128, 0.3f}).value();
      ASSERT_EQ(net.run<int8_t>(), std::vector<int8_t>(table.begin(), table.end()));
      if (kind == UnaryKind::kRelu6) {
        EXPECT_EQ(net.text().find("table"), std::string::npos) << net.text();
      }
    }
}

TEST(Unary, RefusesWhatHasNoCodes) {
  Net net;
  net.node(graph::Unary{UnaryKind::kExp, 0}, {net.input<int8_t>({1}, {1}, affine(1, 0))}, DType::kI8, {1},
           affine(1, 0));
  EXPECT_EQ(net.fault(), "not supported: NODE#0: tensor 'x': this function of i8 elements");
}

TEST(PRelu, EveryPairOfCodes) {
  std::vector<int8_t> codes;
  for (int code = -128; code <= 127; ++code) codes.push_back(static_cast<int8_t>(code));
  Net net;
  std::vector<int8_t> xs, wanted;
  for (const int8_t x : codes) xs.insert(xs.end(), 256, x);
  const ValueId x = net.input({256, 256}, xs, affine(0.1f, -5));
  net.node(graph::PRelu{}, {x, net.constant({256}, codes, affine(0.03f, 7))}, DType::kI8, {256, 256},
           affine(0.2f, 2));
  for (const int8_t left : codes)
    for (const int8_t alpha : codes) {
      const int32_t centred = left + 5;
      const int32_t scaled = centred >= 0 ? reference_requantize(centred, double{0.1f} / double{0.2f})
                                          : reference_requantize(centred * (alpha - 7),
                                                                 double{0.1f} * double{0.03f} / double{0.2f});
      wanted.push_back(reference_clamp(int64_t{scaled} + 2));
    }
  EXPECT_EQ(net.run<int8_t>(), wanted);
}

// A chain as one group gives the bytes that its operators give one after the other.
TEST(Epilogue, EqualsTheOperatorsOneByOne) {
  std::mt19937 random(9);
  const Shape x_shape{1, 4, 4, 3}, y_shape{1, 4, 4, 5};
  const auto x = random_elements<int8_t>(x_shape, random, -128, 127);
  const auto weights = random_elements<int8_t>({5, 1, 1, 3}, random, -127, 127);
  const auto addend = random_elements<int8_t>({5}, random, -128, 127);
  const auto q = affine(0.05f, 4), wide = affine(0.2f, -3);
  const graph::Op conv = graph::Conv2D{}, add = graph::Binary{BinaryKind::kAdd, Activation::kNone};
  const graph::Op swish = graph::Unary{UnaryKind::kHardSwish, 0}, back = graph::Dequantize{};

  const auto run_conv = [&](Net& net) {
    const ValueId w = net.constant({5, 1, 1, 3}, weights, affine(0.01f, 0));
    return net.node(conv, {net.input(x_shape, x, q), w, {}}, DType::kI8, y_shape, q);
  };
  const auto run_add = [&](Net& net, ValueId v) {
    return net.node(add, {v, net.constant({5}, addend, q)}, DType::kI8, y_shape, wide);
  };
  Net fused, first, second, third, fourth;
  ValueId v = run_add(fused, run_conv(fused));
  v = fused.node(swish, {v}, DType::kI8, y_shape, wide);
  fused.node(back, {v}, DType::kF32, y_shape);

  run_conv(first);
  run_add(second, second.input(y_shape, first.run<int8_t>(), q));
  third.node(swish, {third.input(y_shape, second.run<int8_t>(), wide)}, DType::kI8, y_shape, wide);
  fourth.node(back, {fourth.input(y_shape, third.run<int8_t>(), wide)}, DType::kF32, y_shape);
  EXPECT_EQ(fused.run<float>(), fourth.run<float>());
}

TEST(Epilogue, TakesOnlyOneComputedInputOfTheSameShape) {
  graph::Graph graph;
  const auto tensor = [&](const Shape& shape, bool constant) {
    graph::Value value{"t", DType::kF32, shape, {}, nullptr};
    if (constant) value.data = std::make_shared<graph::Bytes>(count_of(shape) * 4);
    return graph.add_value(std::move(value));
  };
  const ValueId x = tensor({2, 3}, false), other = tensor({2, 3}, false), row = tensor({3}, true),
                small = tensor({1, 3}, false);
  const ValueId tall = tensor({2, 3}, true), y = tensor({2, 3}, false);
  const auto elementwise = [&](std::vector<ValueId> inputs) {
    return is_elementwise(graph, {graph::Binary{}, std::move(inputs), {y}, "ADD#0"});
  };
  EXPECT_TRUE(elementwise({x, row}));
  EXPECT_TRUE(elementwise({row, x}));
  EXPECT_TRUE(elementwise({x, x}));
  EXPECT_FALSE(elementwise({x, other}));
  EXPECT_FALSE(elementwise({small, tall}));
  EXPECT_FALSE(is_elementwise(graph, {graph::Reshape{}, {x}, {y}, "RESHAPE#0"}));
}

}  // namespace
}  // namespace midge::lower
