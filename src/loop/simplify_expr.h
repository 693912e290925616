// Expression rules of the simplifier, under what is known at one place of a kernel.
#pragma once

#include <unordered_map>
#include <utility>
#include <vector>

#include "loop/bounds.h"
#include "loop/ir.h"
#include "loop/linear.h"
#include "loop/simplify.h"

namespace midge::loop {

class ExprSimplifier {
 public:
  explicit ExprSimplifier(KnownRanges known = {}) : known_(std::move(known)), bounds_(known_) {}

  Expr operator()(const Expr& expr);

  // From here on variable `var` means `value`, which is simplified already.
  void replace(VarId var, Expr value) { values_[var] = std::move(value); }

  // What is learned between enter and leave is forgotten at leave.
  void enter();
  void leave();
  void learn_range(VarId var, Interval range);
  void learn_not_negative(const Expr& difference);  // an i32 index expression, as a mathematical sum
  void learn(const Expr& condition, bool holds);    // a condition; what it tells about index sums

  bool proves_not_negative(const Linear& linear);
  std::optional<Interval> range(const Expr& expr) { return bounds_.of(expr); }

 private:
  using Memo = std::unordered_map<const ExprNode*, std::pair<Expr, Expr>>;  // first keeps the key alive
  struct Scope {
    Memo memo;
    std::vector<std::pair<VarId, std::optional<Interval>>> ranges;  // as they were before
    size_t facts = 0;
  };

  Expr variable(const Expr& expr);
  Expr with_operands(const Expr& expr);
  Expr rules(const Expr& expr);
  Expr index_sum(const Expr& expr);
  Expr arithmetic(const Expr& expr);
  Expr sum(const Expr& expr);
  Expr quotient(const Expr& expr);
  Expr extremum(const Expr& expr);
  Expr comparison(const Expr& expr);
  Expr index_comparison(const Expr& expr);
  Expr logic(const Expr& expr);
  Expr conversion(const Expr& expr);

  void learn_linear(const Linear& linear);
  bool always_ordered(const Expr& low, const Expr& high);  // low <= high

  KnownRanges known_;
  Bounds bounds_;
  std::unordered_map<VarId, Expr> values_;
  std::vector<Linear> facts_;  // each is >= 0
  Memo memo_;
  std::vector<Scope> scopes_;
};

}  // namespace midge::loop
