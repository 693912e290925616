#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "loop/copy.h"
#include "schedule/steps.h"

namespace midge::schedule {
namespace {

// The loops named in `names`, outermost first, where each is the only statement of the one before.
Result<std::vector<Site>> chain_of(const Kernel& kernel, const Reorder& step) {
  std::vector<Site> sites;
  for (const std::string& name : step.vars) {
    MIDGE_ASSIGN(Site site, find_loop(kernel, name));
    sites.push_back(std::move(site));
  }
  std::sort(sites.begin(), sites.end(),
            [](const Site& a, const Site& b) { return a.around.size() < b.around.size(); });
  for (size_t i = 0; i + 1 < sites.size(); ++i)
    if (sites[i].body() != sites[i + 1].loop)
      return decline(print(step),
                     fmt::format("{} is not directly inside {}", kernel.var(sites[i + 1].var()).name,
                                 kernel.var(sites[i].var()).name));
  return sites;
}

// Loops `a` (outside) and `b` may change places: the iterations of one of them are independent, whatever the
// other and the loops between do, and b's limits do not read a.
bool may_swap(const std::vector<Site>& chain, size_t a, size_t b, const KnownRanges& ranges) {
  const Stmt& inner = chain[b].loop;
  for (const Expr& limit : inner->operands)
    if (loop::uses(limit, chain[a].var())) return false;
  if (independent(chain[a].body(), chain[a].var(), {}, ranges)) return true;
  std::set<VarId> varying;
  for (size_t i = a; i < b; ++i) varying.insert(chain[i].var());
  return independent(chain[b].body(), chain[b].var(), varying, ranges);
}

}  // namespace

Result<Kernel> transform(const Kernel& kernel, const Reorder& step) {
  if (step.vars.size() < 2) return decline(print(step), "name at least two loops");
  MIDGE_ASSIGN(const std::vector<Site> chain, chain_of(kernel, step));
  const auto position = [&](const Site& site) {
    const auto& name = kernel.var(site.var()).name;
    return std::find(step.vars.begin(), step.vars.end(), name) - step.vars.begin();
  };
  const KnownRanges ranges = ranges_in(chain[0].around, chain[0].loop);
  bool changed = false;
  for (size_t a = 0; a < chain.size(); ++a) {
    for (size_t b = a + 1; b < chain.size(); ++b) {
      if (position(chain[a]) < position(chain[b])) continue;
      if (position(chain[a]) == position(chain[b])) return decline(print(step), "a loop is named twice");
      changed = true;
      if (!may_swap(chain, a, b, ranges))
        return decline(print(step),
                       fmt::format("{} and {} may not change places", kernel.var(chain[a].var()).name,
                                   kernel.var(chain[b].var()).name));
    }
  }
  if (!changed) return decline(print(step), "the loops have this order already");
  std::vector<Site> order = chain;
  std::sort(order.begin(), order.end(),
            [&](const Site& a, const Site& b) { return position(a) < position(b); });
  Stmt nest = chain.back().body();
  for (auto site = order.rbegin(); site != order.rend(); ++site) {
    const Stmt& loop = site->loop;
    nest = loop::make_for(loop->var, loop->operands[0], loop->operands[1], nest, loop->for_kind);
  }
  return replaced(kernel, chain[0].loop, nest);
}

}  // namespace midge::schedule
