// Statement rules of the simplifier, and the driver.
//
// One pass goes down the nest once, learning ranges and facts from loops and conditions and replacing
// expressions on the way; lets and allocations that nobody reads are then dropped on the way up. Passes
// repeat until nothing changes (one rule's result may be another's food), two or three times in practice.
#include "loop/simplify.h"

#include <unordered_set>
#include <utility>
#include <vector>

#include "base/check.h"
#include "loop/copy.h"
#include "loop/simplify_expr.h"

namespace midge::loop {
namespace {

constexpr int kMostPasses =
    16;  // a guard: each rule makes the program smaller or brings it nearer to its normal form

bool is_empty(const Stmt& stmt) {
  return stmt->kind == StmtKind::kBlock && stmt->children.empty();
}

// The same statement with other parts; the very same node where nothing changed.
Stmt with_parts(const Stmt& stmt, std::vector<Expr> operands, std::vector<Stmt> children) {
  if (operands == stmt->operands && children == stmt->children) return stmt;
  auto node = std::make_shared<StmtNode>(*stmt);
  node->operands = std::move(operands);
  node->children = std::move(children);
  return node;
}

class StmtSimplifier {
 public:
  Stmt operator()(const Stmt& stmt) {
    switch (stmt->kind) {
      case StmtKind::kBlock:
        return sequence(stmt);
      case StmtKind::kFor:
        return loop(stmt);
      case StmtKind::kIf:
        return choice(stmt);
      case StmtKind::kLet:
        return binding(stmt);
      case StmtKind::kStore:
        return with_parts(stmt, all(stmt->operands), {});
      case StmtKind::kAlloc: {
        Stmt body = (*this)(stmt->children[0]);
        return is_empty(body) ? body : with_parts(stmt, {}, {std::move(body)});
      }
    }
    MIDGE_CHECK(false);
  }

 private:
  std::vector<Expr> all(const std::vector<Expr>& exprs) {
    std::vector<Expr> result;
    result.reserve(exprs.size());
    for (const Expr& expr : exprs) result.push_back(expr_(expr));
    return result;
  }

  Stmt sequence(const Stmt& stmt) {
    std::vector<Stmt> children;
    for (const Stmt& child : stmt->children) {
      Stmt simple = (*this)(child);
      if (simple->kind == StmtKind::kBlock)
        children.insert(children.end(), simple->children.begin(), simple->children.end());
      else
        children.push_back(std::move(simple));
    }
    return children.size() == 1 ? children.front() : with_parts(stmt, {}, std::move(children));
  }

  Stmt loop(const Stmt& stmt) {
    std::vector<Expr> ends = all(stmt->operands);
    if (is_index(ends[0]) && is_index(ends[1])) {
      const Linear begin = linear_form(ends[0]), end = linear_form(ends[1]);
      const auto missing = add(begin, end, -1), extent = add(end, begin, -1);
      if (missing && expr_.proves_not_negative(*missing)) return block({});
      if (extent && extent->is_constant() && extent->constant == 1) {
        expr_.replace(stmt->var, ends[0]);
        return (*this)(stmt->children[0]);
      }
    }
    expr_.enter();
    learn_loop(stmt->var, ends[0], ends[1]);
    Stmt body = (*this)(stmt->children[0]);
    expr_.leave();
    return is_empty(body) ? body : with_parts(stmt, std::move(ends), {std::move(body)});
  }

  void learn_loop(VarId id, const Expr& begin, const Expr& end) {
    const auto low = expr_.range(begin), high = expr_.range(end);
    MIDGE_CHECK(low && high);  // i32 always has a range
    if (low->low < high->high) expr_.learn_range(id, {low->low, high->high - 1});
    const Expr index = var(id, DType::kI32);
    learn_bound(begin, ExprKind::kMax, [&](const Expr& bound) { return index - bound; });
    learn_bound(end, ExprKind::kMin, [&](const Expr& bound) { return bound - index - i32(1); });
  }

  // A loop that begins at max(a, b) begins at or above both; constants are in the variable's range already.
  template <class Difference>
  void learn_bound(const Expr& bound, ExprKind extremum, const Difference& difference) {
    if (bound->kind == ExprKind::kIntImm || !is_index(bound)) return;
    expr_.learn_not_negative(difference(bound));
    if (bound->kind != extremum) return;
    learn_bound(bound->operands[0], extremum, difference);
    learn_bound(bound->operands[1], extremum, difference);
  }

  Stmt choice(const Stmt& stmt) {
    Expr condition = conjunction(stmt->operands[0]);
    if (condition->kind == ExprKind::kIntImm) {
      if (condition->value != 0) return (*this)(stmt->children[0]);
      return stmt->children.size() > 1 ? (*this)(stmt->children[1]) : block({});
    }
    const auto branch = [&](size_t i, bool holds) {
      expr_.enter();
      expr_.learn(condition, holds);
      Stmt result = (*this)(stmt->children[i]);
      expr_.leave();
      return result;
    };
    Stmt then = branch(0, true);
    Stmt otherwise = stmt->children.size() > 1 ? branch(1, false) : block({});
    if (is_empty(otherwise)) {
      if (is_empty(then)) return then;
      if (then->kind == StmtKind::kIf && then->children.size() == 1)
        return make_if(land(condition, then->operands[0]), then->children[0]);
      return with_parts(stmt, {std::move(condition)}, {std::move(then)});
    }
    if (is_empty(then)) return make_if(lnot(condition), std::move(otherwise));
    return with_parts(stmt, {std::move(condition)}, {std::move(then), std::move(otherwise)});
  }

  // a && b: b is looked at where a holds.
  Expr conjunction(const Expr& condition) {
    if (condition->kind != ExprKind::kLogicalAnd) return expr_(condition);
    Expr a = conjunction(condition->operands[0]);
    expr_.enter();
    expr_.learn(a, true);
    Expr b = conjunction(condition->operands[1]);
    expr_.leave();
    if (a == condition->operands[0] && b == condition->operands[1]) return condition;
    return expr_(land(std::move(a), std::move(b)));
  }

  Stmt binding(const Stmt& stmt) {
    Expr value = expr_(stmt->operands[0]);
    const bool trivial = value->kind == ExprKind::kVar || value->kind == ExprKind::kIntImm ||
                         value->kind == ExprKind::kFloatImm;
    if (trivial) {
      expr_.replace(stmt->var, std::move(value));
      return (*this)(stmt->children[0]);
    }
    expr_.enter();
    if (const auto range = expr_.range(value)) expr_.learn_range(stmt->var, *range);
    Stmt body = (*this)(stmt->children[0]);
    expr_.leave();
    return is_empty(body) ? body : with_parts(stmt, {std::move(value)}, {std::move(body)});
  }

  ExprSimplifier expr_;
};

// Drops lets and allocations that nobody reads, with what is stored there. Children go first and in reverse,
// so that every use of a name has been met when its binder is reached.
class UnusedDropper {
 public:
  Stmt operator()(const Stmt& stmt) {
    std::vector<Stmt> children(stmt->children.size());
    for (size_t i = children.size(); i-- > 0;) children[i] = (*this)(stmt->children[i]);
    if (stmt->kind == StmtKind::kLet && !vars_.contains(stmt->var)) return children[0];
    if (stmt->kind == StmtKind::kAlloc && !loaded_.contains(stmt->buffer))
      return without_stores(children[0], stmt->buffer);
    std::unordered_set<const ExprNode*> seen_here;
    const bool stores = stmt->kind == StmtKind::kStore;
    for (const Expr& operand : stmt->operands)
      stores ? meet(operand, seen_here, stmt->buffer) : meet(operand, seen_, {});
    return with_parts(stmt, stmt->operands, std::move(children));
  }

 private:
  static Stmt without_stores(const Stmt& body, BufferId buffer) {
    return rewrite(body, [&](const Stmt& s) {
      return s->kind == StmtKind::kStore && s->buffer == buffer ? block({}) : nullptr;
    });
  }

  // A sum that only goes on to the same buffer is no use of it: loads from `own` do not count. Each store has
  // its own `seen`, because the same node may count elsewhere.
  void meet(const Expr& expr, std::unordered_set<const ExprNode*>& seen, BufferId own) {
    if (seen_.contains(expr.get()) || !seen.insert(expr.get()).second) return;
    if (expr->kind == ExprKind::kVar) vars_.insert(expr->var);
    if (expr->kind == ExprKind::kLoad && expr->buffer != own) loaded_.insert(expr->buffer);
    for (const Expr& operand : expr->operands) meet(operand, seen, own);
  }

  std::unordered_set<const ExprNode*> seen_;  // all alive: the program before the pass holds them
  std::unordered_set<VarId> vars_;
  std::unordered_set<BufferId> loaded_;
};

}  // namespace

Kernel simplify(const Kernel& kernel) {
  Kernel result = compact(kernel);
  for (int pass = 0; pass < kMostPasses; ++pass) {
    Stmt next = UnusedDropper()(StmtSimplifier()(result.body));
    if (equal(next, result.body)) break;
    result.body = std::move(next);
  }
  return compact(result);
}

Expr simplify(const Expr& expr, const KnownRanges& known) {
  Expr result = expr;
  for (int pass = 0; pass < kMostPasses; ++pass) {
    Expr next = ExprSimplifier(known)(result);
    if (equal(next, result)) break;
    result = std::move(next);
  }
  return result;
}

}  // namespace midge::loop
