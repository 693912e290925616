#include "schedule/reduction.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace midge::schedule {
namespace {

LoopInfo info(const Kernel& kernel, const Stmt& loop, const KnownRanges& ranges) {
  LoopInfo result{.name = kernel.var(loop->var).name, .var = loop->var};
  const auto begin = loop::bounds(loop->operands[0], ranges), end = loop::bounds(loop->operands[1], ranges);
  if (begin && end) result.extent = std::max<int64_t>(0, end->high - begin->low);
  result.constant = constant_limits(loop).has_value();
  return result;
}

bool stores_to(const Stmt& stmt, const std::set<BufferId>& buffers) {
  for (const Access& access : accesses(stmt))
    if (access.is_store && buffers.contains(access.buffer)) return true;
  return false;
}

class Finder {
 public:
  explicit Finder(const Kernel& kernel) : kernel_(kernel) {}
  std::vector<Reduction> found;

  // `chain`: the perfectly nested loops that end at `stmt`; `around`: the statements around the first of
  // them.
  void search(const Stmt& stmt, std::vector<Stmt> chain, std::vector<Stmt> around) {
    if (stmt->kind == StmtKind::kFor) {
      chain.push_back(stmt);
      return search(stmt->children[0], std::move(chain), std::move(around));
    }
    if (stmt->kind == StmtKind::kAlloc && reduction(stmt, chain, around)) return;
    around.insert(around.end(), chain.begin(), chain.end());
    around.push_back(stmt);
    for (const Stmt& child : stmt->children) search(child, {}, around);
  }

 private:
  bool reduction(const Stmt& alloc, const std::vector<Stmt>& chain, const std::vector<Stmt>& around) {
    std::set<BufferId> locals;
    Stmt inside = alloc;
    while (inside->kind == StmtKind::kAlloc) {
      if (kernel_.buffer(inside->buffer).memory == Memory::kLocal) locals.insert(inside->buffer);
      inside = inside->children[0];
    }
    if (inside->kind != StmtKind::kBlock) return false;
    Reduction result;
    for (const Stmt& child : inside->children) {
      if (!contains_loop(child)) {
        result.other.push_back(child);
        continue;
      }
      if (result.step || child->kind != StmtKind::kFor) return false;  // several: no common block
      result.step = child;
    }
    if (!result.step) return false;
    const KnownRanges ranges = ranges_in(around, chain.empty() ? alloc : chain[0]);
    result.products = 1;
    const auto loop_info = [&](const Stmt& loop) {
      LoopInfo found_loop = info(kernel_, loop, ranges);
      result.products *= static_cast<double>(found_loop.extent);
      return found_loop;
    };
    for (const Stmt& stmt : around)
      if (stmt->kind == StmtKind::kFor) loop_info(stmt);
    for (const Stmt& loop : chain) result.outer.push_back(loop_info(loop));
    for (; result.step->kind == StmtKind::kFor; result.step = result.step->children[0])
      result.taps.push_back(loop_info(result.step));
    if (contains_loop(result.step) || !stores_to(result.step, locals)) return false;
    found.push_back(std::move(result));
    return true;
  }

  const Kernel& kernel_;
};

// Counts different values among the copies. A value is numbered by its node and the numbers of its operands,
// a load by the place it reads in this copy.
class CostCounter {
 public:
  CostCounter(const Kernel& kernel, const std::vector<Copies>& copies) : kernel_(kernel), copies_(copies) {}

  int64_t count(const Stmt& step) {
    at_.assign(copies_.size(), 0);
    size_t digit = 0;
    do {
      in_this_copy_.clear();
      meet(step);
      for (digit = 0; digit < at_.size() && ++at_[digit] == copies_[digit].count; ++digit) at_[digit] = 0;
    } while (digit < at_.size());
    return operations_;
  }

 private:
  using Parts = std::vector<int64_t>;

  void meet(const Stmt& stmt) {
    if (stmt->kind != StmtKind::kBlock && !stmt->operands.empty()) value(stmt->operands[0], false);
    for (const Stmt& child : stmt->children) meet(child);
  }

  int64_t value(const Expr& expr, bool under_sum) {
    if (const auto found = in_this_copy_.find(expr.get()); found != in_this_copy_.end()) return found->second;
    const int64_t number = expr->kind == ExprKind::kLoad ? load(expr) : operation(expr, under_sum);
    in_this_copy_.emplace(expr.get(), number);
    return number;
  }

  int64_t load(const Expr& expr) {
    if (kernel_.buffer(expr->buffer).memory == Memory::kLocal)
      return number(nullptr, at_, true);  // this copy's
    Parts places;
    for (const Expr& index : expr->operands) places.push_back(place(index));
    return number(expr, std::move(places), false);
  }

  int64_t operation(const Expr& expr, bool under_sum) {
    Parts parts;
    for (const Expr& operand : expr->operands) parts.push_back(value(operand, expr->kind == ExprKind::kAdd));
    const bool free = expr->operands.empty() || expr->kind == ExprKind::kCast ||
                      (under_sum && expr->kind == ExprKind::kMul) || loop::is_index(expr);
    return number(expr, std::move(parts), free);
  }

  int64_t number(const Expr& expr, Parts parts, bool free) {
    const auto next = static_cast<int64_t>(numbers_.size());
    const auto [entry, fresh] = numbers_.try_emplace({expr.get(), std::move(parts)}, next);
    operations_ += fresh && !free;
    return entry->second;
  }

  // The index in this copy, but for what all copies share.
  int64_t place(const Expr& index) {
    const auto [entry, fresh] = linear_.try_emplace(index.get());
    if (fresh) entry->second = loop::linear_form(index);
    int64_t sum = 0;
    for (size_t i = 0; i < copies_.size(); ++i)
      sum += at_[i] * loop::factor_of(entry->second, copies_[i].var).value_or(1);
    return sum;
  }

  const Kernel& kernel_;
  const std::vector<Copies>& copies_;
  Parts at_;  // which copy
  int64_t operations_ = 0;
  std::map<std::pair<const loop::ExprNode*, Parts>, int64_t> numbers_;
  std::unordered_map<const loop::ExprNode*, int64_t> in_this_copy_;
  std::unordered_map<const loop::ExprNode*, Linear> linear_;
};

}  // namespace

std::vector<Reduction> find_reductions(const Kernel& kernel) {
  Finder finder(kernel);
  finder.search(kernel.body, {}, {});
  return std::move(finder.found);
}

int64_t finish_cost(const Kernel& kernel, const Reduction& reduction) {
  int64_t total = 0;
  for (const Stmt& stmt : reduction.other) total += block_cost(kernel, stmt, {});
  return total;
}

int64_t block_cost(const Kernel& kernel, const Stmt& step, const std::vector<Copies>& copies) {
  return CostCounter(kernel, copies).count(step);
}

}  // namespace midge::schedule
