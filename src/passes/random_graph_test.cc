// Properties on random small networks: no pass changes what a graph computes, nor does grouping into kernels.
// int8 bit for bit, float within a tolerance. Each case is its seed; a failure prints it and the graph.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "lower/evaluate.h"
#include "passes/passes.h"

namespace midge::passes {
namespace {

using graph::Value;

// Builds a network by adding layers to random earlier results, all of shape [1,H,W,C].
class Builder {
 public:
  Builder(uint32_t seed, DType dtype) : random_(seed), dtype_(dtype) {
    graph_.name = "random";
    graph_.inputs.push_back(value({1, below(6) + 1, below(6) + 1, below(4) + 1}));
    pool_ = graph_.inputs;
  }

  graph::Graph build(int layers) {
    for (int i = 0; i < layers; ++i) add_layer();
    // The last result, and now and then one in the middle.
    graph_.outputs.push_back(pool_.back());
    for (ValueId id : pool_)
      if (id != pool_.back() && producer(graph_, id).valid() && below(8) == 0) graph_.outputs.push_back(id);
    compact(graph_);
    return std::move(graph_);
  }

 private:
  int64_t below(int64_t n) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(n)); }
  float uniform(float low, float high) {
    return low + (high - low) * static_cast<float>(random_() % 10000) / 10000.0f;
  }
  template <class T>
  T one_of(std::initializer_list<T> options) {
    return options.begin()[below(static_cast<int64_t>(options.size()))];
  }

  graph::Quantization parameters() {
    return {{uniform(0.01f, 0.2f)}, {one_of({0, -128, 127, 3, static_cast<int>(below(256)) - 128})}, -1};
  }
  ValueId value(Shape shape) {
    Value made;
    made.dtype = dtype_;
    made.shape = std::move(shape);
    if (dtype_ == DType::kI8) made.quantization = parameters();
    return graph_.add_value(std::move(made));
  }
  ValueId constant(Shape shape, std::optional<graph::Quantization> quantization, DType dtype) {
    Value made;
    made.dtype = dtype;
    made.quantization = std::move(quantization);
    graph::Bytes bytes(static_cast<size_t>(*element_count(shape) * size_of(dtype)));
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random_());
    for (size_t i = 0; dtype != DType::kI8 && i + 4 <= bytes.size(); i += 4) {
      const float real = uniform(-1, 1);
      const auto whole = static_cast<int32_t>(below(20000)) - 10000;
      std::memcpy(&bytes[i], dtype == DType::kF32 ? static_cast<const void*>(&real) : &whole, 4);
    }
    made.shape = std::move(shape);
    made.data = std::make_shared<const graph::Bytes>(std::move(bytes));
    return graph_.add_value(std::move(made));
  }
  ValueId weights(Shape shape, int32_t axis) {
    if (dtype_ == DType::kF32) return constant(std::move(shape), {}, dtype_);
    graph::Quantization q{{}, {}, axis};
    for (int64_t i = 0; i < shape[static_cast<size_t>(axis)]; ++i) q.scales.push_back(uniform(0.001f, 0.02f));
    q.zero_points.assign(q.scales.size(), 0);
    return constant(std::move(shape), std::move(q), dtype_);
  }
  ValueId bias(int64_t channels) {
    if (below(3) == 0) return ValueId{};
    return constant({channels}, {}, dtype_ == DType::kF32 ? DType::kF32 : DType::kI32);
  }
  ValueId operand(Shape shape) {
    std::optional<graph::Quantization> q;
    if (dtype_ == DType::kI8) q = parameters();
    return constant(std::move(shape), std::move(q), dtype_);
  }

  const Shape& shape(ValueId id) { return graph_.value(id).shape; }
  ValueId pick() {
    return below(2) == 0 ? pool_.back() : pool_[static_cast<size_t>(below(std::ssize(pool_)))];
  }

  // Adds a node whose output has shape `out`; `keep`: with its first input's parameters.
  ValueId node(graph::Op op, std::vector<ValueId> inputs, Shape out, bool keep = false) {
    const ValueId made = value(std::move(out));
    if (keep) graph_.value(made).quantization = graph_.value(inputs[0]).quantization;
    const std::string source = std::string(op_name(op)) + "#" + std::to_string(graph_.nodes.size());
    graph_.nodes.push_back({std::move(op), std::move(inputs), {made}, source});
    return made;
  }
  void push(ValueId id) {
    if (*element_count(shape(id)) <= 2000) pool_.push_back(id);
  }

  void add_layer() {
    const ValueId x = pick();
    switch (below(12)) {
      case 0:
      case 1:
        return push(layer(x));
      case 2:
        return push(layer(padded(x)));
      case 3:
        return push(activated(layer(x)));
      case 4:
        return push(scaled(layer(x)));
      case 5:
        return push(scaled(x));
      case 6:
        return push(unary(x));
      case 7:
        return push(moved(x));
      case 8:
        return push(identity(x));
      case 9:
        return push(
            activated(node(graph::Binary{one_of({graph::BinaryKind::kAdd, graph::BinaryKind::kMul}), {}},
                           {x, x}, shape(x))));
      case 10:
        return push(folded(x));
      default:
        return push(requantised(x));
    }
  }

  ValueId layer(ValueId x) {
    const Shape s = shape(x);
    const int64_t kh = below(std::min<int64_t>(3, s[1])) + 1, kw = below(std::min<int64_t>(3, s[2])) + 1;
    graph::Window window;
    window.pad_left = static_cast<int32_t>(below(2));
    window.stride_h = static_cast<int32_t>(below(2)) + 1;
    const int64_t oh = (s[1] - kh) / window.stride_h + 1, ow = s[2] + window.pad_left - kw + 1;
    if (below(4) == 0)
      return node(graph::Pool2D{one_of({graph::PoolKind::kMax, graph::PoolKind::kAverage}), 1, 1, {}, {}},
                  {x}, s, true);
    if (below(2) == 0)
      return node(graph::DepthwiseConv2D{window, 1, {}}, {x, weights({1, kh, kw, s[3]}, 3), bias(s[3])},
                  {1, oh, ow, s[3]});
    const int64_t channels = below(4) + 1;
    return node(graph::Conv2D{window, {}}, {x, weights({channels, kh, kw, s[3]}, 0), bias(channels)},
                {1, oh, ow, channels});
  }
  ValueId padded(ValueId x) {
    graph::Pad pad{graph::PadMode::kConstant, {0, below(2), below(2), 0}, {0, below(2), below(2), 0}, 0};
    if (dtype_ == DType::kI8 && below(4) != 0) pad.value = graph_.value(x).quantization->zero_point();
    Shape out = shape(x);
    for (size_t axis = 0; axis < 4; ++axis) out[axis] += pad.before[axis] + pad.after[axis];
    return node(std::move(pad), {x}, out, below(4) != 0);
  }
  ValueId activated(ValueId x) {
    const auto kind =
        one_of({graph::UnaryKind::kRelu, graph::UnaryKind::kRelu6, graph::UnaryKind::kReluN1To1});
    return node(graph::Unary{kind, 0}, {x}, shape(x), below(4) != 0);
  }
  ValueId scaled(ValueId x) {
    const auto kind = one_of({graph::BinaryKind::kAdd, graph::BinaryKind::kSub, graph::BinaryKind::kMul});
    const ValueId c =
        operand(one_of<Shape>({{}, {shape(x)[3]}, {1, 1, 1, shape(x)[3]}, {shape(x)[1], 1, 1}}));
    return node(graph::Binary{kind, one_of({graph::Activation::kNone, graph::Activation::kRelu})},
                below(2) == 0 ? std::vector{x, c} : std::vector{c, x}, shape(x));
  }
  ValueId unary(ValueId x) {
    return node(graph::Unary{one_of({graph::UnaryKind::kLeakyRelu, graph::UnaryKind::kHardSwish,
                                     graph::UnaryKind::kAbs, graph::UnaryKind::kRelu}),
                             0.1f},
                {x}, shape(x));
  }
  ValueId moved(ValueId x) {
    const Shape s = shape(x);
    switch (below(4)) {
      case 0:
        return node(graph::Transpose{{0, 2, 1, 3}}, {x}, {s[0], s[2], s[1], s[3]}, true);
      case 1:
        return node(graph::Reshape{}, {node(graph::Reshape{}, {x}, {s[1] * s[2], s[3]}, below(2) == 0)},
                    {1, s[2], s[1], s[3]}, below(2) == 0);
      case 2:
        return node(graph::Concat{1, {}}, {x, x}, {s[0], s[1] * 2, s[2], s[3]}, true);
      default:
        return node(graph::Slice{{0, s[1] - 1, 0, 0}, {1, -1, 1, 1}}, {x}, s, true);
    }
  }
  ValueId identity(ValueId x) {
    const Shape s = shape(x);
    const bool keep = below(4) != 0;
    if (s[3] == 1 && below(2) == 0) return node(graph::Transpose{{3, 1, 2, 0}}, {x}, s, keep);
    switch (below(4)) {
      case 0:
        return node(graph::Reshape{}, {x}, s, keep);
      case 1:
        return node(graph::Slice{{0, 0, 0, 0}, {1, 1, 1, 1}}, {x}, s, keep);
      case 2:
        return node(graph::Tile{{1, 1, 1, 1}}, {x}, s, keep);
      default:
        return node(graph::Pad{graph::PadMode::kReflect, {0, 0, 0, 0}, {0, 0, 0, 0}, 0}, {x}, s, keep);
    }
  }
  ValueId folded(ValueId x) {
    const Shape s = shape(x);
    const ValueId c =
        node(graph::Unary{graph::UnaryKind::kAbs, 0}, {operand({s[3], s[2], 1})}, {s[3], s[2], 1});
    const ValueId turned = node(graph::Transpose{{2, 1, 0}}, {c}, {1, s[2], s[3]}, true);
    return node(graph::Binary{graph::BinaryKind::kMaximum, {}}, {x, turned}, s, true);
  }
  ValueId requantised(ValueId x) {
    if (dtype_ == DType::kF32) return unary(x);
    return node(graph::Quantize{}, {x}, shape(x), below(3) == 0);
  }

  std::mt19937 random_;
  DType dtype_;
  graph::Graph graph_;
  std::vector<ValueId> pool_;  // results that layers may read
};

std::vector<graph::Bytes> random_inputs(const graph::Graph& graph, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<graph::Bytes> inputs;
  for (ValueId id : graph.inputs) {
    const Value& value = graph.value(id);
    graph::Bytes bytes(static_cast<size_t>(byte_size(value)));
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    for (size_t i = 0; value.dtype == DType::kF32 && i < bytes.size(); i += 4) {
      const float real = static_cast<float>(random() % 2001) / 1000.0f - 1.0f;
      std::memcpy(&bytes[i], &real, 4);
    }
    inputs.push_back(std::move(bytes));
  }
  return inputs;
}

// As the program will run: group by group, views without any code.
Result<std::vector<graph::Bytes>> evaluate_groups(const graph::Graph& graph,
                                                  std::span<const graph::Bytes> inputs) {
  std::vector<graph::Bytes> values(graph.values.size());
  for (size_t i = 0; i < inputs.size(); ++i) values[graph.inputs[i].at()] = inputs[i];
  const std::vector<lower::Group> groups = fuse(graph);
  auto group = groups.begin();
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const graph::Node& node = graph.nodes[i];
    if (is_view(graph, node))
      values[node.outputs[0].at()] = values[node.inputs[0].at()];
    else if (group != groups.end() && group->nodes[0].at() == i)
      MIDGE_TRY(lower::evaluate_group(graph, *group++, values));
  }
  EXPECT_EQ(group, groups.end());
  std::vector<graph::Bytes> outputs;
  for (ValueId id : graph.outputs) outputs.push_back(values[id.at()]);
  return outputs;
}

void expect_close(const graph::Bytes& a, const graph::Bytes& b, const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  float largest = 1;
  std::vector<float> x(a.size() / 4), y(a.size() / 4);
  std::memcpy(x.data(), a.data(), a.size());
  std::memcpy(y.data(), b.data(), b.size());
  for (float entry : x) largest = std::max(largest, std::abs(entry));
  for (size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(x[i], y[i], 1e-5f * largest) << what << " element " << i;
}

void expect_same(DType dtype, const std::vector<graph::Bytes>& a, const Result<std::vector<graph::Bytes>>& b,
                 const std::string& what) {
  ASSERT_TRUE(b) << what << b.error().message;
  ASSERT_EQ(a.size(), b->size()) << what;
  for (size_t i = 0; i < a.size(); ++i)
    if (dtype == DType::kF32)
      expect_close(a[i], (*b)[i], what);
    else
      ASSERT_EQ(a[i], (*b)[i]) << what;
}

void check_seed(uint32_t seed, DType dtype) {
  graph::Graph graph = Builder(seed, dtype).build(7);
  const std::string text = print(graph);
  const std::string where = "seed " + std::to_string(seed) + "\n" + text;
  const Result<void> sound = verify(graph);
  ASSERT_TRUE(sound) << sound.error().message << "\n" << where;
  const std::vector<graph::Bytes> inputs = random_inputs(graph, seed);
  const Result<std::vector<graph::Bytes>> expected = lower::evaluate(graph, inputs);
  ASSERT_TRUE(expected) << expected.error().message << "\n" << where;
  ASSERT_NO_FATAL_FAILURE(expect_same(dtype, *expected, evaluate_groups(graph, inputs), "grouped, " + where));
  for (const Pass& pass : pipeline()) {
    pass.run(graph);
    const std::string after = "after " + std::string(pass.name) + ", " + where + "\n" + print(graph);
    const Result<void> still_sound = verify(graph);
    ASSERT_TRUE(still_sound) << still_sound.error().message << "\n" << after;
    ASSERT_NO_FATAL_FAILURE(expect_same(dtype, *expected, lower::evaluate(graph, inputs), after));
  }
  ASSERT_NO_FATAL_FAILURE(
      expect_same(dtype, *expected, evaluate_groups(graph, inputs), "all and grouped, " + where));
  // The text form knows every network that can be built.
  const Result<graph::Graph> again = graph::parse(text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(print(*again), text);
}

TEST(RandomGraphs, PassesAndGroupsKeepInt8BitForBit) {
  for (uint32_t seed = 0; seed < 150; ++seed) ASSERT_NO_FATAL_FAILURE(check_seed(seed, DType::kI8));
}

TEST(RandomGraphs, PassesAndGroupsKeepFloat) {
  for (uint32_t seed = 0; seed < 150; ++seed) ASSERT_NO_FATAL_FAILURE(check_seed(seed, DType::kF32));
}

TEST(RandomGraphs, EveryPassFindsWork) {
  std::vector<int> counts(pipeline().size(), 0);
  for (uint32_t seed = 0; seed < 300; ++seed) {
    graph::Graph graph = Builder(seed, seed % 2 == 0 ? DType::kF32 : DType::kI8).build(7);
    for (size_t i = 0; i < counts.size(); ++i) counts[i] += pipeline()[i].run(graph);
  }
  for (size_t i = 0; i < counts.size(); ++i) EXPECT_GT(counts[i], 5) << pipeline()[i].name;
}

}  // namespace
}  // namespace midge::passes
