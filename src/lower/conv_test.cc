// Convolutions on random shapes against their definitions written as plain loops.
#include <gtest/gtest.h>

#include "lower/lower_testing.h"
#include "lower/reference_testing.h"

namespace midge::lower {
namespace {

using namespace testing;

enum class Kind { kConv, kDepthwise, kTranspose };

// One random problem; the shapes are valid for its kind.
struct Problem {
  Kind kind = Kind::kConv;
  int64_t n = 1, h = 1, w = 1, c = 1, oh = 1, ow = 1, oc = 1, kh = 1, kw = 1, groups = 1, multiplier = 1;
  graph::Window window;
  int32_t zx = 0, zy = 0;
  float sx = 1, sy = 1;
  std::vector<float> sw;
  std::vector<int8_t> x, weights;
  std::vector<int32_t> bias;
  bool has_bias = true;

  int64_t filter_channels() const { return kind == Kind::kDepthwise ? oc : c / groups; }
  size_t weight_index(int64_t o, int64_t i, int64_t j, int64_t k) const {
    if (kind == Kind::kDepthwise) return static_cast<size_t>((i * kw + j) * oc + o);
    return static_cast<size_t>(((o * kh + i) * kw + j) * filter_channels() + k);
  }
};

Shape weight_shape(const Problem& p) {
  if (p.kind == Kind::kDepthwise) return {1, p.kh, p.kw, p.oc};
  return {p.oc, p.kh, p.kw, p.filter_channels()};
}

float real(std::mt19937& random, float low, float high) {
  return low + (high - low) * static_cast<float>(pick(random, 0, 9999)) / 10000.0f;
}

int64_t window_outputs(int64_t input, int64_t taps, int32_t stride, int32_t dilation, int32_t before,
                       int32_t after) {
  return (input + before + after - (taps - 1) * dilation - 1) / stride + 1;
}

Problem random_problem(std::mt19937& random, Kind kind) {
  Problem p;
  p.kind = kind;
  const bool transpose = kind == Kind::kTranspose;
  p.n = pick(random, 1, 2), p.h = pick(random, 1, 7), p.w = pick(random, 1, 7);
  p.kh = pick(random, 1, 4), p.kw = pick(random, 1, 4);
  p.groups = kind == Kind::kConv ? pick(random, 1, 2) : 1;
  p.c = p.groups * pick(random, 1, 3);
  p.multiplier = pick(random, 1, 3);
  p.oc = kind == Kind::kDepthwise ? p.c * p.multiplier : p.groups * pick(random, 1, 3);
  const auto small = [&](int64_t low, int64_t high) { return static_cast<int32_t>(pick(random, low, high)); };
  graph::Window& window = p.window;
  window.stride_h = small(1, 3), window.stride_w = small(1, 3);
  if (transpose) {
    window.pad_top = small(0, p.kh - 1), window.pad_left = small(0, p.kw - 1);
    p.oh = std::max<int64_t>(1, (p.h - 1) * window.stride_h + p.kh - window.pad_top - small(0, 1));
    p.ow = std::max<int64_t>(1, (p.w - 1) * window.stride_w + p.kw - window.pad_left - small(0, 1));
    window.pad_bottom = static_cast<int32_t>((p.h - 1) * window.stride_h + p.kh - window.pad_top - p.oh);
    window.pad_right = static_cast<int32_t>((p.w - 1) * window.stride_w + p.kw - window.pad_left - p.ow);
  } else {
    window.dilation_h = small(1, 2), window.dilation_w = small(1, 2);
    const int64_t span_h = (p.kh - 1) * window.dilation_h, span_w = (p.kw - 1) * window.dilation_w;
    window.pad_top = small(0, span_h), window.pad_left = small(0, span_w);
    window.pad_bottom = small(std::max<int64_t>(0, span_h + 1 - p.h - window.pad_top), span_h);
    window.pad_right = small(std::max<int64_t>(0, span_w + 1 - p.w - window.pad_left), span_w);
    p.oh = window_outputs(p.h, p.kh, window.stride_h, window.dilation_h, window.pad_top, window.pad_bottom);
    p.ow = window_outputs(p.w, p.kw, window.stride_w, window.dilation_w, window.pad_left, window.pad_right);
  }
  p.zx = small(-128, 127), p.zy = small(-128, 127);
  p.sx = real(random, 0.01f, 0.2f), p.sy = real(random, 0.05f, 0.3f);
  const int64_t scales = pick(random, 0, 1) == 0 ? 1 : p.oc;
  // Now and then a scale so large that the multiplier exceeds 1.
  for (int64_t i = 0; i < scales; ++i)
    p.sw.push_back(real(random, 0.001f, pick(random, 0, 4) == 0 ? 4.0f : 0.05f));
  p.x = random_elements<int8_t>({p.n, p.h, p.w, p.c}, random, -128, 127);
  p.weights = random_elements<int8_t>(weight_shape(p), random, -127, 127);
  p.bias = random_elements<int32_t>({p.oc}, random, -5000, 5000);
  p.has_bias = pick(random, 0, 3) != 0;
  return p;
}

// acc for every output element, by scattering every input into every output it reaches.
std::vector<int32_t> reference_sums(const Problem& p) {
  std::vector<int32_t> sums(static_cast<size_t>(p.n * p.oh * p.ow * p.oc));
  const auto add = [&](int64_t n, int64_t y, int64_t x, int64_t o, int64_t ih, int64_t iw, int64_t ic,
                       int32_t w) {
    const int32_t code = p.x[static_cast<size_t>(((n * p.h + ih) * p.w + iw) * p.c + ic)];
    sums[static_cast<size_t>(((n * p.oh + y) * p.ow + x) * p.oc + o)] += (code - p.zx) * w;
  };
  const graph::Window& win = p.window;
  for (int64_t n = 0; n < p.n; ++n)
    for (int64_t ih = 0; ih < p.h; ++ih)
      for (int64_t iw = 0; iw < p.w; ++iw)
        for (int64_t ic = 0; ic < p.c; ++ic)
          for (int64_t o = 0; o < p.oc; ++o)
            for (int64_t i = 0; i < p.kh; ++i)
              for (int64_t j = 0; j < p.kw; ++j) {
                int64_t y = 0, x = 0;
                if (p.kind == Kind::kTranspose) {
                  y = ih * win.stride_h - win.pad_top + i, x = iw * win.stride_w - win.pad_left + j;
                } else {
                  const int64_t top = ih + win.pad_top - i * win.dilation_h;
                  const int64_t left = iw + win.pad_left - j * win.dilation_w;
                  if (top < 0 || top % win.stride_h != 0 || left < 0 || left % win.stride_w != 0) continue;
                  y = top / win.stride_h, x = left / win.stride_w;
                }
                if (y < 0 || y >= p.oh || x < 0 || x >= p.ow) continue;
                int64_t k = ic;
                if (p.kind == Kind::kDepthwise && o / p.multiplier != ic) continue;
                if (p.kind == Kind::kConv) {
                  const int64_t share = p.c / p.groups;
                  if (ic / share != o / (p.oc / p.groups)) continue;
                  k = ic % share;
                }
                add(n, y, x, o, ih, iw, ic, p.weights[p.weight_index(o, i, j, k)]);
              }
  return sums;
}

std::vector<int8_t> reference(const Problem& p) {
  std::vector<int8_t> y;
  const auto sums = reference_sums(p);
  for (size_t i = 0; i < sums.size(); ++i) {
    const size_t o = i % static_cast<size_t>(p.oc);
    const double real = double{p.sx} * double{p.sw[p.sw.size() == 1 ? 0 : o]} / double{p.sy};
    y.push_back(
        reference_clamp(int64_t{reference_requantize(sums[i] + (p.has_bias ? p.bias[o] : 0), real)} + p.zy));
  }
  return y;
}

graph::Op op_of(const Problem& p) {
  if (p.kind == Kind::kConv) return graph::Conv2D{p.window, graph::Activation::kNone};
  if (p.kind == Kind::kTranspose) return graph::TransposeConv2D{p.window, graph::Activation::kNone};
  return graph::DepthwiseConv2D{p.window, static_cast<int32_t>(p.multiplier), graph::Activation::kNone};
}

std::vector<int8_t> compiled_i8(const Problem& p) {
  Net net;
  graph::Quantization weights{p.sw, std::vector<int32_t>(p.sw.size(), 0), -1};
  if (p.sw.size() > 1) weights.axis = p.kind == Kind::kDepthwise ? 3 : 0;
  const ValueId x = net.input({p.n, p.h, p.w, p.c}, p.x, affine(p.sx, p.zx));
  const ValueId w = net.constant(weight_shape(p), p.weights, weights);
  const ValueId bias = p.has_bias ? net.constant({p.oc}, p.bias) : ValueId{};
  net.node(op_of(p), {x, w, bias}, DType::kI8, {p.n, p.oh, p.ow, p.oc}, affine(p.sy, p.zy));
  return net.run<int8_t>();
}

// The same codes as floats: every sum is a small integer, which f32 holds exactly, so the results are equal.
std::vector<float> compiled_f32(const Problem& p) {
  Net net;
  std::vector<float> centred;
  for (const int8_t code : p.x) centred.push_back(static_cast<float>(code - p.zx));
  const ValueId x = net.input({p.n, p.h, p.w, p.c}, centred);
  const ValueId w = net.constant(weight_shape(p), std::vector<float>(p.weights.begin(), p.weights.end()));
  net.node(op_of(p), {x, w, {}}, DType::kF32, {p.n, p.oh, p.ow, p.oc});
  return net.run<float>();
}

class Convolution : public ::testing::TestWithParam<Kind> {};

TEST_P(Convolution, EqualsItsDefinition) {
  std::mt19937 random(7 + static_cast<uint32_t>(GetParam()));
  for (int trial = 0; trial < 150; ++trial) {
    SCOPED_TRACE(trial);
    const Problem p = random_problem(random, GetParam());
    ASSERT_EQ(compiled_i8(p), reference(p));
    const std::vector<int32_t> sums = reference_sums(p);
    ASSERT_EQ(compiled_f32(p), std::vector<float>(sums.begin(), sums.end()));
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, Convolution,
                         ::testing::Values(Kind::kConv, Kind::kDepthwise, Kind::kTranspose));

}  // namespace
}  // namespace midge::lower
