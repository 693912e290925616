// Replaces loops marked kUnrolled by copies of their bodies, the outermost first: a copy's own loops may only
// then have constant limits.
#include <optional>
#include <utility>
#include <vector>

#include "loop/copy.h"
#include "loop/linear.h"
#include "loop/simplify.h"

namespace midge::loop {
namespace {

// The number of iterations where it does not depend on anything: `end - begin` is constant.
std::optional<int64_t> constant_extent(const Stmt& loop) {
  const auto extent = add(linear_form(loop->operands[1]), linear_form(loop->operands[0]), -1);
  if (!extent || !extent->is_constant()) return std::nullopt;
  return extent->constant;
}

Stmt unrolled(Kernel& kernel, const Stmt& stmt);

Stmt copies(Kernel& kernel, const Stmt& loop, int64_t extent) {
  std::vector<Stmt> result;
  for (int64_t i = 0; i < extent; ++i) {
    const Stmt body = substitute(loop->children[0], loop->var, simplify(loop->operands[0] + i32(i)));
    result.push_back(unrolled(kernel, i == 0 ? body : with_fresh_vars(kernel, body)));
  }
  return block(std::move(result));
}

// A loop whose extent is not known stays a loop.
Stmt unrolled(Kernel& kernel, const Stmt& stmt) {
  return rewrite(stmt, [&](const Stmt& s) -> Stmt {
    if (s->kind != StmtKind::kFor || s->for_kind != ForKind::kUnrolled) return nullptr;
    if (const auto extent = constant_extent(s)) return copies(kernel, s, *extent);
    return make_for(s->var, s->operands[0], s->operands[1], unrolled(kernel, s->children[0]));
  });
}

}  // namespace

Kernel unroll(const Kernel& kernel) {
  Kernel result = kernel;
  result.body = unrolled(result, kernel.body);
  return result;
}

}  // namespace midge::loop
