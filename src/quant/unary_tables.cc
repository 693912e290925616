#include "quant/unary_tables.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "quant/fixed_point.h"
#include "quant/quant.h"

namespace midge::quant {

namespace {

using graph::UnaryKind;

constexpr int32_t kLow = -128, kHigh = 127;

int8_t clamped(int64_t code, int64_t low = kLow, int64_t high = kHigh) {
  return static_cast<int8_t>(std::clamp<int64_t>(code, low, std::max(low, high)));
}

template <class F>
UnaryTable tabulate(F&& f) {
  UnaryTable table;
  for (int32_t code = kLow; code <= kHigh; ++code) table[static_cast<size_t>(code - kLow)] = f(code);
  return table;
}

// LOGISTIC and TANH share their frame: the centred input is scaled to Q4, unless it lies beyond the radius
// from which on the function has reached its end; the Q0 result is rounded to `output_bits` fractional bits.
UnaryTable fixed_point_sigmoid(const UnaryParameters& p, int32_t (*function)(int32_t, int), int output_bits,
                               int32_t output_offset) {
  constexpr int kIntegerBits = 4;
  int shift = 0;
  const double real = double{p.input_scale} * (1 << (31 - kIntegerBits));
  const auto mantissa = static_cast<int64_t>(std::round(std::ldexp(std::frexp(real, &shift), 31)));
  const Multiplier to_q4{
      static_cast<int32_t>(std::min<int64_t>(mantissa, std::numeric_limits<int32_t>::max())),
      std::clamp(shift, -31, 30)};
  const double radius = std::floor(std::ldexp((1 << kIntegerBits) - 1, 31 - kIntegerBits - shift));
  return tabulate([&](int32_t code) {
    const int32_t input = code - p.input_zero_point;
    if (input <= -radius) return static_cast<int8_t>(kLow);
    if (input >= radius) return static_cast<int8_t>(kHigh);
    const int32_t result = function(multiply_by_quantized_multiplier(input, to_q4), kIntegerBits);
    return clamped(int64_t{rounding_divide_by_pot(result, 31 - output_bits)} + output_offset);
  });
}

UnaryTable relu(const UnaryParameters& p) {
  const Multiplier scale = quantize_multiplier(double{p.input_scale} / double{p.output_scale});
  return tabulate([&](int32_t code) {
    const int32_t scaled = multiply_by_quantized_multiplier(code - p.input_zero_point, scale);
    return clamped(int64_t{p.output_zero_point} + scaled, p.output_zero_point);
  });
}

UnaryTable relu6(const UnaryParameters& p) {
  const double six = double{std::round(6.0f / p.input_scale)} + p.input_zero_point;
  const int64_t high = six < kHigh ? static_cast<int64_t>(six) : kHigh;
  return tabulate([&](int32_t code) { return clamped(code, p.input_zero_point, high); });
}

UnaryTable relu_n1_to_1(const UnaryParameters& p) {
  const Multiplier scale = quantize_multiplier(double{p.input_scale} / double{p.output_scale});
  const Range range =
      activation_range(graph::Activation::kReluN1To1, {{p.output_scale}, {p.output_zero_point}, -1});
  return tabulate([&](int32_t code) {
    return clamped(p.output_zero_point + multiply_by_quantized_multiplier(code - p.input_zero_point, scale),
                   range.low, range.high);
  });
}

UnaryTable leaky_relu(const UnaryParameters& p) {
  const Multiplier identity = quantize_multiplier(double{p.input_scale} / double{p.output_scale});
  const Multiplier slope =
      quantize_multiplier(double{p.input_scale} * double{p.alpha} / double{p.output_scale});
  return tabulate([&](int32_t code) {
    const int32_t input = code - p.input_zero_point;
    const int32_t scaled = multiply_by_quantized_multiplier(input, input >= 0 ? identity : slope);
    return clamped(int64_t{p.output_zero_point} + scaled);
  });
}

UnaryTable abs(const UnaryParameters& p) {
  const Multiplier scale = quantize_multiplier(double{p.input_scale} / double{p.output_scale});
  return tabulate([&](int32_t code) {
    const int32_t magnitude = std::abs(code - p.input_zero_point);
    return clamped(int64_t{p.output_zero_point} + multiply_by_quantized_multiplier(magnitude, scale));
  });
}

UnaryTable neg(const UnaryParameters& p) {
  return tabulate(
      [&](int32_t code) { return clamped(int64_t{p.input_zero_point} + p.output_zero_point - code); });
}

UnaryTable elu(const UnaryParameters& p) {
  const float inverse_scale = 1.0f / p.output_scale;
  return tabulate([&](int32_t code) {
    const float x = p.input_scale * static_cast<float>(code - p.input_zero_point);
    const float y = x < 0.0f ? std::exp(x) - 1.0f : x;
    const float steps = std::round(y * inverse_scale) + static_cast<float>(p.output_zero_point);
    return static_cast<int8_t>(std::clamp(steps, -128.0f, 127.0f));
  });
}

// A 32-bit mantissa rounded to 16 bits.
int16_t narrow_mantissa(int32_t mantissa) {
  constexpr int32_t kHalf = 1 << 15;
  if (mantissa >= std::numeric_limits<int32_t>::max() - kHalf) return std::numeric_limits<int16_t>::max();
  return static_cast<int16_t>((mantissa + kHalf) >> 16);
}

int16_t wrapped_16(int32_t x) {
  return static_cast<int16_t>(static_cast<uint16_t>(x));
}

// x * relu6(x + 3) / 6 in 16 bits: x on the output's scale times a "reluish" factor in [0, 1], which is x
// rescaled so that 3.0 becomes 2^15, saturated, and moved from [-1, 1] to [0, 1].
UnaryTable hard_swish(const UnaryParameters& p) {
  constexpr int kHeadroom = 7;  // (x - zx) * 2^7 still fits 16 bits
  const float fine_scale = p.input_scale * (1.0f / (1 << kHeadroom));
  const Multiplier out = quantize_multiplier(double{fine_scale / p.output_scale});
  const Multiplier reluish = quantize_multiplier(double{fine_scale / (3.0f / 32768.0f)});
  const int16_t out_mantissa = narrow_mantissa(out.mantissa),
                reluish_mantissa = narrow_mantissa(reluish.mantissa);
  return tabulate([&](int32_t code) {
    const int16_t input = wrapped_16((code - p.input_zero_point) * (1 << kHeadroom));
    const int16_t on_output_scale = saturating_rounding_doubling_high_mul_16(input, out_mantissa);
    int16_t factor = input;
    // The last doubling comes after the product, so that a saturation before it cannot show.
    if (reluish.shift > 0) factor = saturating_left_shift_16(factor, reluish.shift - 1);
    factor = saturating_rounding_doubling_high_mul_16(factor, reluish_mantissa);
    if (reluish.shift > 0) factor = saturating_left_shift_16(factor, 1);
    if (reluish.shift < 0) factor = wrapped_16(rounding_divide_by_pot(factor, -reluish.shift));
    factor = wrapped_16((factor + (1 << 15)) >> 1);
    const int16_t product = saturating_doubling_high_mul_16(factor, on_output_scale);
    const int32_t rounded = rounding_divide_by_pot(product, std::max(-out.shift, 0));
    return clamped(wrapped_16(rounded + p.output_zero_point));
  });
}

}  // namespace

std::optional<UnaryTable> unary_table(UnaryKind kind, const UnaryParameters& parameters) {
  switch (kind) {
    // The output's quantisation is fixed: 1/256 from -128, and 1/128 around 0.
    case UnaryKind::kLogistic:
      return fixed_point_sigmoid(parameters, logistic, 8, -128);
    case UnaryKind::kTanh:
      return fixed_point_sigmoid(parameters, tanh, 7, 0);
    case UnaryKind::kRelu:
      return relu(parameters);
    case UnaryKind::kRelu6:
      return relu6(parameters);
    case UnaryKind::kReluN1To1:
      return relu_n1_to_1(parameters);
    case UnaryKind::kLeakyRelu:
      return leaky_relu(parameters);
    case UnaryKind::kHardSwish:
      return hard_swish(parameters);
    case UnaryKind::kElu:
      return elu(parameters);
    case UnaryKind::kAbs:
      return abs(parameters);
    case UnaryKind::kNeg:
      return neg(parameters);
    case UnaryKind::kExp:
    case UnaryKind::kSqrt:
    case UnaryKind::kRsqrt:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Clamp> as_clamp(const UnaryTable& table) {
  const Clamp clamp{table.front(), table.back()};
  for (int32_t code = kLow; code <= kHigh; ++code)
    if (table[static_cast<size_t>(code - kLow)] != std::min(std::max(code, clamp.low), clamp.high))
      return std::nullopt;
  return clamp;
}

}  // namespace midge::quant
