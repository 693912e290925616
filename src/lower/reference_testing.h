// For tests: TensorFlow Lite's requantisation written out as its authors do, independently of src/quant.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace midge::lower::testing {

// x * real, rounded twice.
inline int32_t reference_requantize(int32_t x, double real) {
  int shift = 0;
  auto mantissa = static_cast<int64_t>(std::round(std::frexp(real, &shift) * 2147483648.0));
  if (mantissa == 2147483648) mantissa /= 2, ++shift;
  const int64_t product = static_cast<int64_t>(x) * (int64_t{1} << std::max(shift, 0)) * mantissa;
  const auto high = static_cast<int32_t>((product + (product >= 0 ? (1 << 30) : 1 - (1 << 30))) / 2147483648);
  const int right = std::max(-shift, 0);
  const auto mask = static_cast<int32_t>((int64_t{1} << right) - 1);
  return (high >> right) + ((high & mask) > (mask >> 1) + (high < 0 ? 1 : 0) ? 1 : 0);
}

inline int8_t reference_clamp(int64_t code, int64_t low = -128, int64_t high = 127) {
  return static_cast<int8_t>(std::min(std::max(code, low), high));
}

}  // namespace midge::lower::testing
