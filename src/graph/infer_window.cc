// Rules of the operators that walk a 2-D window over an image: convolutions and pools.
#include "graph/site.h"

namespace midge::graph {
namespace {

// One direction of a window, in int64: every sum below stays far from overflow.
struct Axis {
  const char* name;
  int64_t in, kernel, stride, dilation, pad_before, pad_after;

  int64_t span() const { return (kernel - 1) * dilation + 1; }  // input pixels that one window reaches over
  int64_t padded() const { return in + pad_before + pad_after; }
  int64_t out() const { return (padded() - span()) / stride + 1; }
};

Axis height(const Window& w, int64_t in, int64_t kernel) {
  return {"height", in, kernel, w.stride_h, w.dilation_h, w.pad_top, w.pad_bottom};
}

Axis width(const Window& w, int64_t in, int64_t kernel) {
  return {"width", in, kernel, w.stride_w, w.dilation_w, w.pad_left, w.pad_right};
}

constexpr int64_t kMostPixels = 1 << 30;  // of a padded row or column: positions in it are int32 on the chip

Result<void> check_attributes(const Site& site, const Axis& axis) {
  if (axis.stride < 1) return site.error("{} stride must be 1 or more, found {}", axis.name, axis.stride);
  if (axis.dilation < 1)
    return site.error("{} dilation must be 1 or more, found {}", axis.name, axis.dilation);
  if (axis.kernel < 1) return site.error("kernel {} must be 1 or more, found {}", axis.name, axis.kernel);
  if (axis.pad_before < 0 || axis.pad_after < 0)
    return site.error("{} padding must be 0 or more, found {} and {}", axis.name, axis.pad_before,
                      axis.pad_after);
  if (axis.padded() > kMostPixels || axis.stride > kMostPixels)
    return site.error("not supported: {} {} with stride {}; at most {}", axis.name, axis.padded(),
                      axis.stride, kMostPixels);
  return {};
}

// The window fits into the padded image at least once.
Result<int64_t> out_extent(const Site& site, const Axis& axis) {
  MIDGE_TRY(check_attributes(site, axis));
  if (axis.span() > axis.padded())
    return site.error("the window's {} of {} does not fit into the padded input's {}", axis.name, axis.span(),
                      axis.padded());
  return axis.out();
}

// Padding does not count in a pool, so each window must hold at least one real pixel.
Result<int64_t> pool_extent(const Site& site, const Axis& axis) {
  if (axis.dilation != 1) return site.error("a pool's dilation must be 1, found {}", axis.dilation);
  MIDGE_ASSIGN(const int64_t out, out_extent(site, axis));
  if (axis.pad_before >= axis.kernel || (out - 1) * axis.stride - axis.pad_before >= axis.in)
    return site.error(
        "a pool window lies wholly in the padding ({} {}, kernel {}, stride {}, padding {} and {})",
        axis.name, axis.in, axis.kernel, axis.stride, axis.pad_before, axis.pad_after);
  return out;
}

// Input and weights both i8 (bias i32) or all f32; ranks; one bias entry per output channel.
Result<void> check_operands(const Site& site, size_t channel_axis) {
  MIDGE_TRY(site.expect_dtype(0, {DType::kI8, DType::kF32}));
  MIDGE_TRY(site.expect_same_dtype(0, 1));
  MIDGE_TRY(site.expect_rank(0, 4));
  MIDGE_TRY(site.expect_rank(1, 4));
  if (!site.has(2)) return {};
  MIDGE_TRY(site.expect_dtype(2, {site.in(0).dtype == DType::kI8 ? DType::kI32 : DType::kF32}));
  MIDGE_TRY(site.expect_rank(2, 1));
  if (site.in(2).shape[0] != site.in(1).shape[channel_axis])
    return site.error("{} must have {} elements, one per output channel of {}", site.show(2),
                      site.in(1).shape[channel_axis], site.show(1));
  return {};
}

}  // namespace

Result<TensorType> infer_op(const Site& site, const Conv2D& op) {
  MIDGE_TRY(check_operands(site, 0));
  const Shape& x = site.in(0).shape;
  const Shape& w = site.in(1).shape;
  if (x[3] % w[3] != 0)
    return site.error("the {} channels of {} are not a multiple of the {} of {}", x[3], site.show(0), w[3],
                      site.show(1));
  const int64_t groups = x[3] / w[3];
  if (w[0] % groups != 0)
    return site.error("{} output channels of {} do not divide into {} groups", w[0], site.show(1), groups);
  MIDGE_ASSIGN(const int64_t oh, out_extent(site, height(op.window, x[1], w[1])));
  MIDGE_ASSIGN(const int64_t ow, out_extent(site, width(op.window, x[2], w[2])));
  return TensorType{site.in(0).dtype, {x[0], oh, ow, w[0]}};
}

Result<TensorType> infer_op(const Site& site, const DepthwiseConv2D& op) {
  MIDGE_TRY(check_operands(site, 3));
  const Shape& x = site.in(0).shape;
  const Shape& w = site.in(1).shape;
  if (w[0] != 1) return site.error("{} must have 1 as its first extent", site.show(1));
  if (op.multiplier < 1 || x[3] * op.multiplier != w[3])
    return site.error("{} must have the {} channels of {} times the depth multiplier {}", site.show(1), x[3],
                      site.show(0), op.multiplier);
  MIDGE_ASSIGN(const int64_t oh, out_extent(site, height(op.window, x[1], w[1])));
  MIDGE_ASSIGN(const int64_t ow, out_extent(site, width(op.window, x[2], w[2])));
  return TensorType{site.in(0).dtype, {x[0], oh, ow, w[3]}};
}

// The file states the output's extents, and any are well defined: what falls outside is dropped, what nothing
// reaches is the bias.
Result<TensorType> infer_op(const Site& site, const TransposeConv2D& op) {
  MIDGE_TRY(check_operands(site, 0));
  const Shape& x = site.in(0).shape;
  const Shape& w = site.in(1).shape;
  if (op.window.dilation_h != 1 || op.window.dilation_w != 1)
    return site.error("not supported: a transposed convolution with dilation");
  if (x[3] != w[3]) return site.error("{} and {} must have the same channels", site.show(0), site.show(1));
  const Value& y = site.out();
  if (y.shape.size() != 4 || y.shape[0] != x[0] || y.shape[3] != w[0])
    return site.error("output {} must have the shape [{},height,width,{}], found {}", shown_name(y.name),
                      x[0], w[0], to_text(y.shape));
  for (const Axis& axis : {height(op.window, y.shape[1], w[1]), width(op.window, y.shape[2], w[2])})
    MIDGE_TRY(check_attributes(site, axis));
  for (size_t i : {size_t{1}, size_t{2}})
    if ((x[i] - 1) * (i == 1 ? op.window.stride_h : op.window.stride_w) + w[i] > kMostPixels)
      return site.error("not supported: {} spreads over more than {} pixels", site.show(0), kMostPixels);
  return TensorType{site.in(0).dtype, y.shape};
}

Result<TensorType> infer_op(const Site& site, const Pool2D& op) {
  MIDGE_TRY(site.expect_dtype(0, {DType::kI8, DType::kF32}));
  MIDGE_TRY(site.expect_rank(0, 4));
  const Shape& x = site.in(0).shape;
  MIDGE_ASSIGN(const int64_t oh, pool_extent(site, height(op.window, x[1], op.kernel_h)));
  MIDGE_ASSIGN(const int64_t ow, pool_extent(site, width(op.window, x[2], op.kernel_w)));
  return TensorType{site.in(0).dtype, {x[0], oh, ow, x[3]}};
}

}  // namespace midge::graph
