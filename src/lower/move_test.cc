// Operators that rearrange elements: the elements are counted, so that each output element says where it came
// from.
#include "lower/move.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "lower/lower_testing.h"

namespace midge::lower {
namespace {

using namespace testing;

// For an output index the input index it shows, or none for padding.
using SourceOf = std::function<std::optional<Shape>(const Shape&)>;

constexpr int kRounds = 40;
constexpr float kPadding = -7.0f;

std::vector<float> expected(const Shape& x, const Shape& y, const SourceOf& source_of) {
  std::vector<float> elements;
  for_each_index(y, [&](const Shape& index) {
    const auto source = source_of(index);
    elements.push_back(source ? static_cast<float>(flat(x, *source)) : kPadding);
  });
  return elements;
}

// The operator alone, and with an addition fused that broadcasts over random axes: then runs may not merge
// there.
void check(std::mt19937& random, const graph::Op& op, const Shape& x, const Shape& y,
           const SourceOf& source_of, const std::vector<int32_t>& indices = {},
           const Shape& indices_shape = {}) {
  std::vector<float> wanted = expected(x, y, source_of);
  for (const bool fused : {false, true}) {
    Net net;
    std::vector<ValueId> inputs{net.input(x, counting<float>(x))};
    if (std::holds_alternative<graph::Gather>(op)) inputs.push_back(net.constant(indices_shape, indices));
    const ValueId moved = net.node(op, inputs, DType::kF32, y);
    if (fused) {
      Shape shape = y;
      for (int64_t& extent : shape)
        if (pick(random, 0, 1) == 1) extent = 1;
      const std::vector<float> addend = counting<float>(shape, 1000.0f);
      net.node(graph::Binary{graph::BinaryKind::kAdd, graph::Activation::kNone},
               {moved, net.constant(shape, addend)}, DType::kF32, y);
      size_t n = 0;
      for_each_index(y, [&](Shape index) {
        for (size_t axis = 0; axis < index.size(); ++axis) index[axis] = shape[axis] == 1 ? 0 : index[axis];
        wanted[n++] += addend[flat(shape, index)];
      });
    }
    ASSERT_EQ(net.run<float>(), wanted) << net.text();
  }
}

TEST(Move, ReshapeKeepsTheOrder) {
  Net net;
  const ValueId x = net.input<int64_t>({2, 3, 4}, counting<int64_t>({2, 3, 4}));
  net.node(graph::Reshape{}, {x}, DType::kI64, {4, 6});
  EXPECT_EQ(net.run<int64_t>(), counting<int64_t>({24}));
}

TEST(Move, ReshapeOfAScalar) {
  Net net;
  net.node(graph::Reshape{}, {net.input<int32_t>({}, {5})}, DType::kI32, {1, 1});
  EXPECT_EQ(net.run<int32_t>(), std::vector<int32_t>{5});
}

TEST(Move, Transpose) {
  std::mt19937 random(1);
  for (int round = 0; round < kRounds; ++round) {
    const Shape x = random_shape(random, static_cast<size_t>(round % 7));
    std::vector<int32_t> perm(x.size());
    std::iota(perm.begin(), perm.end(), 0);
    std::ranges::shuffle(perm, random);
    Shape y;
    for (const int32_t axis : perm) y.push_back(x[static_cast<size_t>(axis)]);
    check(random, graph::Transpose{perm}, x, y, [&](const Shape& index) {
      Shape source(x.size());
      for (size_t axis = 0; axis < x.size(); ++axis) source[static_cast<size_t>(perm[axis])] = index[axis];
      return source;
    });
  }
}

TEST(Move, TransposeThatMovesOnlyExtentsOfOneIsOneLoop) {
  Net net;
  net.node(graph::Transpose{{0, 3, 1, 2}}, {net.input({1, 4, 5, 1}, counting<float>({20}))}, DType::kF32,
           {1, 1, 4, 5});
  EXPECT_EQ(net.run<float>(), counting<float>({20}));
  EXPECT_EQ(net.text().find("for"), net.text().rfind("for")) << net.text();
}

TEST(Move, SliceWithStepsOfBothSigns) {
  std::mt19937 random(2);
  for (int round = 0; round < kRounds; ++round) {
    const Shape x = random_shape(random, 1 + static_cast<size_t>(round % 5));
    graph::Slice op;
    Shape y;
    for (const int64_t extent : x) {
      const int64_t stride = pick(random, 0, 1) == 1 ? pick(random, 1, 3) : -pick(random, 1, 3);
      const int64_t begin = pick(random, 0, extent - 1);
      const int64_t room = stride > 0 ? (extent - 1 - begin) / stride : begin / -stride;
      op.begin.push_back(begin);
      op.stride.push_back(stride);
      y.push_back(pick(random, 1, room + 1));
    }
    check(random, op, x, y, [&](const Shape& index) {
      Shape source(x.size());
      for (size_t axis = 0; axis < x.size(); ++axis)
        source[axis] = op.begin[axis] + index[axis] * op.stride[axis];
      return source;
    });
  }
}

TEST(Move, Tile) {
  std::mt19937 random(3);
  for (int round = 0; round < kRounds; ++round) {
    const Shape x = random_shape(random, 1 + static_cast<size_t>(round % 5));
    graph::Tile op;
    Shape y;
    for (const int64_t extent : x) {
      op.multiples.push_back(pick(random, 1, 3));
      y.push_back(extent * op.multiples.back());
    }
    check(random, op, x, y, [&](Shape index) {
      for (size_t axis = 0; axis < x.size(); ++axis) index[axis] %= x[axis];
      return index;
    });
  }
}

TEST(Move, PadConstant) {
  std::mt19937 random(4);
  for (int round = 0; round < kRounds; ++round) {
    const Shape x = random_shape(random, 1 + static_cast<size_t>(round % 5));
    graph::Pad op{graph::PadMode::kConstant, {}, {}, kPadding};
    Shape y;
    for (const int64_t extent : x) {
      op.before.push_back(std::max<int64_t>(0, pick(random, -2, 2)));
      op.after.push_back(std::max<int64_t>(0, pick(random, -2, 2)));
      y.push_back(op.before.back() + extent + op.after.back());
    }
    check(random, op, x, y, [&](Shape index) -> std::optional<Shape> {
      for (size_t axis = 0; axis < x.size(); ++axis) {
        index[axis] -= op.before[axis];
        if (index[axis] < 0 || index[axis] >= x[axis]) return {};
      }
      return index;
    });
  }
}

TEST(Move, PadMirrored) {
  std::mt19937 random(5);
  for (int round = 0; round < kRounds; ++round) {
    const Shape x = random_shape(random, 1 + static_cast<size_t>(round % 4));
    const int64_t edge = round % 2;
    graph::Pad op{edge == 1 ? graph::PadMode::kReflect : graph::PadMode::kSymmetric, {}, {}, 0.0};
    Shape y;
    for (const int64_t extent : x) {
      op.before.push_back(pick(random, 0, extent - edge));
      op.after.push_back(pick(random, 0, extent - edge));
      y.push_back(op.before.back() + extent + op.after.back());
    }
    check(random, op, x, y, [&](Shape index) {
      for (size_t axis = 0; axis < x.size(); ++axis) {
        int64_t i = index[axis] - op.before[axis];
        if (i < 0) i = -i - 1 + edge;
        if (i >= x[axis]) i = 2 * x[axis] - 1 - i - edge;
        index[axis] = i;
      }
      return index;
    });
  }
}

TEST(Move, GatherWithAnyIndicesShape) {
  std::mt19937 random(6);
  for (int round = 0; round < 2 * kRounds; ++round) {
    const Shape x = random_shape(random, 1 + static_cast<size_t>(round % 4));
    const auto batch_dims = static_cast<size_t>(pick(random, 0, static_cast<int64_t>(x.size()) - 1));
    const auto axis = static_cast<size_t>(
        pick(random, static_cast<int64_t>(batch_dims), static_cast<int64_t>(x.size()) - 1));
    const Shape picks = random_shape(random, static_cast<size_t>(pick(random, 0, 2)));
    Shape indices_shape(x.begin(), x.begin() + static_cast<int64_t>(batch_dims));
    indices_shape.insert(indices_shape.end(), picks.begin(), picks.end());
    const auto indices = random_elements<int32_t>(indices_shape, random, 0, static_cast<int>(x[axis]) - 1);
    Shape y(x.begin(), x.begin() + static_cast<int64_t>(axis));
    y.insert(y.end(), picks.begin(), picks.end());
    y.insert(y.end(), x.begin() + static_cast<int64_t>(axis) + 1, x.end());
    const graph::Gather op{static_cast<int32_t>(axis), static_cast<int32_t>(batch_dims)};
    const SourceOf source_of = [&](const Shape& index) {
      Shape at(index.begin(), index.begin() + static_cast<int64_t>(batch_dims));
      for (size_t p = 0; p < picks.size(); ++p) at.push_back(index[axis + p]);
      Shape source;
      for (size_t a = 0; a < x.size(); ++a) {
        if (a < axis)
          source.push_back(index[a]);
        else if (a == axis)
          source.push_back(indices[flat(indices_shape, at)]);
        else
          source.push_back(index[a - 1 + picks.size()]);
      }
      return source;
    };
    check(random, op, x, y, source_of, indices, indices_shape);
  }
}

TEST(Move, GatherInManyBatchesIsOneNest) {
  Net net;
  const Shape x{500, 2, 3}, y{500, 2, 2};
  const ValueId indices = net.constant<int32_t>({500, 2}, std::vector<int32_t>(1000, 1));
  net.node(graph::Gather{2, 1}, {net.input(x, counting<int8_t>(x)), indices}, DType::kI8, y);
  const std::string text = net.text();
  EXPECT_EQ(text.find("y["), text.rfind("y[")) << text;
}

TEST(Move, GatherInProgressionNeedsNoTable) {
  Net net;
  const ValueId x = net.input({6, 2}, counting<float>({6, 2}));
  net.node(graph::Gather{0, 0}, {x, net.constant<int32_t>({3}, {5, 3, 1})}, DType::kF32, {3, 2});
  EXPECT_EQ(net.run<float>(), (std::vector<float>{10, 11, 6, 7, 2, 3}));
  EXPECT_EQ(net.text().find("offsets"), std::string::npos) << net.text();
}

TEST(Move, GatherByComputedIndices) {
  Net net;
  const ValueId x = net.input({6, 2}, counting<float>({6, 2}));
  net.node(graph::Gather{0, 0}, {x, net.input<int32_t>({2}, {0, 6})}, DType::kF32, {2, 2});
  EXPECT_NE(net.fault().find("computed"), std::string::npos) << net.fault();
}

TEST(Move, SpaceToDepthAndBack) {
  std::mt19937 random(7);
  for (const int64_t block : {1, 2, 3}) {
    for (const int64_t channels : {1, 2}) {
      const Shape wide{2, 2 * block, 3 * block, channels}, deep{2, 2, 3, block * block * channels};
      check(random, graph::SpaceToDepth{static_cast<int32_t>(block)}, wide, deep, [&](const Shape& i) {
        const int64_t place = i[3] / channels;
        return Shape{i[0], i[1] * block + place / block, i[2] * block + place % block, i[3] % channels};
      });
      check(random, graph::DepthToSpace{static_cast<int32_t>(block)}, deep, wide, [&](const Shape& i) {
        const int64_t place = i[1] % block * block + i[2] % block;
        return Shape{i[0], i[1] / block, i[2] / block, place * channels + i[3]};
      });
    }
  }
}

TEST(Move, ConcatOfAnyTypeAlongAnyAxis) {
  for (const int32_t axis : {0, 1, 2}) {
    Net net;
    std::vector<ValueId> inputs;
    std::vector<std::vector<int64_t>> elements;
    Shape y{2, 3, 2}, part = y;
    y[static_cast<size_t>(axis)] = 0;
    std::vector<Shape> shapes;
    for (const int64_t extent : {2, 1, 3}) {
      part[static_cast<size_t>(axis)] = extent;
      y[static_cast<size_t>(axis)] += extent;
      shapes.push_back(part);
      elements.push_back(counting<int64_t>(part, 100 * extent));
      inputs.push_back(extent == 1 ? net.constant(part, elements.back()) : net.input(part, elements.back()));
    }
    net.node(graph::Concat{axis, graph::Activation::kNone}, inputs, DType::kI64, y);
    std::vector<int64_t> wanted;
    for_each_index(y, [&](Shape index) {
      size_t n = 0;
      for (int64_t& i = index[static_cast<size_t>(axis)]; i >= shapes[n][static_cast<size_t>(axis)]; ++n)
        i -= shapes[n][static_cast<size_t>(axis)];
      wanted.push_back(elements[n][flat(shapes[n], index)]);
    });
    EXPECT_EQ(net.run<int64_t>(), wanted) << net.text();
  }
}

TEST(Move, ConcatRequantisesAndClamps) {
  Net net;
  const ValueId a = net.input<int8_t>({3}, {-128, 0, 127}, affine(0.5f, 0));
  const ValueId b = net.input<int8_t>({3}, {-128, -10, 127}, affine(1.0f, -10));
  net.node(graph::Concat{0, graph::Activation::kRelu}, {a, b}, DType::kI8, {6}, affine(0.5f, 0));
  EXPECT_EQ(net.run<int8_t>(), (std::vector<int8_t>{0, 0, 127, 0, 0, 127}));
}

TEST(Move, EveryElementTypeMovesAsItIs) {
  const auto reversed = []<class T>(const std::vector<T>& elements) {
    Net net;
    const Shape shape{static_cast<int64_t>(elements.size())};
    const graph::Slice op{{shape[0] - 1}, {-1}};
    net.node(op, {net.input(shape, elements)}, dtype_of<T>(), shape);
    return net.run<T>();
  };
  EXPECT_EQ(reversed(std::vector<int8_t>{-128, 3, 127}), (std::vector<int8_t>{127, 3, -128}));
  EXPECT_EQ(reversed(std::vector<int32_t>{1, 2, INT32_MIN}), (std::vector<int32_t>{INT32_MIN, 2, 1}));
  EXPECT_EQ(reversed(std::vector<int64_t>{1, INT64_MAX}), (std::vector<int64_t>{INT64_MAX, 1}));
}

}  // namespace
}  // namespace midge::lower
