#include "loop/copy.h"

#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace midge::loop {
namespace {

bool binds(const StmtNode& stmt) {
  return stmt.kind == StmtKind::kFor || stmt.kind == StmtKind::kLet;
}

// Renames variables, those bound on the way included, and buffers.
class Renamer {
 public:
  std::unordered_map<VarId, VarId> vars;
  std::unordered_map<BufferId, BufferId> buffers;

  Stmt operator()(const Stmt& stmt) {
    auto node = std::make_shared<StmtNode>(*stmt);
    for (Expr& operand : node->operands) operand = (*this)(operand);
    node->var = renamed(vars, node->var);
    node->buffer = renamed(buffers, node->buffer);
    for (Stmt& child : node->children) child = (*this)(child);
    return node;
  }

 private:
  template <class Id>
  static Id renamed(const std::unordered_map<Id, Id>& names, Id id) {
    const auto found = names.find(id);
    return found == names.end() ? id : found->second;
  }

  Expr operator()(const Expr& expr) {
    if (const auto found = memo_.find(expr.get()); found != memo_.end()) return found->second;
    ExprNode node = *expr;
    bool changed = false;
    for (Expr& operand : node.operands) {
      Expr renamed_operand = (*this)(operand);
      changed = changed || renamed_operand != operand;
      operand = std::move(renamed_operand);
    }
    node.var = renamed(vars, node.var);
    node.buffer = renamed(buffers, node.buffer);
    changed = changed || node.var != expr->var || node.buffer != expr->buffer;
    Expr result = changed ? std::make_shared<const ExprNode>(std::move(node)) : expr;
    memo_.emplace(expr.get(), result);
    return result;
  }

  std::unordered_map<const ExprNode*, Expr> memo_;
};

// What a body names: variables in the order of their binding, and buffers.
struct Names {
  std::vector<VarId> bound;
  std::unordered_set<BufferId> buffers;

  void collect(const StmtNode& stmt) {
    if (binds(stmt)) bound.push_back(stmt.var);
    if (stmt.buffer.valid()) buffers.insert(stmt.buffer);
    for (const Expr& operand : stmt.operands) collect(*operand);
    for (const Stmt& child : stmt.children) collect(*child);
  }

 private:
  void collect(const ExprNode& expr) {
    if (!seen_.insert(&expr).second) return;
    if (expr.buffer.valid()) buffers.insert(expr.buffer);
    for (const Expr& operand : expr.operands) collect(*operand);
  }

  std::unordered_set<const ExprNode*> seen_;
};

}  // namespace

Stmt with_fresh_vars(Kernel& kernel, const Stmt& stmt) {
  Names names;
  names.collect(*stmt);
  Renamer rename;
  for (const VarId id : names.bound) {
    const Var old = kernel.var(id);
    rename.vars[id] = kernel.add_var(old.name, old.type);
  }
  return rename(stmt);
}

Kernel compact(const Kernel& kernel) {
  Names names;
  names.collect(*kernel.body);
  Kernel result{.name = kernel.name, .source = kernel.source, .vars = {}, .buffers = {}, .body = nullptr};
  Renamer rename;
  bool changed = names.bound.size() != kernel.vars.size();
  for (const VarId id : names.bound) {
    const VarId fresh{static_cast<int32_t>(result.vars.size())};
    result.vars.push_back(kernel.var(id));
    rename.vars[id] = fresh;
    changed = changed || fresh != id;
  }
  for (size_t i = 0; i < kernel.buffers.size(); ++i) {
    const BufferId id{static_cast<int32_t>(i)}, fresh{static_cast<int32_t>(result.buffers.size())};
    const Memory memory = kernel.buffers[i].memory;
    const bool argument = memory == Memory::kInput || memory == Memory::kOutput;
    if (!argument && !names.buffers.contains(id)) {
      changed = true;
      continue;
    }
    result.buffers.push_back(kernel.buffers[i]);
    rename.buffers[id] = fresh;
  }
  if (!changed) return kernel;
  result.body = rename(kernel.body);
  return result;
}

}  // namespace midge::loop
