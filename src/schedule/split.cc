#include <fmt/format.h>

#include "loop/copy.h"
#include "schedule/steps.h"

namespace midge::schedule {

// Iterations keep their order, so nothing else has to hold.
Result<Kernel> transform(const Kernel& kernel, const Split& step) {
  MIDGE_ASSIGN(const Site site, find_loop(kernel, step.var));
  const auto limits = constant_limits(site.loop);
  if (!limits) return decline(print(step), "the loop's limits are not constant");
  if (step.factor < 2) return decline(print(step), "the factor must be at least 2");
  if (step.factor >= limits->extent())
    return decline(print(step), fmt::format("the loop has only {} iterations", limits->extent()));

  Kernel result = kernel;
  const int64_t turns = limits->extent() / step.factor, middle = limits->begin + turns * step.factor;
  const VarId outer = result.add_var(step.var + "_o"), inner = result.add_var(step.var + "_i");
  const Expr index = loop::i32(limits->begin) + loop::var(outer, DType::kI32) * loop::i32(step.factor) +
                     loop::var(inner, DType::kI32);
  std::vector<Stmt> parts = {loop::make_for(
      outer, turns, loop::make_for(inner, step.factor, loop::substitute(site.body(), site.var(), index)))};
  if (middle < limits->end) {
    const VarId rest = result.add_var(step.var + "_r");
    const Stmt body = loop::substitute(site.body(), site.var(), loop::var(rest, DType::kI32));
    parts.push_back(
        loop::make_for(rest, loop::i32(middle), loop::i32(limits->end), loop::with_fresh_vars(result, body)));
  }
  return replaced(std::move(result), site.loop, loop::block(std::move(parts)));
}

Result<Kernel> transform(const Kernel& kernel, const Unroll& step) {
  constexpr int64_t kMostCopies = 256;
  MIDGE_ASSIGN(const Site site, find_loop(kernel, step.var));
  const auto limits = constant_limits(site.loop);
  if (!limits) return decline(print(step), "the loop's limits are not constant");
  if (limits->extent() > kMostCopies)
    return decline(print(step), fmt::format("{} copies of the body are too many", limits->extent()));
  return replaced(kernel, site.loop,
                  loop::make_for(site.var(), site.loop->operands[0], site.loop->operands[1], site.body(),
                                 loop::ForKind::kUnrolled));
}

}  // namespace midge::schedule
