// Changing the quantisation of int8 codes, as QUANTIZE does and as others do on the way.
#pragma once

#include "lower/context.h"
#include "quant/quant.h"

namespace midge::lower {

// The code (i8) of the real number that the code `x` (i8) has under `from`, under `to`, clamped to `range`:
// to.zero_point + (x - from.zero_point) * from.scale / to.scale, rounded as quant::requantize does.
Expr rescale(Lets& lets, const Expr& x, const Affine& from, const Affine& to, const quant::Range& range = {});

}  // namespace midge::lower
