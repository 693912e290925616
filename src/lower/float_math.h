// exp and its friends as loop expressions in single precision, so that neither the kernels nor their host
// runs need a maths library and every target computes the same bits.
//
// exp(x) = 2^n * exp(r) with n = round(x / ln 2), |r| <= ln(2)/2, exp(r) by a polynomial; 2^n is built from
// its bits, in two halves so that results below the smallest normal number and overflow to infinity come out
// by themselves. Relative error below 2e-7. Rejected: a table (constants in flash for little gain without a
// fast multiply-add).
#pragma once

#include "loop/ir.h"
#include "lower/context.h"

namespace midge::lower {

// Each takes an f32 expression and names its intermediate values in `lets`. Lets are evaluated wherever
// `lets` wraps, also for elements that do not use them; none of them can fault.
Expr exp_f32(Lets& lets, const Expr& x);
Expr expm1_f32(Lets& lets, const Expr& x);  // exp(x) - 1 without cancellation; for x <= 0
Expr logistic_f32(Lets& lets, const Expr& x);
Expr tanh_f32(Lets& lets, const Expr& x);
Expr abs_f32(const Expr& x);

}  // namespace midge::lower
