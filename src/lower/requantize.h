// Requantisation inside a lowering: as quant::requantize, with the 64-bit product computed once, under a
// name.
#pragma once

#include "lower/context.h"
#include "quant/quant.h"

namespace midge::lower {

inline Expr requantize(Lets& lets, const Expr& x, const Expr& mantissa, const Expr& shift) {
  return quant::requantize_low(lets.bind("high", quant::requantize_high(x, mantissa, shift)), shift);
}

inline Expr requantize(Lets& lets, const Expr& x, const quant::Multiplier& multiplier) {
  return requantize(lets, x, loop::i32(multiplier.mantissa), loop::i32(multiplier.shift));
}

}  // namespace midge::lower
