#include <algorithm>

#include "schedule/steps.h"

namespace midge::schedule {
namespace {

void conjuncts(const Expr& condition, std::vector<Expr>& parts) {
  if (condition->kind != ExprKind::kLogicalAnd) return parts.push_back(condition);
  conjuncts(condition->operands[0], parts);
  conjuncts(condition->operands[1], parts);
}

// a*var + rest >= 0 as a limit of var: begin >= ceil(-rest / a), or end <= floor(rest / -a) + 1.
//
// The quotients truncate toward zero, and the numerators are such that this is the right rounding from 0 on;
// below, they give at most 0, which is no tighter than the loop's own begin (not negative) and leaves an
// empty loop empty.
struct Trimmer {
  VarId var;
  Expr begin, end;
  loop::Bounds& bounds;
  bool changed = false;

  // True where the comparison became a limit.
  bool take(const Expr& condition, const std::set<VarId>& inner) {
    const bool ordered = condition->kind == ExprKind::kLe || condition->kind == ExprKind::kLt;
    if (!ordered || !loop::is_index(condition) || condition->operands[0]->type != DType::kI32) return false;
    auto linear =
        add(loop::linear_form(condition->operands[1]), loop::linear_form(condition->operands[0]), -1);
    const auto factor = linear ? loop::factor_of(*linear, var) : std::nullopt;
    if (!factor || *factor == 0) return false;
    if (condition->kind == ExprKind::kLt) linear->constant -= 1;
    std::erase_if(linear->terms, [&](const Linear::Term& term) { return loop::uses(term.atom, var); });
    for (const Linear::Term& term : linear->terms)
      for (const VarId id : inner)
        if (loop::uses(term.atom, id)) return false;
    if (!limit(*linear, *factor)) return false;
    changed = true;
    return true;
  }

 private:
  static Expr quotient(const Linear& linear, int64_t divisor) {
    const Expr numerator = loop::to_expr(linear);
    return divisor == 1 ? numerator : loop::div(numerator, loop::i32(divisor));
  }

  bool limit(Linear rest, int64_t factor) {
    if (factor > 0) {
      for (Linear::Term& term : rest.terms) term.factor = -term.factor;
      rest.constant = -rest.constant + factor - 1;
    } else {
      rest.constant -= factor;
    }
    if (!loop::sums_fit(rest, bounds)) return false;
    if (factor > 0)
      begin = loop::max(begin, quotient(rest, factor));
    else
      end = loop::min(end, quotient(rest, -factor));
    return true;
  }
};

// The body of `loop` with what could be taken from its condition gone; null where the body has another form.
Stmt trimmed_body(const Stmt& stmt, Trimmer& trimmer, std::set<VarId> inner) {
  if (stmt->kind == StmtKind::kFor) {
    inner.insert(stmt->var);
    Stmt body = trimmed_body(stmt->children[0], trimmer, std::move(inner));
    return body ? loop::make_for(stmt->var, stmt->operands[0], stmt->operands[1], body, stmt->for_kind)
                : nullptr;
  }
  if (stmt->kind != StmtKind::kIf || stmt->children.size() > 1) return nullptr;
  std::vector<Expr> parts;
  conjuncts(stmt->operands[0], parts);
  Expr rest;
  for (const Expr& part : parts)
    if (!trimmer.take(part, inner)) rest = rest ? loop::land(rest, part) : part;
  return rest ? loop::make_if(rest, stmt->children[0]) : stmt->children[0];
}

}  // namespace

Result<Kernel> transform(const Kernel& kernel, const Trim& step) {
  MIDGE_ASSIGN(const Site site, find_loop(kernel, step.var));
  const KnownRanges ranges = ranges_in(site.around, site.loop);
  loop::Bounds bounds(ranges);
  const auto begin = bounds.of(site.loop->operands[0]);
  if (!begin || begin->low < 0) return decline(print(step), "the loop may begin below 0");
  Trimmer trimmer{
      .var = site.var(), .begin = site.loop->operands[0], .end = site.loop->operands[1], .bounds = bounds};
  const Stmt body = trimmed_body(site.body(), trimmer, {});
  if (!body) return decline(print(step), "its body is not an if without else");
  if (!trimmer.changed) return decline(print(step), "no condition is a linear limit of it");
  return replaced(kernel, site.loop,
                  loop::make_for(site.var(), trimmer.begin, trimmer.end, body, site.loop->for_kind));
}

}  // namespace midge::schedule
