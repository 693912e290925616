#include "schedule/nest.h"

#include <fmt/format.h>

#include <map>
#include <unordered_set>

#include "base/check.h"
#include "loop/bounds.h"

namespace midge::schedule {
namespace {

bool find(const Kernel& kernel, const Stmt& stmt, const std::string& name, Site& site) {
  if (stmt->kind == StmtKind::kFor && kernel.var(stmt->var).name == name) {
    site.loop = stmt;
    return true;
  }
  site.around.push_back(stmt);
  for (const Stmt& child : stmt->children)
    if (find(kernel, child, name, site)) return true;
  site.around.pop_back();
  return false;
}

void learn_range(const Stmt& stmt, KnownRanges& ranges) {
  loop::Bounds bounds(ranges);
  std::optional<loop::Interval> range;
  if (stmt->kind == StmtKind::kLet) range = bounds.of(stmt->operands[0]);
  if (stmt->kind == StmtKind::kFor) {
    const auto begin = bounds.of(stmt->operands[0]), end = bounds.of(stmt->operands[1]);
    MIDGE_CHECK(begin && end);
    if (begin->low < end->high) range = {begin->low, end->high - 1};
  }
  if (range) ranges[stmt->var] = *range;
}

void learn_inside(const Stmt& stmt, KnownRanges& ranges) {
  learn_range(stmt, ranges);
  for (const Stmt& child : stmt->children) learn_inside(child, ranges);
}

void visit_expr(const Expr& expr, std::unordered_set<const loop::ExprNode*>& seen,
                const std::function<void(const Expr&)>& f) {
  if (!seen.insert(expr.get()).second) return;
  f(expr);
  for (const Expr& operand : expr->operands) visit_expr(operand, seen, f);
}

void visit_stmt(const Stmt& stmt, const std::function<void(const Stmt&)>& f) {
  f(stmt);
  for (const Stmt& child : stmt->children) visit_stmt(child, f);
}

// An index as factor*var + fixed + moving, where `fixed` is the same in both of two iterations that are
// compared.
struct Split3 {
  int64_t factor = 0;
  Linear fixed, moving;
};

std::optional<Split3> split_index(const Expr& index, VarId var, const std::set<VarId>& moving) {
  const Linear linear = loop::linear_form(index);
  const auto factor = loop::factor_of(linear, var);
  if (!factor || *factor == 0) return std::nullopt;
  Split3 split{.factor = *factor, .fixed = {}, .moving = {.constant = linear.constant, .terms = {}}};
  for (const Linear::Term& term : linear.terms) {
    if (term.atom->kind == ExprKind::kVar && term.atom->var == var) continue;
    bool moves = !loop::is_index(term.atom);  // a load may differ
    for (const VarId id : moving) moves = moves || loop::uses(term.atom, id);
    (moves ? split.moving : split.fixed).terms.push_back(term);
  }
  return split;
}

bool same(const Linear& a, const Linear& b) {
  const auto gap = add(a, b, -1);
  return gap && gap->is_constant() && gap->constant == 0;
}

// All accesses lie, along this axis, within a window narrower than one step of `var`.
bool separates(const std::vector<Access>& all, size_t axis, VarId var, const std::set<VarId>& moving,
               const KnownRanges& ranges) {
  loop::Bounds bounds(ranges);
  std::optional<Split3> first;
  loop::Interval window{};
  for (const Access& access : all) {
    const auto split = split_index(access.indices[axis], var, moving);
    if (!split) return false;
    const auto range = loop::range_of(split->moving, bounds);
    if (!range) return false;
    if (!first) {
      first = split;
      window = *range;
    }
    if (split->factor != first->factor || !same(split->fixed, first->fixed)) return false;
    window = {std::min(window.low, range->low), std::max(window.high, range->high)};
  }
  return first && window.high - window.low < std::abs(first->factor);
}

}  // namespace

Error decline(const std::string& step, const std::string& reason) {
  return usage_error(fmt::format("{}: {}", step, reason));
}

Result<Site> find_loop(const Kernel& kernel, const std::string& name) {
  Site site;
  if (!find(kernel, kernel.body, name, site))
    return usage_error(fmt::format("kernel {} has no loop '{}'", kernel.name, name));
  return site;
}

std::optional<Limits> constant_limits(const Stmt& loop) {
  const Expr &begin = loop->operands[0], &end = loop->operands[1];
  if (begin->kind != ExprKind::kIntImm || end->kind != ExprKind::kIntImm) return std::nullopt;
  return Limits{begin->value, end->value};
}

Kernel replaced(Kernel kernel, const Stmt& old, const Stmt& fresh) {
  kernel.body = loop::rewrite(kernel.body, [&](const Stmt& s) -> Stmt { return s == old ? fresh : nullptr; });
  return kernel;
}

KnownRanges ranges_in(const std::vector<Stmt>& around, const Stmt& root) {
  KnownRanges ranges;
  for (const Stmt& stmt : around) learn_range(stmt, ranges);
  learn_inside(root, ranges);
  return ranges;
}

void visit_once(const Stmt& stmt, const std::function<void(const Expr&)>& f) {
  std::unordered_set<const loop::ExprNode*> seen;
  visit_stmt(stmt, [&](const Stmt& s) {
    for (const Expr& operand : s->operands) visit_expr(operand, seen, f);
  });
}

std::vector<Access> accesses(const Stmt& stmt) {
  std::vector<Access> all;
  visit_once(stmt, [&](const Expr& e) {
    if (e->kind == ExprKind::kLoad) all.push_back({e->buffer, e->operands, false});
  });
  visit_stmt(stmt, [&](const Stmt& s) {
    if (s->kind == StmtKind::kStore)
      all.push_back({s->buffer, {s->operands.begin() + 1, s->operands.end()}, true});
  });
  return all;
}

bool uses(const Stmt& stmt, VarId var) {
  bool found = false;
  visit_once(stmt, [&](const Expr& e) { found = found || (e->kind == ExprKind::kVar && e->var == var); });
  return found;
}

bool contains_loop(const Stmt& stmt) {
  bool found = false;
  visit_stmt(stmt, [&](const Stmt& s) { found = found || s->kind == StmtKind::kFor; });
  return found;
}

std::set<VarId> bound_in(const Stmt& stmt) {
  std::set<VarId> vars;
  visit_stmt(stmt, [&](const Stmt& s) {
    if (s->kind == StmtKind::kFor || s->kind == StmtKind::kLet) vars.insert(s->var);
  });
  return vars;
}

std::set<BufferId> allocated_in(const Stmt& stmt) {
  std::set<BufferId> buffers;
  visit_stmt(stmt, [&](const Stmt& s) {
    if (s->kind == StmtKind::kAlloc) buffers.insert(s->buffer);
  });
  return buffers;
}

bool independent(const Stmt& body, VarId var, const std::set<VarId>& varying, const KnownRanges& ranges) {
  std::set<VarId> moving = bound_in(body);
  moving.insert(varying.begin(), varying.end());
  moving.erase(var);
  const std::set<BufferId> own = allocated_in(body);
  std::map<BufferId, std::vector<Access>> by_buffer;
  std::set<BufferId> written;
  for (Access& access : accesses(body)) {
    if (own.contains(access.buffer)) continue;
    if (access.is_store) written.insert(access.buffer);
    by_buffer[access.buffer].push_back(std::move(access));
  }
  for (const BufferId buffer : written) {
    const std::vector<Access>& all = by_buffer[buffer];
    bool apart = false;
    for (size_t axis = 0; axis < all.front().indices.size() && !apart; ++axis)
      apart = separates(all, axis, var, moving, ranges);
    if (!apart) return false;
  }
  return true;
}

bool independent(const Site& site) {
  return independent(site.body(), site.var(), {}, ranges_in(site.around, site.loop));
}

}  // namespace midge::schedule
