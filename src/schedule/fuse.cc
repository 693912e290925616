#include <fmt/format.h>

#include <utility>
#include <vector>

#include "loop/flatten.h"
#include "schedule/steps.h"

namespace midge::schedule {
namespace {

// Whether each index sum in `expr` uses the two loops as outer*extent + inner only.
struct Pair {
  VarId outer, inner;
  int64_t extent;

  bool used_in(const Expr& expr) const { return loop::uses(expr, outer) || loop::uses(expr, inner); }

  bool fits(const Expr& expr) const {
    if (!used_in(expr)) return true;
    if (expr->type == DType::kI32 && loop::is_index(expr)) {
      const Linear linear = loop::linear_form(expr);
      const auto a = loop::factor_of(linear, outer), b = loop::factor_of(linear, inner);
      int64_t whole;
      return a && b && !__builtin_mul_overflow(*b, extent, &whole) && *a == whole;
    }
    if (expr->kind == ExprKind::kVar) return false;
    for (const Expr& operand : expr->operands)
      if (!fits(operand)) return false;
    return true;
  }

  bool fits(const Stmt& stmt) const {
    for (const Expr& operand : stmt->operands)
      if (!fits(operand)) return false;
    for (const Stmt& child : stmt->children)
      if (!fits(child)) return false;
    return true;
  }
};

// Sees the buffers whose indices keep the two loops apart with merged axes.
void merge_where_needed(Kernel& kernel, const Stmt& body, const Pair& pair) {
  std::set<BufferId> apart;
  for (const Access& access : accesses(body))
    for (const Expr& index : access.indices)
      if (!pair.fits(index)) apart.insert(access.buffer);
  for (const BufferId id : apart) loop::merge_axes(kernel, id);
}

}  // namespace

Result<Kernel> transform(const Kernel& kernel, const Fuse& step) {
  MIDGE_ASSIGN(const Site before, find_loop(kernel, step.outer));
  const Stmt& inner_before = before.body();
  if (inner_before->kind != StmtKind::kFor || kernel.var(inner_before->var).name != step.inner)
    return decline(print(step), fmt::format("{} is not directly inside {}", step.inner, step.outer));
  const auto limits = constant_limits(inner_before);
  if (!limits || limits->begin != 0)
    return decline(print(step), fmt::format("{} does not run from 0 to a constant", step.inner));
  const Pair pair{before.var(), inner_before->var, limits->extent()};

  Kernel result = kernel;
  merge_where_needed(result, inner_before->children[0], pair);
  MIDGE_ASSIGN(const Site site, find_loop(result, step.outer));
  const Stmt& inner = site.body();
  if (!pair.fits(inner->children[0]))
    return decline(print(step), "some index does not use the two loops as one");
  const VarId fused = result.add_var(step.outer + "_" + step.inner);
  const Expr extent = loop::i32(pair.extent);
  const Stmt body = loop::substitute(loop::substitute(inner->children[0], pair.outer, loop::i32(0)),
                                     pair.inner, loop::var(fused, DType::kI32));
  return replaced(
      std::move(result), site.loop,
      loop::make_for(fused, site.loop->operands[0] * extent, site.loop->operands[1] * extent, body));
}

}  // namespace midge::schedule
