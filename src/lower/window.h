// One axis of a 2-D window walking over an image: positions and the guards they need.
#pragma once

#include <vector>

#include "graph/graph.h"
#include "lower/context.h"

namespace midge::lower {

// Output position o and tap k meet input position o*stride + k*dilation - pad.
struct WindowAxis {
  int64_t input = 1, output = 1, taps = 1;
  int64_t stride = 1, dilation = 1, pad = 0;

  static WindowAxis rows(const graph::Window& window, int64_t input, int64_t output, int64_t taps);
  static WindowAxis columns(const graph::Window& window, int64_t input, int64_t output, int64_t taps);

  bool leaves_before() const { return pad > 0; }
  bool leaves_after() const { return (output - 1) * stride + (taps - 1) * dilation - pad >= input; }
  bool stays_inside() const { return !leaves_before() && !leaves_after(); }
  // Every output position has a tap inside the image.
  bool always_meets() const;

  Expr position(const Expr& o, const Expr& k) const;
  // Adds to `guards` what keeps `position` inside: only the sides that can be left.
  void guard(const Expr& position, std::vector<Expr>& guards) const;
  // For dilation 1: how many taps are inside the image at output position o; an immediate where it is always
  // `taps`.
  Expr taps_inside(const Expr& o) const;
};

// a * factor + offset, without the parts that do nothing.
Expr scaled(const Expr& a, int64_t factor, int64_t offset = 0);
// All of them, left to right; null for none.
Expr conjunction(const std::vector<Expr>& conditions);

}  // namespace midge::lower
