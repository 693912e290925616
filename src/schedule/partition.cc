// Which iterations need no test: from the conditions of the body, each a half line of the loop's variable.
#include <fmt/format.h>

#include <algorithm>

#include "loop/copy.h"
#include "schedule/steps.h"

namespace midge::schedule {
namespace {

int64_t floor_div(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

class Middle {
 public:
  Middle(VarId var, Limits limits, const KnownRanges& ranges) : var_(var), limits_(limits), bounds_(ranges) {}

  Limits limits() const { return limits_; }
  bool any() const { return any_; }
  const std::string& problem() const { return problem_; }

  void meet(const Expr& expr) {
    if (!problem_.empty() || !loop::uses(expr, var_)) return;
    if (expr->kind == ExprKind::kSelect) condition(expr->operands[0]);
    const bool extremum = expr->kind == ExprKind::kMin || expr->kind == ExprKind::kMax;
    if (extremum && expr->type == DType::kI32 && loop::is_index(expr)) choose(expr);
  }

  // Holds in the middle, whatever the other variables are.
  void condition(const Expr& expr) {
    if (!loop::uses(expr, var_)) return;
    if (expr->kind == ExprKind::kLogicalAnd) {
      condition(expr->operands[0]);
      return condition(expr->operands[1]);
    }
    const bool ordered = expr->kind == ExprKind::kLe || expr->kind == ExprKind::kLt;
    if (!ordered || expr->operands[0]->type != DType::kI32)
      return fail("a condition is not a comparison of index sums");
    require(expr->operands[0], expr->operands[1], expr->kind == ExprKind::kLt ? 1 : 0);
  }

 private:
  void fail(std::string problem) { problem_ = std::move(problem); }

  // min or max: the side without the variable is the one to be chosen in the middle.
  void choose(const Expr& expr) {
    const bool first = !loop::uses(expr->operands[0], var_);
    const Expr &kept = expr->operands[first ? 0 : 1], &other = expr->operands[first ? 1 : 0];
    if (loop::uses(kept, var_)) return fail("both sides of a minimum or maximum change with it");
    if (expr->kind == ExprKind::kMin)
      require(kept, other, 0);
    else
      require(other, kept, 0);
  }

  // low + gap <= high in the middle.
  void require(const Expr& low, const Expr& high, int64_t gap) {
    auto linear = add(loop::linear_form(high), loop::linear_form(low), -1);
    const auto factor = linear ? loop::factor_of(*linear, var_) : std::nullopt;
    if (!factor) return fail("a condition is not linear in it");
    if (*factor == 0) return;
    std::erase_if(linear->terms, [&](const Linear::Term& term) { return loop::uses(term.atom, var_); });
    linear->constant -= gap;
    const auto rest = loop::range_of(*linear, bounds_);
    if (!rest) return fail("a condition has no known range");
    any_ = true;
    if (*factor > 0)
      limits_.begin = std::max(limits_.begin, -floor_div(rest->low, *factor));
    else
      limits_.end = std::min(limits_.end, floor_div(rest->low, -*factor) + 1);
  }

  VarId var_;
  Limits limits_;
  loop::Bounds bounds_;
  bool any_ = false;
  std::string problem_;
};

void meet_conditions(const Stmt& stmt, Middle& middle) {
  if (stmt->kind == StmtKind::kIf) middle.condition(stmt->operands[0]);
  for (const Stmt& child : stmt->children) meet_conditions(child, middle);
}

}  // namespace

Result<Kernel> transform(const Kernel& kernel, const Partition& step) {
  MIDGE_ASSIGN(const Site site, find_loop(kernel, step.var));
  const auto whole = constant_limits(site.loop);
  if (!whole) return decline(print(step), "the loop's limits are not constant");
  const KnownRanges ranges = ranges_in(site.around, site.loop);
  Middle middle(site.var(), *whole, ranges);
  meet_conditions(site.body(), middle);
  visit_once(site.body(), [&](const Expr& e) { middle.meet(e); });
  if (!middle.problem().empty()) return decline(print(step), middle.problem());
  if (!middle.any()) return decline(print(step), "no condition depends on it");
  const Limits inside = middle.limits();
  if (inside.extent() == 0) return decline(print(step), "no iteration is free of conditions");
  if (inside.extent() == whole->extent()) return decline(print(step), "no iteration needs a condition");

  Kernel result = kernel;
  std::vector<Stmt> parts;
  const auto border = [&](const char* suffix, int64_t begin, int64_t end) {
    if (begin >= end) return;
    const VarId id = result.add_var(step.var + suffix);
    const Stmt body = loop::substitute(site.body(), site.var(), loop::var(id, DType::kI32));
    parts.push_back(
        loop::make_for(id, loop::i32(begin), loop::i32(end), loop::with_fresh_vars(result, body)));
  };
  border("_lo", whole->begin, inside.begin);
  parts.push_back(loop::make_for(site.var(), loop::i32(inside.begin), loop::i32(inside.end), site.body(),
                                 site.loop->for_kind));
  border("_hi", inside.end, whole->end);
  return replaced(std::move(result), site.loop, loop::block(std::move(parts)));
}

}  // namespace midge::schedule
