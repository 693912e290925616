// Index sums in linear form: c + f1*a1 + f2*a2 + ..., where an atom is any i32 expression that is no sum
// itself.
//
// In a valid program no signed operation overflows, so an i32 sum equals the mathematical one and may be
// taken apart. Putting it together again in another order is only safe where no partial sum can leave i32:
// see sums_fit.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "loop/bounds.h"
#include "loop/ir.h"

namespace midge::loop {

struct Linear {
  struct Term {
    Expr atom;
    int64_t factor;  // not 0
  };
  int64_t constant = 0;
  std::vector<Term> terms;  // ordered by `compare` of the atoms

  bool is_constant() const { return terms.empty(); }
};

// Total order of expressions: variables first, by age (outer loops come before inner ones), then the rest by
// structure.
int compare(const Expr& a, const Expr& b);

// Arithmetic on i32 variables and constants alone: no load, no call, no other type below it but conditions.
bool is_index(const Expr& expr);

Linear linear_form(const Expr& expr);  // of an i32 expression
// a + scale * b, or nothing where a factor would leave int64.
std::optional<Linear> add(const Linear& a, const Linear& b, int64_t scale = 1);
Expr to_expr(const Linear& linear);

// The range of the sum as a mathematical integer.
std::optional<Interval> range_of(const Linear& linear, Bounds& bounds);
// Whether every partial sum, in any order, stays inside i32.
bool sums_fit(const Linear& linear, Bounds& bounds);

// The factor of variable `var` (0: absent) where it occurs as a term of its own only, else nothing.
std::optional<int64_t> factor_of(const Linear& linear, VarId var);
bool uses(const Expr& expr, VarId var);

}  // namespace midge::loop
