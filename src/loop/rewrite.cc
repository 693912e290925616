// Walking, rewriting and comparing loop programs.
#include <algorithm>
#include <bit>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "loop/ir.h"

namespace midge::loop {

namespace {

// Rewrites a tree that may share subtrees: a node met again is not asked for again, its first answer stands.
class Rewriter {
 public:
  Rewriter(const StmtRewriter* on_stmt, const ExprRewriter* on_expr) : on_stmt_(on_stmt), on_expr_(on_expr) {}

  Expr operator()(const Expr& expr) {
    if (!on_expr_) return expr;
    return remembered(exprs_, expr, [&] {
      if (Expr replacement = (*on_expr_)(expr)) return replacement;
      return with_operands(expr);
    });
  }

  Stmt operator()(const Stmt& stmt) {
    return remembered(stmts_, stmt, [&] {
      if (Stmt replacement = on_stmt_ ? (*on_stmt_)(stmt) : nullptr) return replacement;
      return with_parts(stmt);
    });
  }

 private:
  template <class Node, class Make>
  static Node remembered(std::unordered_map<const void*, Node>& memo, const Node& node, Make make) {
    if (node.use_count() == 1) return make();  // not shared
    if (const auto found = memo.find(node.get()); found != memo.end()) return found->second;
    Node result = make();
    memo.emplace(node.get(), result);
    return result;
  }

  // True where a part changed; `parts` then holds all of them.
  template <class Node>
  bool rewrite_all(const std::vector<Node>& from, std::vector<Node>& parts) {
    bool changed = false;
    parts.reserve(from.size());
    for (const Node& part : from) {
      parts.push_back((*this)(part));
      changed = changed || parts.back() != part;
    }
    return changed;
  }

  Expr with_operands(const Expr& expr) {
    std::vector<Expr> operands;
    if (!rewrite_all(expr->operands, operands)) return expr;
    for (size_t i = 0; i < operands.size(); ++i) MIDGE_CHECK(operands[i]->type == expr->operands[i]->type);
    auto node = std::make_shared<ExprNode>(*expr);
    node->operands = std::move(operands);
    return node;
  }

  Stmt with_parts(const Stmt& stmt) {
    std::vector<Expr> operands;
    std::vector<Stmt> children;
    const bool new_operands = rewrite_all(stmt->operands, operands);
    const bool new_children = rewrite_all(stmt->children, children);
    if (!new_operands && !new_children) return stmt;
    auto node = std::make_shared<StmtNode>(*stmt);
    node->operands = std::move(operands);
    node->children = std::move(children);
    return node;
  }

  const StmtRewriter* on_stmt_;
  const ExprRewriter* on_expr_;
  std::unordered_map<const void*, Expr> exprs_;
  std::unordered_map<const void*, Stmt> stmts_;
};

ExprRewriter replace_var(VarId var, const Expr& value) {
  return [var, value](const Expr& expr) -> Expr {
    if (expr->kind != ExprKind::kVar || expr->var != var) return nullptr;
    MIDGE_CHECK(value->type == expr->type);
    return value;
  };
}

}  // namespace

Expr rewrite(const Expr& expr, const ExprRewriter& on_expr) {
  return Rewriter(nullptr, &on_expr)(expr);
}

Stmt rewrite(const Stmt& stmt, const StmtRewriter& on_stmt, const ExprRewriter& on_expr) {
  return Rewriter(on_stmt ? &on_stmt : nullptr, on_expr ? &on_expr : nullptr)(stmt);
}

Expr substitute(const Expr& expr, VarId var, const Expr& value) {
  return rewrite(expr, replace_var(var, value));
}

Stmt substitute(const Stmt& stmt, VarId var, const Expr& value) {
  return rewrite(stmt, nullptr, replace_var(var, value));
}

void visit(const Expr& expr, const std::function<void(const Expr&)>& f) {
  f(expr);
  for (const Expr& operand : expr->operands) visit(operand, f);
}

void visit(const Stmt& stmt, const std::function<void(const Stmt&)>& on_stmt,
           const std::function<void(const Expr&)>& on_expr) {
  if (on_stmt) on_stmt(stmt);
  if (on_expr) {
    for (const Expr& operand : stmt->operands) visit(operand, on_expr);
  }
  for (const Stmt& child : stmt->children) visit(child, on_stmt, on_expr);
}

namespace {

template <class Node>
bool all_equal(const std::vector<Node>& a, const std::vector<Node>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Node& x, const Node& y) { return equal(x, y); });
}

}  // namespace

bool equal(const Expr& a, const Expr& b) {
  if (a == b) return true;
  if (!a || !b) return false;
  return a->kind == b->kind && a->type == b->type && a->value == b->value &&
         std::bit_cast<uint32_t>(a->float_value) == std::bit_cast<uint32_t>(b->float_value) &&
         a->var == b->var && a->buffer == b->buffer && a->instruction == b->instruction &&
         all_equal(a->operands, b->operands);
}

bool equal(const Stmt& a, const Stmt& b) {
  if (a == b) return true;
  if (!a || !b) return false;
  return a->kind == b->kind && a->for_kind == b->for_kind && a->var == b->var && a->buffer == b->buffer &&
         all_equal(a->operands, b->operands) && all_equal(a->children, b->children);
}

}  // namespace midge::loop
