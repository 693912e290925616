#include "loop/in_place.h"

#include <map>
#include <optional>

#include "base/check.h"
#include "loop/simplify.h"

namespace midge::loop {
namespace {

struct StoreSite {
  Stmt store;
  int64_t iterations;  // of the loops around it
};

// Every store to `output` with the number of times it runs; nothing where a loop's extent is not constant.
bool find_stores(const Stmt& stmt, BufferId output, int64_t iterations, std::vector<StoreSite>& sites) {
  if (stmt->kind == StmtKind::kStore && stmt->buffer == output) sites.push_back({stmt, iterations});
  if (stmt->kind == StmtKind::kFor) {
    const Expr begin = simplify(stmt->operands[0]), end = simplify(stmt->operands[1]);
    if (begin->kind != ExprKind::kIntImm || end->kind != ExprKind::kIntImm) return false;
    iterations *= std::max<int64_t>(0, end->value - begin->value);
  }
  for (const Stmt& child : stmt->children)
    if (!find_stores(child, output, iterations, sites)) return false;
  return true;
}

Expr inline_lets(const Expr& expr, const std::map<VarId, Expr>& lets) {
  return rewrite(expr, [&](const Expr& e) -> Expr {
    if (e->kind != ExprKind::kVar) return nullptr;
    const auto found = lets.find(e->var);
    return found == lets.end() ? nullptr : inline_lets(found->second, lets);
  });
}

int64_t count_loads(const Expr& expr, BufferId buffer) {
  int64_t count = 0;
  visit(expr, [&](const Expr& e) { count += e->kind == ExprKind::kLoad && e->buffer == buffer; });
  return count;
}

}  // namespace

std::vector<int64_t> strides_of(const Buffer& buffer) {
  if (!buffer.strides.empty()) return buffer.strides;
  std::vector<int64_t> strides(buffer.shape.size(), 1);
  for (size_t axis = strides.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * buffer.shape[axis];
  return strides;
}

Expr flat_index(const Kernel& kernel, BufferId buffer, const std::vector<Expr>& indices) {
  const std::vector<int64_t> strides = strides_of(kernel.buffer(buffer));
  MIDGE_CHECK(indices.size() == strides.size());
  Expr sum = i32(0);
  for (size_t axis = 0; axis < indices.size(); ++axis) sum = sum + indices[axis] * i32(strides[axis]);
  return simplify(sum);
}

bool may_run_in_place(const Kernel& kernel, BufferId input, BufferId output) {
  const Buffer &from = kernel.buffer(input), &to = kernel.buffer(output);
  const auto elements = element_count(to.shape);
  if (size_of(from.dtype) != size_of(to.dtype) || element_count(from.shape) != elements) return false;
  if (!from.strides.empty() || !to.strides.empty()) return false;

  std::vector<StoreSite> sites;
  if (!find_stores(kernel.body, output, 1, sites) || sites.size() != 1 || sites[0].iterations != elements)
    return false;

  std::map<VarId, Expr> lets;
  int64_t loads = 0;  // all loads of `input`, wherever they stand
  visit(
      kernel.body,
      [&](const Stmt& s) {
        if (s->kind == StmtKind::kLet) lets[s->var] = s->operands[0];
      },
      [&](const Expr& e) { loads += e->kind == ExprKind::kLoad && e->buffer == input; });

  // The loads that feed the one store, each at the store's own place.
  const StmtNode& site = *sites[0].store;
  const Expr place = flat_index(kernel, output, {site.operands.begin() + 1, site.operands.end()});
  bool same_place = true;
  visit(inline_lets(site.operands[0], lets), [&](const Expr& e) {
    if (e->kind == ExprKind::kLoad && e->buffer == input)
      same_place = same_place && equal(flat_index(kernel, input, e->operands), place);
  });
  // The store's index may not read the input, and nothing outside the store's value and its lets may.
  int64_t feeding = count_loads(site.operands[0], input);
  for (const auto& [id, value] : lets) feeding += count_loads(value, input);
  return same_place && feeding == loads;
}

}  // namespace midge::loop
