// What an int8 elementwise function yields for each of its 256 input codes, by the arithmetic of TensorFlow
// Lite Micro's reference kernels. A lowering turns such a table into a lookup (or into a clamp, where it is
// one): the arithmetic runs on the host only.
//
// Laws that differ between the desktop's and Micro's kernels follow Micro: RELU6 compares codes and does not
// rescale; LEAKY_RELU's multipliers are quotients in double precision. RELU_N1_TO_1 and NEG exist on the
// desktop only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "graph/ops.h"

namespace midge::quant {

struct UnaryParameters {
  float input_scale = 1.0f, output_scale = 1.0f;
  int32_t input_zero_point = 0, output_zero_point = 0;
  float alpha = 0.0f;  // LEAKY_RELU's slope
};

using UnaryTable = std::array<int8_t, 256>;  // [code + 128]

// Nothing for functions that have no int8 kernel (EXP, SQRT, RSQRT).
std::optional<UnaryTable> unary_table(graph::UnaryKind kind, const UnaryParameters& parameters);

// A table that only clamps: y = min(max(x, low), high).
struct Clamp {
  int32_t low = -128, high = 127;
};
std::optional<Clamp> as_clamp(const UnaryTable& table);

}  // namespace midge::quant
