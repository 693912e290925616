#include "lower/window.h"

namespace midge::lower {

using loop::i32;

WindowAxis WindowAxis::rows(const graph::Window& window, int64_t input, int64_t output, int64_t taps) {
  return {input, output, taps, window.stride_h, window.dilation_h, window.pad_top};
}

WindowAxis WindowAxis::columns(const graph::Window& window, int64_t input, int64_t output, int64_t taps) {
  return {input, output, taps, window.stride_w, window.dilation_w, window.pad_left};
}

bool WindowAxis::always_meets() const {
  return (taps - 1) * dilation - pad >= 0 && (output - 1) * stride - pad < input;
}

Expr scaled(const Expr& a, int64_t factor, int64_t offset) {
  Expr product = factor == 1 ? a : a * i32(factor);
  if (offset == 0) return product;
  return offset > 0 ? product + i32(offset) : product - i32(-offset);
}

Expr conjunction(const std::vector<Expr>& conditions) {
  Expr all;
  for (const Expr& condition : conditions) all = all ? loop::land(all, condition) : condition;
  return all;
}

Expr WindowAxis::position(const Expr& o, const Expr& k) const {
  const Expr start = scaled(o, stride);
  const Expr at = taps == 1 ? start : start + scaled(k, dilation);
  return scaled(at, 1, -pad);
}

void WindowAxis::guard(const Expr& position, std::vector<Expr>& guards) const {
  if (leaves_before()) guards.push_back(loop::le(i32(0), position));
  if (leaves_after()) guards.push_back(loop::lt(position, i32(input)));
}

Expr WindowAxis::taps_inside(const Expr& o) const {
  if (stays_inside()) return i32(taps);
  const Expr first = scaled(o, stride, -pad);
  const Expr end = scaled(o, stride, taps - pad);
  return (leaves_after() ? loop::min(end, i32(input)) : end) -
         (leaves_before() ? loop::max(first, i32(0)) : first);
}

}  // namespace midge::lower
