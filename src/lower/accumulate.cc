#include "lower/accumulate.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "lower/requantize.h"

namespace midge::lower {

using loop::i32;
using WeightLayout = AccumulationSpec::WeightLayout;

Expr activate_f32(graph::Activation activation, const Expr& x) {
  using loop::float_imm;
  switch (activation) {
    case graph::Activation::kNone:
      return x;
    case graph::Activation::kRelu:
      return loop::max(x, float_imm(0.0f));
    case graph::Activation::kRelu6:
      return loop::min(loop::max(x, float_imm(0.0f)), float_imm(6.0f));
    case graph::Activation::kReluN1To1:
      return loop::min(loop::max(x, float_imm(-1.0f)), float_imm(1.0f));
  }
  return x;
}

Expr to_stored_i8(const Expr& x, int32_t zero_point, const quant::Range& range) {
  const Expr clamped = loop::min(loop::max(x, i32(range.low - zero_point)), i32(range.high - zero_point));
  return loop::cast(DType::kI8, zero_point == 0 ? clamped : clamped + i32(zero_point));
}

namespace {

// Per channel: the sum of the weights, and the sum of their distances from the zero point.
struct WeightSums {
  std::vector<int64_t> plain, absolute;
};

WeightSums sum_weights(const graph::Value& w, const AccumulationSpec& spec, int32_t zero) {
  const auto channels = static_cast<size_t>(spec.channels), taps = static_cast<size_t>(spec.taps);
  const bool channels_last = spec.layout == WeightLayout::kChannelsLast;
  WeightSums sums{std::vector<int64_t>(channels), std::vector<int64_t>(channels)};
  const auto values = constant_values<int8_t>(w);
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t channel = channels_last ? i % channels : i / taps % channels;
    sums.plain[channel] += values[i] - zero;
    sums.absolute[channel] += std::abs(values[i] - zero);
  }
  return sums;
}

constexpr int64_t kAccumulatorEnd = int64_t{1} << 31;

}  // namespace

Result<Accumulation> Accumulation::make(Context& ctx, const AccumulationSpec& spec) {
  Accumulation made(ctx, spec);
  const DType x = ctx.input(0).dtype, w = ctx.input(1).dtype, y = ctx.output().dtype;
  const bool biased = spec.has_bias && ctx.has_input(2);
  if (w != x || y != x) return ctx.unsupported(ctx.input(1), "inputs and output of different element types");
  if (biased && element_count(ctx.input(2).shape) != spec.channels)
    return ctx.unsupported(ctx.input(2), "a bias that is not one value per output channel");
  if (x == DType::kF32) {
    if (biased && ctx.input(2).dtype != DType::kF32)
      return ctx.unsupported(ctx.input(2), "bias that is not f32");
    if (biased) made.bias_ = ctx.bind_input(2, "bias", {spec.channels});
    return made;
  }
  if (x != DType::kI8) return ctx.unsupported(ctx.input(0), "element types other than i8 and f32");
  if (biased && ctx.input(2).dtype != DType::kI32)
    return ctx.unsupported(ctx.input(2), "bias that is not i32");
  MIDGE_TRY(made.prepare_integer());
  return made;
}

Result<void> Accumulation::prepare_integer() {
  Context& ctx = *ctx_;
  type_ = DType::kI32;
  const graph::Value& w = ctx.input(1);
  MIDGE_ASSIGN(const Affine x, ctx.affine(ctx.input(0)));
  MIDGE_ASSIGN(const Affine y, ctx.affine(ctx.output()));
  if (!w.quantization) return ctx.unsupported(w, "an i8 tensor without quantisation");
  const auto& zeros = w.quantization->zero_points;
  w_zero_ = zeros.empty() ? 0 : zeros.front();
  if (std::ranges::any_of(zeros, [&](int32_t zero) { return zero != w_zero_; }))
    return ctx.unsupported(w, "weights with several zero points");
  x_zero_ = x.zero_point;
  y_zero_ = y.zero_point;
  MIDGE_TRY(prepare_multipliers(x, y));

  WeightSums sums{{}, std::vector<int64_t>(static_cast<size_t>(spec_.channels), spec_.taps * 255)};
  const bool known_weights = w.is_constant() && spec_.layout != WeightLayout::kNoChannels;
  if (known_weights) sums = sum_weights(w, spec_, w_zero_);
  const bool biased = spec_.has_bias && ctx.has_input(2);
  const bool known_bias = !biased || ctx.input(2).is_constant();
  std::vector<int32_t> biases(static_cast<size_t>(spec_.channels));
  if (biased && known_bias) biases = constant_values<int32_t>(ctx.input(2));
  // |x - zx| <= 255 in the plain form; |x| <= 128 in the folded one.
  bool fold = spec_.all_taps_inside && w_zero_ == 0 && x_zero_ != 0 && known_weights && known_bias;
  for (size_t c = 0; c < biases.size(); ++c) {
    const int64_t start = std::abs(int64_t{biases[c]});
    if (start + sums.absolute[c] * 255 >= kAccumulatorEnd)
      return ctx.unsupported(w, "sums that do not fit 32-bit accumulators");
    if (fold && std::abs(biases[c] - x_zero_ * sums.plain[c]) + sums.absolute[c] * 128 >= kAccumulatorEnd)
      fold = false;
  }
  if (fold) {
    for (size_t c = 0; c < biases.size(); ++c)
      biases[c] = static_cast<int32_t>(biases[c] - x_zero_ * sums.plain[c]);
    x_zero_ = 0;
    bias_ = ctx.constant("bias", biases);
  } else if (biased) {
    bias_ = ctx.bind_input(2, "bias", {spec_.channels});
  }
  return {};
}

Result<void> Accumulation::prepare_multipliers(const Affine& x, const Affine& y) {
  const graph::Value& w = ctx_->input(1);
  const std::vector<float>& scales = w.quantization->scales;
  const size_t axis = spec_.layout == WeightLayout::kChannelsLast ? w.shape.size() - 1 : 0;
  const bool per_channel = scales.size() > 1;
  if (per_channel && (!spec_.per_axis || static_cast<int64_t>(scales.size()) != spec_.channels ||
                      w.quantization->axis != static_cast<int32_t>(axis)))
    return ctx_->unsupported(w, "quantisation along another axis than the output channel's");
  for (const float scale : scales) {
    const double product = double{x.scale} * double{scale};
    multipliers_.push_back(quant::quantize_multiplier(product / double{y.scale}));
  }
  if (std::ranges::all_of(multipliers_, [&](auto& m) { return m == multipliers_[0]; }))
    multipliers_.resize(1);
  if (multipliers_.size() == 1) return {};

  std::vector<int32_t> mantissas;
  std::vector<int8_t> shifts;
  const auto is_right = [](const quant::Multiplier& m) { return m.shift < 0; };
  const auto same_shift = [&](const quant::Multiplier& m) { return m.shift == multipliers_[0].shift; };
  shifts_are_right_less_one_ = std::ranges::all_of(multipliers_, is_right);
  for (const quant::Multiplier& m : multipliers_) {
    mantissas.push_back(m.mantissa);
    shifts.push_back(static_cast<int8_t>(shifts_are_right_less_one_ ? -m.shift - 1 : m.shift));
  }
  mantissas_ = ctx_->constant("mantissa", mantissas);
  if (!std::ranges::all_of(multipliers_, same_shift)) shifts_ = ctx_->constant("shift", shifts);
  return {};
}

Expr Accumulation::bias(const Expr& channel) const {
  return loop::load(bias_, type_, {channel});
}

Expr Accumulation::product(const Expr& x, const Expr& w) const {
  if (type_ == DType::kF32) return x * w;
  const auto centred = [](const Expr& code, int32_t zero) {
    const Expr wide = loop::cast(DType::kI32, code);
    return zero == 0 ? wide : wide - i32(zero);
  };
  return centred(x, x_zero_) * centred(w, w_zero_);
}

Expr Accumulation::finish(Lets& lets, const Expr& sum, const Expr& channel) const {
  if (type_ == DType::kF32) return activate_f32(spec_.activation, bias_.valid() ? sum + bias(channel) : sum);
  const quant::Range range = quant::activation_range(spec_.activation, *ctx_->output().quantization);
  Expr scaled;
  if (multipliers_.size() == 1) {
    scaled = requantize(lets, sum, multipliers_[0]);
  } else {
    const Expr mantissa = loop::load(mantissas_, DType::kI32, {channel});
    Expr shift = i32(multipliers_[0].shift);
    if (shifts_.valid())
      shift = lets.bind("shift", loop::cast(DType::kI32, loop::load(shifts_, DType::kI8, {channel})));
    if (shifts_.valid() && shifts_are_right_less_one_) {
      const Expr high = lets.bind("high", quant::saturating_rounding_doubling_high_mul(sum, mantissa));
      scaled = quant::rounding_divide_by_pot(high, shift);
    } else {
      scaled = requantize(lets, sum, mantissa, shift);
    }
  }
  return to_stored_i8(lets.bind("q", scaled), y_zero_, range);
}

Result<Stmt> Accumulation::element(const Element& element) const {
  const BufferId acc = ctx_->local("acc", type_);
  const Expr sum = loop::load(acc, type_, {});
  Expr start = type_ == DType::kF32 ? loop::float_imm(0.0f) : i32(0);
  if (type_ == DType::kI32 && bias_.valid()) start = bias(element.channel);
  Stmt step = loop::store(acc, {}, sum + product(element.x, element.w));
  if (element.guard) step = loop::make_if(element.guard, std::move(step));
  Lets lets(ctx_->kernel());
  const Expr total = lets.bind("sum", sum);
  const Expr value = finish(lets, total, element.channel);
  MIDGE_ASSIGN(Stmt out, ctx_->store_output(element.indices, value));
  return loop::alloc(acc, loop::block({loop::store(acc, {}, start), nest(element.reduction, std::move(step)),
                                       lets.wrap(std::move(out))}));
}

}  // namespace midge::lower
