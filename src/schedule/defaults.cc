// The default schedule: plain rules for scalar cores, from the structure of the nest alone.
//
//  1. Conditions that only narrow a reduction's taps become the limits of the tap loops (trim).
//  2. A reduction gets a block of accumulators: neighbouring iterations of the loops around it side by side,
//  chosen so
//     that a product needs the fewest loads (`block_cost`); a block of 4 output channels loads each input
//     once.
//  3. Taps. Short windows (depthwise, pooling, a first convolution) are unrolled whole, and the image is
//  partitioned
//     into borders, whose tap loops stay rolled and trimmed, and a middle without limits. Long ones keep
//     trimmed loops everywhere, with the innermost unrolled by a few: one nest serves borders and middle, so
//     code stays small.
//  4. Loops that walk memory as one become one (fuse), and tiny bodies are unrolled by 4.
#include <algorithm>
#include <array>
#include <optional>

#include "base/check.h"
#include "schedule/reduction.h"
#include "schedule/schedule.h"

namespace midge::schedule {
namespace {

constexpr int64_t kBytesPerOperation = 4;
constexpr int64_t kMostBytes = 2048;      // of straight-line code in one reduction
constexpr int64_t kMostAccumulators = 5;  // 13 registers: beside them two pointers, two factors and an end
constexpr int64_t kShortWindow = 16;      // taps that are always worth unrolling whole
constexpr int64_t kSmallBody = 6;         // operations: of which a loop's own three are a large share
constexpr double kAccumulatorPrice =
    0.05;  // operations per product that each accumulator must save: registers, code

struct Block {
  std::vector<Copies> copies;
  double price = 0;  // operations per product
};

int64_t product_of(const std::vector<Copies>& copies) {
  int64_t product = 1;
  for (const Copies& c : copies) product *= c.count;
  return product;
}

// Operations per product when a loop of `extent` runs in blocks of c.count and the rest one by one.
Block priced(const Kernel& kernel, const Reduction& reduction, std::vector<Copies> block, int64_t extent,
             const std::vector<Copies>& taps) {
  const auto per_product = [&](const std::vector<Copies>& side_by_side) {
    std::vector<Copies> all = side_by_side;
    all.insert(all.end(), taps.begin(), taps.end());
    return static_cast<double>(block_cost(kernel, reduction.step, all)) /
           static_cast<double>(product_of(all));
  };
  double price = per_product(block);
  const int64_t count = product_of(block);
  if (count > 1 && extent % count != 0) {
    const double rest = static_cast<double>(extent % count) / static_cast<double>(extent);
    price = price * (1 - rest) + per_product({}) * rest;
  }
  return {.copies = std::move(block), .price = price + kAccumulatorPrice * static_cast<double>(count)};
}

bool limits_use(const Kernel& kernel, const LoopInfo& tap, VarId var) {
  const auto site = find_loop(kernel, tap.name);
  MIDGE_CHECK(site.has_value());
  return loop::uses(site->loop->operands[0], var) || loop::uses(site->loop->operands[1], var);
}

// How many iterations of a long loop go in one turn: about four, without a rest where possible.
int64_t unroll_factor(int64_t extent) {
  for (const int64_t factor : {4, 6, 5, 3, 2})
    if (extent % factor == 0) return factor;
  return extent > 16 ? 4 : 1;
}

class Planner {
 public:
  explicit Planner(const Kernel& kernel) : kernel_(loop::simplify(kernel)) {}

  Scheduled run() {
    const std::vector<Reduction> reductions = find_reductions(kernel_);
    for (const Reduction& reduction : reductions) schedule(reduction.taps);
    fuse_all();
    unroll_small_bodies();
    return {std::move(schedule_), std::move(kernel_)};
  }

 private:
  using Names = std::vector<std::string>;

  bool attempt(Step step) {
    auto result = schedule::apply(kernel_, step);
    if (!result) return false;
    kernel_ = *std::move(result);
    schedule_.push_back(std::move(step));
    return true;
  }

  // The reduction over (some of) these tap loops, as it is by now: trimming can leave loops of one iteration.
  std::optional<Reduction> reduction_over(const std::vector<LoopInfo>& taps) const {
    for (Reduction& reduction : find_reductions(kernel_))
      for (const LoopInfo& tap : taps)
        if (find_tap(reduction, tap.name)) return std::move(reduction);
    return std::nullopt;
  }

  static const LoopInfo* find_tap(const Reduction& reduction, const std::string& name) {
    for (const LoopInfo& tap : reduction.taps)
      if (tap.name == name) return &tap;
    return nullptr;
  }

  // `whole`: the tap loops with their extents before trimming.
  void schedule(const std::vector<LoopInfo>& whole) {
    for (const LoopInfo& tap : whole) attempt(Trim{tap.name});
    const auto reduction = reduction_over(whole);
    if (!reduction) return;
    std::vector<Copies> taps;
    for (const LoopInfo& tap : whole)
      if (const LoopInfo* now = find_tap(*reduction, tap.name)) taps.push_back({now->var, tap.extent});
    if (unrolls_whole(*reduction, taps))
      unrolled_window(*reduction, taps);
    else
      long_window(*reduction, taps.back().count);
  }

  // Short windows whose code is small; not those with a long innermost run that goes well in fours.
  bool unrolls_whole(const Reduction& reduction, const std::vector<Copies>& taps) const {
    const int64_t count = product_of(taps), run = taps.back().count;
    if (count <= 0 || count > 256) return false;
    if (count > kShortWindow && run >= 8 && run % 4 == 0) return false;
    std::vector<Copies> all = best_block(reduction, taps, true).copies;
    all.insert(all.end(), taps.begin(), taps.end());
    return block_cost(kernel_, reduction.step, all) * kBytesPerOperation <= kMostBytes;
  }

  void unrolled_window(const Reduction& reduction, const std::vector<Copies>& taps) {
    const Block block = best_block(reduction, taps, true);
    const Names partitioned = loops_in_limits(reduction);
    const auto is_partitioned = [&](const Copies& c) {
      return std::find(partitioned.begin(), partitioned.end(), kernel_.var(c.var).name) != partitioned.end();
    };
    const bool late = std::any_of(block.copies.begin(), block.copies.end(), is_partitioned);
    const auto side_by_side = named(block);
    if (!late) apply_block(side_by_side);
    for (const std::string& name : partitioned) attempt(Partition{name});
    if (late) apply_block(side_by_side);
    for (const LoopInfo& tap : reduction.taps) attempt(Unroll{tap.name});
  }

  void long_window(const Reduction& reduction, int64_t run) {
    const auto block = named(best_block(reduction, {}, false));
    const std::string inner = reduction.taps.back().name;
    const int64_t factor = unroll_factor(run);
    if (factor > 1 && attempt(Split{inner, factor})) attempt(Unroll{inner + "_i"});
    apply_block(block);
  }

  // Loops around the reduction that its taps' limits depend on.
  Names loops_in_limits(const Reduction& reduction) const {
    Names result;
    for (const LoopInfo& outer : reduction.outer) {
      const bool used = std::any_of(reduction.taps.begin(), reduction.taps.end(),
                                    [&](const LoopInfo& tap) { return limits_use(kernel_, tap, outer.var); });
      if (used) result.push_back(outer.name);
    }
    return result;
  }

  // One loop or two, the cheapest per product. `any`: also loops that the taps' limits depend on.
  Block best_block(const Reduction& reduction, const std::vector<Copies>& taps, bool any) const {
    Block best = priced(kernel_, reduction, {}, 1, taps);
    std::vector<LoopInfo> candidates;
    const Names limited = loops_in_limits(reduction);
    for (auto outer = reduction.outer.rbegin(); outer != reduction.outer.rend(); ++outer) {
      if (!any && std::find(limited.begin(), limited.end(), outer->name) != limited.end()) continue;
      const auto site = find_loop(kernel_, outer->name);
      if (outer->extent > 1 && site && independent(*site)) candidates.push_back(*outer);
    }
    const auto consider = [&](std::vector<Copies> copies, int64_t extent) {
      Block block = priced(kernel_, reduction, std::move(copies), extent, taps);
      if (block.price < best.price - 1e-9) best = std::move(block);
    };
    for (const LoopInfo& loop : candidates)
      for (int64_t count = 2; count <= std::min(kMostAccumulators, loop.extent); ++count)
        consider({{loop.var, count}}, loop.extent);
    return best;
  }

  struct NamedCopies {
    std::string loop;
    int64_t count;
  };
  std::vector<NamedCopies> named(const Block& block) const {
    std::vector<NamedCopies> result;
    for (const Copies& c : block.copies) result.push_back({kernel_.var(c.var).name, c.count});
    return result;
  }

  void apply_block(const std::vector<NamedCopies>& block) {
    for (const auto& [name, count] : block) {
      const std::string inner =
          attempt(Split{name, count}) ? name + "_i" : name;  // a loop of `count` is the block
      if (attempt(Unroll{inner})) attempt(Sink{inner});
    }
  }

  // Every pair of loops that walks memory as one, from the inside out, until none is left.
  void fuse_all() {
    for (bool again = true; again;) {
      again = false;
      std::vector<Step> pairs;
      loop::visit(kernel_.body, [&](const Stmt& s) {
        if (s->kind != StmtKind::kFor || s->for_kind == loop::ForKind::kUnrolled) return;
        const Stmt& inner = s->children[0];
        if (inner->kind == StmtKind::kFor && inner->for_kind == loop::ForKind::kSerial)
          pairs.push_back(Fuse{kernel_.var(s->var).name, kernel_.var(inner->var).name});
      });
      for (auto pair = pairs.rbegin(); pair != pairs.rend() && !again; ++pair) again = attempt(*pair);
    }
  }

  void unroll_small_bodies() {
    Names small;
    loop::visit(kernel_.body, [&](const Stmt& s) {
      if (s->kind != StmtKind::kFor || s->for_kind != loop::ForKind::kSerial || contains_loop(s->children[0]))
        return;
      const auto limits = constant_limits(s);
      if (limits && limits->extent() >= 8 && limits->extent() % 4 == 0 &&
          block_cost(kernel_, s->children[0], {}) <= kSmallBody)
        small.push_back(kernel_.var(s->var).name);
    });
    for (const std::string& name : small)
      if (attempt(Split{name, 4})) attempt(Unroll{name + "_i"});
  }

  Kernel kernel_;
  Schedule schedule_;
};

}  // namespace

Scheduled default_schedule(const loop::Kernel& kernel) {
  return Planner(kernel).run();
}

}  // namespace midge::schedule
