// Loop passes that run after the schedule. Each keeps the kernel's meaning bit for bit.
#pragma once

#include <map>
#include <optional>

#include "loop/ir.h"

namespace midge::loop {

// Inclusive interval of an integer expression's value, from the intervals of the variables in `known`
// (an unknown variable: its type's range). Nothing when it cannot be bounded inside int64.
struct Interval {
  int64_t low, high;
  friend bool operator==(const Interval&, const Interval&) = default;
};
using KnownRanges = std::map<VarId, Interval>;
std::optional<Interval> bounds(const Expr& expr, const KnownRanges& known);

// Constant folding, identities (x+0, x*1, select of a constant, min/max decided by bounds, conditions decided
// by the enclosing loops' ranges and enclosing ifs), flattening of nested blocks, removal of empty loops,
// loops of one iteration replaced by their body, index sums normalised to linear form (c0 + c1*v1 + ...),
// lets of constants or variables propagated, unused lets dropped.
Kernel simplify(const Kernel& kernel);
Expr simplify(const Expr& expr, const KnownRanges& known = {});

// Replaces every kUnrolled loop (bounds constant after simplify) by copies of its body, fresh variables in
// each copy.
Kernel unroll(const Kernel& kernel);

// Sees every buffer with as few axes as its layout allows, most as one, and brings the indices to linear
// form: base plus what each loop adds plus a constant. C compilers turn such sums into one pointer a loop
// with constant offsets; of products of sums they keep several.
Kernel flatten(const Kernel& kernel);

// Moves integer subexpressions that do not change in a loop to a `let` before it, where they cost something
// (products, requantisation constants, row offsets), so that any C compiler sees cheap inner loops. Loads
// move only when nothing in the loop writes the buffer and the access cannot fault. Zero-trip loops stay
// correct.
Kernel hoist(const Kernel& kernel);

}  // namespace midge::loop
