#include <fmt/format.h>

#include <span>
#include <utility>
#include <vector>

#include "loop/in_place.h"
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

// Merges an axis into the one before it where steps along the two continue each other.
struct Merged {
  Shape shape;
  std::vector<int64_t> strides;
  std::vector<std::vector<size_t>> groups;  // the old axes behind each new one
};

Merged merge_axes(const loop::Buffer& buffer) {
  const std::vector<int64_t> strides = loop::strides_of(buffer);
  Merged merged;
  for (size_t axis = 0; axis < buffer.shape.size(); ++axis) {
    const int64_t extent = buffer.shape[axis], stride = strides[axis];
    const bool continues =
        axis > 0 && (extent == 1 || merged.shape.back() == 1 || merged.strides.back() == stride * extent);
    if (!continues) {
      merged.shape.push_back(extent);
      merged.strides.push_back(stride);
      merged.groups.push_back({axis});
      continue;
    }
    merged.shape.back() *= extent;
    if (extent != 1) merged.strides.back() = stride;
    merged.groups.back().push_back(axis);
  }
  return merged;
}

std::vector<Expr> merged_indices(const Merged& merged, const Shape& old_shape,
                                 std::span<const Expr> indices) {
  std::vector<Expr> result;
  for (const std::vector<size_t>& group : merged.groups) {
    Expr sum;
    for (const size_t axis : group)
      sum = sum ? sum * loop::i32(old_shape[axis]) + indices[axis] : indices[axis];
    result.push_back(sum);
  }
  return result;
}

class AxisMerger {
 public:
  AxisMerger(BufferId id, const loop::Buffer& buffer)
      : id_(id), old_shape_(buffer.shape), merged_(merge_axes(buffer)) {}

  bool does_nothing() const { return merged_.shape.size() == old_shape_.size(); }

  void apply(Kernel& kernel) const {
    loop::Buffer& buffer = kernel.buffer(id_);
    buffer.shape = merged_.shape;
    buffer.strides.clear();
    if (loop::strides_of(buffer) != merged_.strides) buffer.strides = merged_.strides;
    kernel.body = loop::rewrite(
        kernel.body, [&](const Stmt& s) { return store(s); }, [&](const Expr& e) { return load(e); });
  }

 private:
  std::vector<Expr> indices(std::span<const Expr> old) const {
    std::vector<Expr> inside;
    for (const Expr& index : old)
      inside.push_back(loop::rewrite(index, [&](const Expr& e) { return load(e); }));
    return merged_indices(merged_, old_shape_, inside);
  }
  Expr load(const Expr& e) const {
    if (e->kind != ExprKind::kLoad || e->buffer != id_) return nullptr;
    return loop::load(id_, e->type, indices(e->operands));
  }
  Stmt store(const Stmt& s) const {
    if (s->kind != StmtKind::kStore || s->buffer != id_) return nullptr;
    return loop::store(id_, indices(std::span(s->operands).subspan(1)),
                       loop::rewrite(s->operands[0], [&](const Expr& e) { return load(e); }));
  }

  BufferId id_;
  Shape old_shape_;
  Merged merged_;
};

// Sees the buffers whose indices keep the two loops apart with merged axes.
void merge_where_needed(Kernel& kernel, const Stmt& body, const Pair& pair) {
  std::set<BufferId> apart;
  for (const Access& access : accesses(body))
    for (const Expr& index : access.indices)
      if (!pair.fits(index)) apart.insert(access.buffer);
  for (const BufferId id : apart) {
    const AxisMerger merger(id, kernel.buffer(id));
    if (!merger.does_nothing()) merger.apply(kernel);
  }
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
