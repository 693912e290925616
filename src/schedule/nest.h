// What the steps ask about a nest: where a loop stands, what its body reads and writes, whether its
// iterations are independent.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "loop/ir.h"
#include "loop/linear.h"
#include "loop/simplify.h"

namespace midge::schedule {

using loop::Expr;
using loop::ExprKind;
using loop::Kernel;
using loop::KnownRanges;
using loop::Linear;
using loop::Memory;
using loop::Stmt;
using loop::StmtKind;

// A loop and the statements around it, outermost first.
struct Site {
  Stmt loop;
  std::vector<Stmt> around;

  VarId var() const { return loop->var; }
  const Stmt& body() const { return loop->children[0]; }
};
Result<Site> find_loop(const Kernel& kernel, const std::string& name);

Error decline(const std::string& step, const std::string& reason);

// Limits that are immediates; nothing otherwise.
struct Limits {
  int64_t begin, end;
  int64_t extent() const { return end > begin ? end - begin : 0; }
};
std::optional<Limits> constant_limits(const Stmt& loop);

// The kernel with one statement replaced.
Kernel replaced(Kernel kernel, const Stmt& old, const Stmt& fresh);

// Ranges of the variables that `stmts` (from the outside in) and everything inside `root` bind.
KnownRanges ranges_in(const std::vector<Stmt>& around, const Stmt& root);

// One access to a buffer.
struct Access {
  BufferId buffer;
  std::vector<Expr> indices;
  bool is_store = false;
};
std::vector<Access> accesses(const Stmt& stmt);

// Every expression once, wherever it is shared.
void visit_once(const Stmt& stmt, const std::function<void(const Expr&)>& f);
bool uses(const Stmt& stmt, VarId var);
bool contains_loop(const Stmt& stmt);
std::set<VarId> bound_in(const Stmt& stmt);
std::set<BufferId> allocated_in(const Stmt& stmt);

// Whether any two iterations of `var` around `body` touch different elements of everything `body` writes,
// however the variables in `varying` (and those bound in `body`) differ between them. `ranges` knows all
// variables involved.
bool independent(const Stmt& body, VarId var, const std::set<VarId>& varying, const KnownRanges& ranges);
bool independent(const Site& site);

}  // namespace midge::schedule
