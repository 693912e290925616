// What convolutions and matrix products share: an accumulator that starts from the bias, takes a sum of
// products, and leaves through requantisation (per channel or per tensor) and the fused activation.
//
// int8: acc = bias[c] + sum (x - zx) * (w - zw), in 32 bits; y = clamp(requantize(acc, multiplier[c]) + zy).
// Where every tap is inside the image and zw = 0, zx leaves the inner loop: bias'[c] = bias[c] - zx * sum w
// is computed here and the loop sums x * w. The partial sums of both forms are bounded here from the weights,
// so no 32-bit accumulator overflows. f32: the sum first and then the bias, in the reference's order.
#pragma once

#include <vector>

#include "base/result.h"
#include "lower/context.h"
#include "quant/quant.h"

namespace midge::lower {

struct AccumulationSpec {
  int64_t channels = 1;         // output channels: extents of the bias and of per-axis parameters
  int64_t taps = 1;             // products in one sum
  bool all_taps_inside = true;  // no product is ever left out
  // Where the channel is in w: outermost (convolutions, fully connected), innermost (depthwise), or not as
  // one axis.
  enum class WeightLayout {
    kChannelsFirst,
    kChannelsLast,
    kNoChannels
  } layout = WeightLayout::kChannelsFirst;
  bool has_bias = true;  // input 2, if present
  bool per_axis = true;  // w may have a scale per channel
  graph::Activation activation = graph::Activation::kNone;
};

class Accumulation {
 public:
  // Inputs 0 and 1 of the anchor are the factors, input 2 the bias.
  static Result<Accumulation> make(Context& ctx, const AccumulationSpec& spec);

  // y[indices] = the whole of it for one output element of channel `channel`: reduction loops (outermost
  // first), the condition under which a tap counts (null: always), and the two factors as loaded.
  struct Element {
    std::vector<Expr> indices;
    Expr channel;
    std::vector<Loop> reduction;
    Expr guard;
    Expr x, w;
  };
  Result<Stmt> element(const Element& element) const;

 private:
  Accumulation(Context& ctx, const AccumulationSpec& spec) : ctx_(&ctx), spec_(spec) {}
  Result<void> prepare_integer();
  Result<void> prepare_multipliers(const Affine& x, const Affine& y);
  Expr bias(const Expr& channel) const;
  Expr product(const Expr& x, const Expr& w) const;
  Expr finish(Lets& lets, const Expr& sum, const Expr& channel) const;

  Context* ctx_;
  AccumulationSpec spec_;
  DType type_ = DType::kF32;         // of the accumulator
  int32_t x_zero_ = 0, w_zero_ = 0;  // subtracted in the inner loop
  int32_t y_zero_ = 0;
  BufferId bias_;                               // none: no bias
  std::vector<quant::Multiplier> multipliers_;  // one, or one per channel
  BufferId mantissas_, shifts_;
  bool shifts_are_right_less_one_ = false;  // the table holds -shift - 1; else shift
};

// Fused activation of an f32 value.
Expr activate_f32(graph::Activation activation, const Expr& x);
// x + zero_point, clamped to the range, as the stored type. Clamps first, so that no x overflows.
Expr to_stored_i8(const Expr& x, int32_t zero_point, const quant::Range& range);

}  // namespace midge::lower
