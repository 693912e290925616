// The operators of a network, as plain structs with typed attributes.
//
// The list is written once (MIDGE_FOR_EACH_OP); the variant, the names, printing, parsing and comparing
// derive from it and from each struct's `fields`. Tensors are NHWC. Operators that only differ in a formula
// share a struct with a `kind`. Importers reduce the source format's operators to these: SPLIT, UNPACK and
// STRIDED_SLICE become Slice
// (+ Reshape), PACK becomes Reshape + Concat, SQUEEZE and EXPAND_DIMS become Reshape, SAME/VALID becomes
// explicit padding. Rejected: string-keyed attributes (no types, no compiler help).
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

namespace midge::graph {

enum class Activation : uint8_t { kNone, kRelu, kRelu6, kReluN1To1 };
enum class BinaryKind : uint8_t { kAdd, kSub, kMul, kMaximum, kMinimum };
enum class UnaryKind : uint8_t {
  kLogistic,
  kTanh,
  kRelu,
  kRelu6,
  kReluN1To1,
  kLeakyRelu,
  kHardSwish,
  kElu,
  kExp,
  kSqrt,
  kRsqrt,
  kAbs,
  kNeg
};
enum class PoolKind : uint8_t { kMax, kAverage };
enum class ReduceKind : uint8_t { kMean, kSum, kMax };
enum class PadMode : uint8_t { kConstant, kReflect, kSymmetric };
enum class ResizeKind : uint8_t { kNearest, kBilinear };

// How a 2-D window walks over an image. Output row oh reads input rows oh*stride_h + kh*dilation_h - pad_top.
// Rows and columns outside the image count as real 0 (the input's zero point).
struct Window {
  int32_t stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  int32_t pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("stride_h", self.stride_h), f("stride_w", self.stride_w);
    f("dilation_h", self.dilation_h), f("dilation_w", self.dilation_w);
    f("pad_top", self.pad_top), f("pad_bottom", self.pad_bottom);
    f("pad_left", self.pad_left), f("pad_right", self.pad_right);
  }
  friend bool operator==(const Window&, const Window&) = default;
};

// Each struct: what it computes, then its inputs in order ("?" = may be absent). `fields(self, f)` calls
// f(name, attribute) for every attribute in printing order.
#define MIDGE_FIELDS(...)                                                   \
  template <class Self, class F>                                            \
  static void fields([[maybe_unused]] Self& self, [[maybe_unused]] F&& f) { \
    __VA_ARGS__;                                                            \
  }

// x[N,H,W,C], w[O,KH,KW,C/groups], bias[O]? → y[N,OH,OW,O]. groups follow from the shapes.
struct Conv2D {
  Window window;
  Activation activation = Activation::kNone;
  MIDGE_FIELDS(Window::fields(self.window, f), f("activation", self.activation))
  friend bool operator==(const Conv2D&, const Conv2D&) = default;
};

// x[N,H,W,C], w[1,KH,KW,C*M], bias[C*M]? → y[N,OH,OW,C*M]; output channel c*M+m reads input channel c.
struct DepthwiseConv2D {
  Window window;
  int32_t multiplier = 1;  // M
  Activation activation = Activation::kNone;
  MIDGE_FIELDS(Window::fields(self.window, f), f("multiplier", self.multiplier),
               f("activation", self.activation))
  friend bool operator==(const DepthwiseConv2D&, const DepthwiseConv2D&) = default;
};

// x[N,H,W,C], w[O,KH,KW,C], bias[O]? → y[N,OH,OW,O]: x[ih,iw] adds into y[ih*stride_h - pad_top + kh, ...].
// The output's extents come from the output value's shape. Dilation is 1.
struct TransposeConv2D {
  Window window;
  Activation activation = Activation::kNone;
  MIDGE_FIELDS(Window::fields(self.window, f), f("activation", self.activation))
  friend bool operator==(const TransposeConv2D&, const TransposeConv2D&) = default;
};

// x[..., K] seen as [M,K], w[O,K], bias[O]? → y seen as [M,O].
struct FullyConnected {
  Activation activation = Activation::kNone;
  MIDGE_FIELDS(f("activation", self.activation))
  friend bool operator==(const FullyConnected&, const FullyConnected&) = default;
};

// x[...,M,K], y[...,K,N] → [...,M,N]; leading extents broadcast; adj_*: the operand's last two axes are
// swapped.
struct BatchMatMul {
  bool adj_x = false, adj_y = false;
  MIDGE_FIELDS(f("adj_x", self.adj_x), f("adj_y", self.adj_y))
  friend bool operator==(const BatchMatMul&, const BatchMatMul&) = default;
};

// a, b → y, with broadcasting. kMaximum and kMinimum have no activation.
struct Binary {
  BinaryKind kind = BinaryKind::kAdd;
  Activation activation = Activation::kNone;
  MIDGE_FIELDS(f("kind", self.kind), f("activation", self.activation))
  friend bool operator==(const Binary&, const Binary&) = default;
};

// x[N,H,W,C] → y[N,OH,OW,C]; padding counts neither for the maximum nor for the average.
struct Pool2D {
  PoolKind kind = PoolKind::kMax;
  int32_t kernel_h = 1, kernel_w = 1;
  Window window;
  Activation activation = Activation::kNone;
  MIDGE_FIELDS(f("kind", self.kind), f("kernel_h", self.kernel_h), f("kernel_w", self.kernel_w),
               Window::fields(self.window, f), f("activation", self.activation))
  friend bool operator==(const Pool2D&, const Pool2D&) = default;
};

// x → y over `axes` (ascending, non-negative, distinct). keep_dims only shapes y.
struct Reduce {
  ReduceKind kind = ReduceKind::kMean;
  std::vector<int32_t> axes;
  bool keep_dims = false;
  MIDGE_FIELDS(f("kind", self.kind), f("axes", self.axes), f("keep_dims", self.keep_dims))
  friend bool operator==(const Reduce&, const Reduce&) = default;
};

// x → y (i32 or i64), the first index of the maximum (or minimum) along `axis`.
struct ArgMax {
  int32_t axis = 0;
  MIDGE_FIELDS(f("axis", self.axis))
  friend bool operator==(const ArgMax&, const ArgMax&) = default;
};

// x → y along the last axis.
struct Softmax {
  float beta = 1.0f;
  MIDGE_FIELDS(f("beta", self.beta))
  friend bool operator==(const Softmax&, const Softmax&) = default;
};

// x → y, elementwise. alpha: kLeakyRelu's slope.
struct Unary {
  UnaryKind kind = UnaryKind::kRelu;
  float alpha = 0.0f;
  MIDGE_FIELDS(f("kind", self.kind), f("alpha", self.alpha))
  friend bool operator==(const Unary&, const Unary&) = default;
};

// x, alpha (broadcast to x) → y.
struct PRelu {
  MIDGE_FIELDS()
  friend bool operator==(const PRelu&, const PRelu&) = default;
};

// x → y: the same elements in the same order under another shape.
struct Reshape {
  MIDGE_FIELDS()
  friend bool operator==(const Reshape&, const Reshape&) = default;
};

// y's axis i is x's axis perm[i].
struct Transpose {
  std::vector<int32_t> perm;
  MIDGE_FIELDS(f("perm", self.perm))
  friend bool operator==(const Transpose&, const Transpose&) = default;
};

// before/after: per axis. `value` is the stored code (int8: as stored, not dequantised), for kConstant.
struct Pad {
  PadMode mode = PadMode::kConstant;
  std::vector<int64_t> before, after;
  double value = 0.0;
  MIDGE_FIELDS(f("mode", self.mode), f("before", self.before), f("after", self.after), f("value", self.value))
  friend bool operator==(const Pad&, const Pad&) = default;
};

// Any number of inputs joined along `axis`; each is requantised to the output's parameters where they differ.
struct Concat {
  int32_t axis = 0;
  Activation activation = Activation::kNone;
  MIDGE_FIELDS(f("axis", self.axis), f("activation", self.activation))
  friend bool operator==(const Concat&, const Concat&) = default;
};

// y[i...] = x[begin[0] + i*stride[0], ...]; strides may be negative; extents are y's. Same rank as x.
struct Slice {
  std::vector<int64_t> begin, stride;
  MIDGE_FIELDS(f("begin", self.begin), f("stride", self.stride))
  friend bool operator==(const Slice&, const Slice&) = default;
};

// x, indices (constant i32/i64) → y: x's axis `axis` replaced by the indices' axes; the first batch_dims are
// shared.
struct Gather {
  int32_t axis = 0, batch_dims = 0;
  MIDGE_FIELDS(f("axis", self.axis), f("batch_dims", self.batch_dims))
  friend bool operator==(const Gather&, const Gather&) = default;
};

// x repeated multiples[i] times along axis i.
struct Tile {
  std::vector<int64_t> multiples;
  MIDGE_FIELDS(f("multiples", self.multiples))
  friend bool operator==(const Tile&, const Tile&) = default;
};

// x[N,H,W,C] → y[N,OH,OW,C].
struct Resize {
  ResizeKind kind = ResizeKind::kNearest;
  bool align_corners = false, half_pixel_centers = false;
  MIDGE_FIELDS(f("kind", self.kind), f("align_corners", self.align_corners),
               f("half_pixel_centers", self.half_pixel_centers))
  friend bool operator==(const Resize&, const Resize&) = default;
};

struct SpaceToDepth {
  int32_t block = 2;
  MIDGE_FIELDS(f("block", self.block))
  friend bool operator==(const SpaceToDepth&, const SpaceToDepth&) = default;
};

struct DepthToSpace {
  int32_t block = 2;
  MIDGE_FIELDS(f("block", self.block))
  friend bool operator==(const DepthToSpace&, const DepthToSpace&) = default;
};

// f32 → int8, or int8 → int8 with other parameters.
struct Quantize {
  MIDGE_FIELDS()
  friend bool operator==(const Quantize&, const Quantize&) = default;
};

// int8 → f32.
struct Dequantize {
  MIDGE_FIELDS()
  friend bool operator==(const Dequantize&, const Dequantize&) = default;
};

// Element type conversion of raw values, as C's cast; to bool: != 0.
struct Cast {
  MIDGE_FIELDS()
  friend bool operator==(const Cast&, const Cast&) = default;
};

#undef MIDGE_FIELDS

// X(struct, name in print)
#define MIDGE_FOR_EACH_OP(X)           \
  X(Conv2D, conv2d)                    \
  X(DepthwiseConv2D, depthwise_conv2d) \
  X(TransposeConv2D, transpose_conv2d) \
  X(FullyConnected, fully_connected)   \
  X(BatchMatMul, batch_matmul)         \
  X(Binary, binary)                    \
  X(Pool2D, pool2d)                    \
  X(Reduce, reduce)                    \
  X(ArgMax, arg_max)                   \
  X(Softmax, softmax)                  \
  X(Unary, unary)                      \
  X(PRelu, prelu)                      \
  X(Reshape, reshape)                  \
  X(Transpose, transpose)              \
  X(Pad, pad)                          \
  X(Concat, concat)                    \
  X(Slice, slice)                      \
  X(Gather, gather)                    \
  X(Tile, tile)                        \
  X(Resize, resize)                    \
  X(SpaceToDepth, space_to_depth)      \
  X(DepthToSpace, depth_to_space)      \
  X(Quantize, quantize)                \
  X(Dequantize, dequantize)            \
  X(Cast, cast)

#define MIDGE_OP_TYPE(type, name) type,
// The trailing monostate only closes the list; no node holds it.
using Op = std::variant<MIDGE_FOR_EACH_OP(MIDGE_OP_TYPE) std::monostate>;
#undef MIDGE_OP_TYPE

std::string_view op_name(const Op& op);

}  // namespace midge::graph
