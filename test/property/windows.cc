// Rows of the operators that walk a window over an image, and of the plain matrix products.
#include <algorithm>

#include "property/random_graph.h"

namespace midge::test {
namespace {

using graph::Activation;

Activation activation(Random& random) {
  return random.one_of({Activation::kNone, Activation::kRelu, Activation::kRelu6, Activation::kReluN1To1});
}

int64_t channels(Random& random) {
  return random.one_in(6) ? random.pick(14, 40) : random.one_of<int64_t>({1, 2, 3, 4, 5, 6, 7, 8, 9, 13});
}

// One direction of a window that fits into the padded image.
struct Direction {
  int64_t kernel = 1;
  int32_t stride = 1, dilation = 1, before = 0, after = 0;
};

Direction direction(Random& random, int64_t in) {
  Direction d;
  d.kernel = random.one_in(6) ? random.pick(4, 7) : random.pick(1, 3);
  d.stride = static_cast<int32_t>(random.one_in(3) ? random.pick(2, 5) : 1);
  d.dilation = static_cast<int32_t>(random.one_in(4) ? random.pick(2, 3) : 1);
  const auto padding = [&] { return random.one_in(2) ? 0 : static_cast<int32_t>(random.pick(0, d.kernel)); };
  d.before = padding();
  d.after = padding();
  const int64_t missing = (d.kernel - 1) * d.dilation + 1 - (in + d.before + d.after);
  if (missing > 0) {
    const int64_t share = random.pick(0, missing);
    d.before += static_cast<int32_t>(share);
    d.after += static_cast<int32_t>(missing - share);
  }
  return d;
}

graph::Window window(const Direction& h, const Direction& w) {
  return {h.stride, w.stride, h.dilation, w.dilation, h.before, h.after, w.before, w.after};
}

ValueId add_conv2d(Net& net, ValueId x) {
  Random& random = net.random();
  const Shape s = net.shape(x);
  const Direction h = direction(random, s[1]), w = direction(random, s[2]);
  int64_t groups = 1;
  if (random.one_in(4))
    for (int64_t g = 2; g <= s[3]; ++g)
      if (s[3] % g == 0 && random.one_in(2)) groups = g;
  const int64_t out = groups * (groups > 1 ? random.pick(1, 3) : channels(random));
  const DType dtype = net.dtype(x);
  const ValueId weights = net.weights(dtype, {out, h.kernel, w.kernel, s[3] / groups}, 0);
  return net.node(graph::Conv2D{window(h, w), activation(random)}, {x, weights, net.bias(dtype, out)});
}

ValueId add_depthwise(Net& net, ValueId x) {
  Random& random = net.random();
  const Shape s = net.shape(x);
  const Direction h = direction(random, s[1]), w = direction(random, s[2]);
  const int64_t multiplier = random.one_in(2) ? 1 : random.pick(2, 4), out = s[3] * multiplier;
  const DType dtype = net.dtype(x);
  const ValueId weights = net.weights(dtype, {1, h.kernel, w.kernel, out}, 3);
  return net.node(graph::DepthwiseConv2D{window(h, w), static_cast<int32_t>(multiplier), activation(random)},
                  {x, weights, net.bias(dtype, out)});
}

ValueId add_transpose_conv(Net& net, ValueId x) {
  Random& random = net.random();
  const Shape s = net.shape(x);
  Direction h = direction(random, s[1]), w = direction(random, s[2]);
  h.dilation = w.dilation = 1;
  const int64_t out = channels(random);
  // The usual extent, or any: what nothing reaches is the bias, what falls outside is dropped.
  const auto extent = [&](int64_t in, const Direction& d) {
    const int64_t usual = (in - 1) * d.stride + d.kernel - d.before - d.after;
    return usual < 1 || random.one_in(4) ? random.pick(1, 12) : usual;
  };
  const Shape y = {s[0], extent(s[1], h), extent(s[2], w), out};
  const DType dtype = net.dtype(x);
  const ValueId weights = net.weights(dtype, {out, h.kernel, w.kernel, s[3]}, 0);
  return net.node(graph::TransposeConv2D{window(h, w), activation(random)},
                  {x, weights, net.bias(dtype, out)}, dtype, y);
}

ValueId add_fully_connected(Net& net, ValueId x) {
  Random& random = net.random();
  const Shape s = net.shape(x);
  const int64_t count = element_count(s).value_or(1);
  const int64_t depth = s.empty() || random.one_in(4) ? count : s.back();
  const int64_t rows = count / depth, out = random.pick(1, 17);
  const DType dtype = net.dtype(x);
  const ValueId weights = net.weights(dtype, {out, depth}, 0);
  Shape y = {rows, out};
  if (!s.empty() && depth == s.back() && random.one_in(2)) {
    y = s;
    y.back() = out;
  }
  return net.node(graph::FullyConnected{activation(random)}, {x, weights, net.bias(dtype, out)}, dtype, y);
}

// x's leading axes and the other operand's broadcast against each other.
ValueId add_batch_matmul(Net& net, ValueId x) {
  Random& random = net.random();
  const Shape s = net.shape(x);
  graph::BatchMatMul op{random.one_in(2), random.one_in(2)};
  const int64_t inner = op.adj_x ? s[s.size() - 2] : s.back(), columns = random.pick(1, 9);
  Shape other(s.begin(), s.end() - 2);
  for (int64_t& extent : other) extent = extent == 1 ? random.pick(1, 3) : random.one_in(3) ? 1 : extent;
  other.erase(other.begin(), other.begin() + random.pick(0, std::ssize(other)));
  other.insert(other.end(), {inner, columns});
  if (op.adj_y) std::swap(other.end()[-1], other.end()[-2]);
  const DType dtype = net.dtype(x);
  if (random.one_in(6)) return net.node(graph::BatchMatMul{false, true}, {x, x});
  return net.node(op, {x, net.operand(dtype, other)});
}

ValueId add_pool(Net& net, ValueId x) {
  Random& random = net.random();
  const Shape s = net.shape(x);
  Direction h = direction(random, s[1]), w = direction(random, s[2]);
  h.dilation = w.dilation = 1;
  for (Direction* d : {&h, &w}) {
    d->before = static_cast<int32_t>(random.pick(0, d->kernel - 1));
    d->after = static_cast<int32_t>(random.pick(0, d->kernel - 1));
  }
  const graph::Pool2D op{random.one_of({graph::PoolKind::kMax, graph::PoolKind::kAverage}),
                         static_cast<int32_t>(h.kernel), static_cast<int32_t>(w.kernel), window(h, w),
                         activation(random)};
  const ValueId y = net.node(op, {x});
  return random.one_in(8) ? y : net.quantized_as(y, x);
}

}  // namespace

std::vector<Kind> window_kinds() {
  std::vector<Kind> rows;
  for (const DType dtype : {DType::kI8, DType::kF32}) {
    const std::string suffix = "_" + std::string(name_of(dtype));
    rows.push_back({"conv2d" + suffix, "convolutions", dtype, 4, 4, add_conv2d});
    rows.push_back({"depthwise_conv2d" + suffix, "convolutions", dtype, 4, 4, add_depthwise});
    rows.push_back({"transpose_conv2d" + suffix, "convolutions", dtype, 4, 4, add_transpose_conv});
    rows.push_back({"pool2d" + suffix, "products", dtype, 4, 4, add_pool});
    rows.push_back({"fully_connected" + suffix, "products", dtype, 0, 5, add_fully_connected});
    rows.push_back({"batch_matmul" + suffix, "products", dtype, 2, 5, add_batch_matmul});
  }
  return rows;
}

}  // namespace midge::test
