// CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV, MAX_POOL_2D, AVERAGE_POOL_2D. The format's SAME and VALID
// become explicit padding here.
#include <fmt/format.h>

#include <algorithm>

#include "import/operator_rows.h"

namespace midge::import {
namespace {

using graph::Window;

struct Padding {
  int64_t before = 0, after = 0;
};

// SAME: ceil(in / stride) windows, their overhang halved, the odd pixel behind. In 64 bits; `stride` is not
// 0.
Padding same_padding(int64_t in, int64_t kernel, int64_t stride, int64_t dilation) {
  const int64_t windows = (in + stride - 1) / stride;
  const int64_t span = (kernel - 1) * dilation + 1;
  const int64_t total = std::max<int64_t>((windows - 1) * stride + span - in, 0);
  return {total / 2, total - total / 2};
}

// Strides and dilations are set; sets the padding of a window of kernel_h x kernel_w over height x width.
Result<void> set_padding(const OperatorReader& reader, schema::Padding padding, int64_t height, int64_t width,
                         int64_t kernel_h, int64_t kernel_w, Window& window) {
  if (window.stride_h < 1 || window.stride_w < 1)
    return reader.place().broken(
        fmt::format("strides {} and {} must be 1 or more", window.stride_h, window.stride_w));
  if (padding == schema::Padding::VALID) return {};
  if (padding != schema::Padding::SAME)
    return reader.place().broken(fmt::format("padding number {} is unknown", static_cast<int>(padding)));
  const Padding rows = same_padding(height, kernel_h, window.stride_h, window.dilation_h);
  const Padding columns = same_padding(width, kernel_w, window.stride_w, window.dilation_w);
  if (rows.after > INT32_MAX || columns.after > INT32_MAX)
    return reader.place().broken(fmt::format("a window of {} x {} with dilation {} and {} is too large",
                                             kernel_h, kernel_w, window.dilation_h, window.dilation_w));
  window.pad_top = static_cast<int32_t>(rows.before);
  window.pad_bottom = static_cast<int32_t>(rows.after);
  window.pad_left = static_cast<int32_t>(columns.before);
  window.pad_right = static_cast<int32_t>(columns.after);
  return {};
}

template <class Options>
Result<Window> dilated_window(const OperatorReader& reader, const Options& options) {
  MIDGE_TRY(reader.expect_rank(0, 4));
  MIDGE_TRY(reader.expect_rank(1, 4));
  Window window{.stride_h = options.stride_h(),
                .stride_w = options.stride_w(),
                .dilation_h = options.dilation_h_factor(),
                .dilation_w = options.dilation_w_factor()};
  const Shape& x = reader.input(0).shape;
  const Shape& weights = reader.input(1).shape;
  MIDGE_TRY(set_padding(reader, options.padding(), x[1], x[2], weights[1], weights[2], window));
  return window;
}

Result<void> read_conv_2d(OperatorReader& reader) {
  MIDGE_ASSIGN(const auto* options, reader.options<schema::Conv2DOptions>());
  graph::Conv2D op;
  MIDGE_ASSIGN(op.window, dilated_window(reader, *options));
  MIDGE_ASSIGN(op.activation, read_activation(reader, options->fused_activation_function()));
  return reader.emit_weighted(op, 0, 1, 2);
}

// The multiplier follows from the shapes; files of some converters leave it 0.
Result<int32_t> depth_multiplier(const OperatorReader& reader, int32_t stored) {
  const int64_t in = reader.input(0).shape[3], out = reader.input(1).shape[3];
  const int64_t multiplier = in > 0 ? out / in : 0;
  if (multiplier < 1 || multiplier * in != out)
    return reader.input_place(1).broken(
        fmt::format("{} channels are no multiple of the input's {}", out, in));
  if (stored != 0 && stored != multiplier)
    return reader.place().broken(
        fmt::format("depth_multiplier is {}, but the shapes make it {}", stored, multiplier));
  return {static_cast<int32_t>(multiplier)};
}

Result<void> read_depthwise_conv_2d(OperatorReader& reader) {
  MIDGE_ASSIGN(const auto* options, reader.options<schema::DepthwiseConv2DOptions>());
  graph::DepthwiseConv2D op;
  MIDGE_ASSIGN(op.window, dilated_window(reader, *options));
  MIDGE_ASSIGN(op.multiplier, depth_multiplier(reader, options->depth_multiplier()));
  MIDGE_ASSIGN(op.activation, read_activation(reader, options->fused_activation_function()));
  return reader.emit_weighted(op, 0, 1, 2);
}

// Inputs: output shape, weights, x, bias?. The padding is that of the convolution which undoes this operator,
// so it is computed from the output's extents.
Result<void> read_transpose_conv(OperatorReader& reader) {
  MIDGE_ASSIGN(const auto* options, reader.options<schema::TransposeConvOptions>());
  MIDGE_TRY(reader.expect_rank(1, 4));
  MIDGE_TRY(reader.expect_rank(2, 4));
  MIDGE_ASSIGN(const Shape shape, reader.constants(0, "output shape", 4));
  MIDGE_TRY(reader.expect_output_shape(0, shape));
  graph::TransposeConv2D op{.window = {.stride_h = options->stride_h(), .stride_w = options->stride_w()}};
  const Shape& weights = reader.input(1).shape;
  MIDGE_TRY(set_padding(reader, options->padding(), shape[1], shape[2], weights[1], weights[2], op.window));
  MIDGE_ASSIGN(op.activation, read_activation(reader, options->fused_activation_function()));
  return reader.emit_weighted(op, 2, 1, 3);
}

template <graph::PoolKind kind>
Result<void> read_pool_2d(OperatorReader& reader) {
  MIDGE_ASSIGN(const auto* options, reader.options<schema::Pool2DOptions>());
  MIDGE_TRY(reader.expect_rank(0, 4));
  graph::Pool2D op{.kind = kind,
                   .kernel_h = options->filter_height(),
                   .kernel_w = options->filter_width(),
                   .window = {.stride_h = options->stride_h(), .stride_w = options->stride_w()}};
  const Shape& x = reader.input(0).shape;
  MIDGE_TRY(set_padding(reader, options->padding(), x[1], x[2], op.kernel_h, op.kernel_w, op.window));
  MIDGE_ASSIGN(op.activation, read_activation(reader, options->fused_activation_function()));
  reader.emit(op, {0});
  return {};
}

using enum schema::BuiltinOperator;
constexpr OperatorRow kRows[] = {
    {CONV_2D, 2, 3, 1, read_conv_2d},
    {DEPTHWISE_CONV_2D, 2, 3, 1, read_depthwise_conv_2d},
    {TRANSPOSE_CONV, 3, 4, 1, read_transpose_conv},
    {MAX_POOL_2D, 1, 1, 1, read_pool_2d<graph::PoolKind::kMax>},
    {AVERAGE_POOL_2D, 1, 1, 1, read_pool_2d<graph::PoolKind::kAverage>},
};

}  // namespace

std::span<const OperatorRow> windowed_rows() {
  return kRows;
}

}  // namespace midge::import
