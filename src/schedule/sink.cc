#include <span>
#include <utility>

#include "loop/copy.h"
#include "schedule/steps.h"

namespace midge::schedule {
namespace {

// Builds `for var { stmt }` with the loop pushed as far inwards as it goes.
class Sinker {
 public:
  Sinker(Kernel& kernel, Stmt loop, Limits limits)
      : kernel_(kernel),
        loop_(std::move(loop)),
        extent_(limits.extent()),
        slot_(loop::var(loop_->var, DType::kI32) - loop::i32(limits.begin)) {}

  Stmt operator()(const Stmt& stmt) {
    if (!contains_loop(stmt)) return wrapped(stmt);
    switch (stmt->kind) {
      case StmtKind::kFor:
        if (uses_index(stmt->operands[0]) || uses_index(stmt->operands[1])) return wrapped(stmt);
        return loop::make_for(stmt->var, stmt->operands[0], stmt->operands[1], (*this)(stmt->children[0]),
                              stmt->for_kind);
      case StmtKind::kBlock:
        return loop::block(each(stmt->children));
      case StmtKind::kIf: {
        if (uses_index(stmt->operands[0])) return wrapped(stmt);
        std::vector<Stmt> branches = each(stmt->children);
        return loop::make_if(stmt->operands[0], branches[0], branches.size() > 1 ? branches[1] : nullptr);
      }
      case StmtKind::kAlloc:
        return kernel_.buffer(stmt->buffer).memory == Memory::kLocal ? slots(stmt) : wrapped(stmt);
      case StmtKind::kLet:
        if (limits_a_loop(stmt)) return wrapped(stmt);
        if (uses_index(stmt->operands[0])) return (*this)(remembered(stmt));
        return loop::let(stmt->var, stmt->operands[0], (*this)(stmt->children[0]));
      case StmtKind::kStore:
        break;
    }
    return wrapped(stmt);
  }

 private:
  bool uses_index(const Expr& expr) const { return loop::uses(expr, loop_->var); }

  // A loop's limits may read variables but no buffers.
  static bool limits_a_loop(const Stmt& let) {
    bool found = false;
    loop::visit(let->children[0], [&](const Stmt& s) {
      if (s->kind == StmtKind::kFor)
        found = found || loop::uses(s->operands[0], let->var) || loop::uses(s->operands[1], let->var);
    });
    return found;
  }

  std::vector<Stmt> each(const std::vector<Stmt>& children) {
    std::vector<Stmt> result;
    for (const Stmt& child : children) result.push_back((*this)(child));
    return result;
  }

  // The first loop keeps the name.
  Stmt wrapped(const Stmt& stmt) {
    VarId id = loop_->var;
    Stmt body = stmt;
    if (used_) {
      id = kernel_.add_var(kernel_.var(id).name);
      body = loop::substitute(stmt, loop_->var, loop::var(id, DType::kI32));
    }
    used_ = true;
    return loop::make_for(id, loop_->operands[0], loop_->operands[1], body, loop_->for_kind);
  }

  // A local gets one slot an iteration. It is a new buffer: the old one may live on in other places.
  Stmt slots(const Stmt& stmt) {
    loop::Buffer buffer = kernel_.buffer(stmt->buffer);
    buffer.shape.insert(buffer.shape.begin(), extent_);
    buffer.strides.clear();
    const BufferId old = stmt->buffer, fresh = kernel_.add_buffer(std::move(buffer));
    return loop::alloc(fresh, (*this)(redirected(stmt->children[0], old, fresh)));
  }

  // Accesses to `old` go to `fresh` with the index in front.
  std::vector<Expr> with_index(std::span<const Expr> indices, BufferId old, BufferId fresh) const {
    std::vector<Expr> result = {slot_};
    for (const Expr& index : indices) result.push_back(redirected(index, old, fresh));
    return result;
  }
  Expr redirected(const Expr& expr, BufferId old, BufferId fresh) const {
    return loop::rewrite(expr, [&](const Expr& e) -> Expr {
      if (e->kind != ExprKind::kLoad || e->buffer != old) return nullptr;
      return loop::load(fresh, e->type, with_index(e->operands, old, fresh));
    });
  }
  Stmt redirected(const Stmt& body, BufferId old, BufferId fresh) const {
    const auto on_stmt = [&](const Stmt& s) -> Stmt {
      if (s->kind != StmtKind::kStore || s->buffer != old) return nullptr;
      return loop::store(fresh, with_index(std::span(s->operands).subspan(1), old, fresh),
                         redirected(s->operands[0], old, fresh));
    };
    const auto on_expr = [&](const Expr& e) -> Expr {
      return e->kind == ExprKind::kLoad && e->buffer == old ? redirected(e, old, fresh) : nullptr;
    };
    return loop::rewrite(body, on_stmt, on_expr);
  }

  // A let whose value differs between iterations and which loops read: its value is kept in a local.
  Stmt remembered(const Stmt& stmt) {
    const loop::Var var = kernel_.var(stmt->var);
    const BufferId slot = kernel_.add_buffer({.name = var.name + "_kept",
                                              .dtype = var.type,
                                              .shape = {},
                                              .memory = Memory::kLocal,
                                              .strides = {},
                                              .data = {}});
    const Stmt body = loop::substitute(stmt->children[0], stmt->var, loop::load(slot, var.type, {}));
    return loop::alloc(slot, loop::block({loop::store(slot, {}, stmt->operands[0]), body}));
  }

  Kernel& kernel_;
  Stmt loop_;
  int64_t extent_;
  Expr slot_;
  bool used_ = false;
};

}  // namespace

Result<Kernel> transform(const Kernel& kernel, const Sink& step) {
  MIDGE_ASSIGN(const Site site, find_loop(kernel, step.var));
  const auto limits = constant_limits(site.loop);
  if (!limits) return decline(print(step), "the loop's limits are not constant");
  if (!contains_loop(site.body())) return decline(print(step), "it is the innermost loop already");
  if (!independent(site)) return decline(print(step), "its iterations are not independent");
  Kernel result = kernel;
  Stmt sunk = Sinker(result, site.loop, *limits)(site.body());
  if (sunk->kind == StmtKind::kFor && sunk->var == site.var())
    return decline(print(step), "it cannot move further inwards");
  return replaced(std::move(result), site.loop, sunk);
}

}  // namespace midge::schedule
