// Ranges of integer expressions, remembered per node so that shared subtrees cost once.
#pragma once

#include <optional>
#include <unordered_map>
#include <utility>

#include "loop/ir.h"
#include "loop/simplify.h"

namespace midge::loop {

// Answers hold for one set of variable ranges: whoever changes `known` calls forget().
class Bounds {
 public:
  explicit Bounds(const KnownRanges& known) : known_(known) {}
  std::optional<Interval> of(const Expr& expr);
  void forget() { memo_.clear(); }

 private:
  using Range = std::optional<Interval>;
  Range compute(const Expr& expr);
  Range binary(const Expr& expr);
  Range comparison(const Expr& expr);
  Range cast(const Expr& expr);

  const KnownRanges& known_;
  std::unordered_map<const ExprNode*, std::pair<Expr, Range>> memo_;  // the Expr keeps the key alive
};

// Every value of an integer type or bool; nothing for u64 and f32.
std::optional<Interval> type_range(DType type);

}  // namespace midge::loop
