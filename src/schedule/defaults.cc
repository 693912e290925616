// The default schedule: plain rules for scalar cores, from the structure of the nest alone.
//
//  1. Conditions that only narrow a reduction's taps become the limits of the tap loops (trim).
//  2. A reduction gets a block of accumulators: neighbouring iterations of one or two loops around it side by
//     side, chosen so that a product needs the fewest operations (`block_cost`). 2 pixels by 4 output
//     channels make 8 products of 6 loads. Where a loop of the block changes the taps' limits (columns of a
//     padded image), it is partitioned first.
//  3. Short windows (depthwise, pooling, a first convolution) are unrolled whole: then borders have code of
//     their own. Long ones unroll a few of the innermost taps.
//  4. Loops that walk memory as one become one (fuse), and tiny bodies are unrolled by 4.
//
// Code is bounded by sharing kMostBytes out to the parts of a kernel (middle, borders, rests of splits) by
// how many of its products they compute, so that a border row stays rolled and a border of a tiny image does
// not. The figures below were chosen by instructions on Cortex-M4 (GCC 12, -O2) of the five MLPerf Tiny
// models. Cortex-M0, with eight registers to work in, would take blocks of 4 (10 % fewer instructions there).
#include <algorithm>
#include <optional>

#include "base/check.h"
#include "schedule/reduction.h"
#include "schedule/schedule.h"

namespace midge::schedule {
namespace {

constexpr double kBytesPerOperation = 4;
constexpr double kMostBytes = 3072;       // of straight-line code in a kernel
constexpr double kRolledBytes = 160;      // a part rolled into loops takes about that much
constexpr int64_t kMostAccumulators = 8;  // of 13 registers; beside them two pointers and three factors
constexpr int64_t kMostTaps = 256;        // of a window unrolled whole
constexpr int64_t kShortWindow = 16;  // taps that are unrolled whole even where they would go well in fours
constexpr int64_t kSmallBody = 6;     // operations of a body of which a loop's own three are a large share
constexpr double kAccumulatorPrice = 0.03;  // operations a product that one more accumulator has to save
constexpr double kRolledPrice = 3;          // operations a product more where it is in no block

using Names = std::vector<std::string>;

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// How many iterations of a long loop go in one turn: about four, without a rest where possible.
int64_t unroll_factor(int64_t extent) {
  for (const int64_t factor : {4, 6, 5, 3, 2})
    if (extent % factor == 0) return factor;
  return extent > 16 ? 4 : 1;
}

int64_t product_of(const std::vector<Copies>& copies) {
  int64_t product = 1;
  for (const Copies& c : copies) product *= c.count;
  return product;
}

struct BlockLoop {
  LoopInfo loop;
  int64_t count;
};

// Iterations side by side: of one loop or of two.
struct Block {
  std::vector<BlockLoop> loops;
  double price = 0;  // operations per product
  double bytes = 0;  // of its code
};

Block priced(const Kernel& kernel, const Reduction& reduction, std::vector<BlockLoop> loops,
             const std::vector<Copies>& taps) {
  std::vector<Copies> all = taps;
  int64_t accumulators = 1;
  double inside = 1;  // share of the iterations that are in blocks
  for (const BlockLoop& b : loops) {
    all.push_back({b.loop.var, b.count});
    accumulators *= b.count;
    inside *=
        static_cast<double>(b.loop.extent - b.loop.extent % b.count) / static_cast<double>(b.loop.extent);
  }
  const int64_t cost = block_cost(kernel, reduction.step, all);
  double price = static_cast<double>(cost) / static_cast<double>(product_of(all));
  price = price * inside + (price + kRolledPrice) * (1 - inside);
  return {.loops = std::move(loops),
          .price = price + kAccumulatorPrice * static_cast<double>(accumulators),
          .bytes =
              kBytesPerOperation * static_cast<double>(cost + accumulators * finish_cost(kernel, reduction))};
}

bool limits_use(const Kernel& kernel, const LoopInfo& tap, VarId var) {
  const auto site = find_loop(kernel, tap.name);
  MIDGE_CHECK(site.has_value());
  return loop::uses(site->loop->operands[0], var) || loop::uses(site->loop->operands[1], var);
}

class Planner {
 public:
  explicit Planner(const Kernel& kernel) : kernel_(loop::simplify(kernel)) {}

  Scheduled run() {
    for (const Reduction& reduction : find_reductions(kernel_))
      for (const LoopInfo& tap : reduction.taps) attempt(Trim{tap.name});
    for (const Reduction& reduction : find_reductions(kernel_)) {
      fuse_neighbours(reduction.taps);
      fuse_neighbours(reduction.outer);
    }
    for (const Reduction& reduction : find_reductions(kernel_)) products_ += reduction.products;
    while (const auto reduction = next_reduction()) schedule(*reduction);
    fuse_all();
    unroll_small_bodies();
    return {std::move(schedule_), std::move(kernel_)};
  }

 private:
  bool attempt(Step step) {
    auto result = schedule::apply(kernel_, step);
    if (!result) return false;
    kernel_ = *std::move(result);
    schedule_.push_back(std::move(step));
    return true;
  }

  // Loops of constant limits that walk memory as one; others must stay apart to be split.
  void fuse_neighbours(std::vector<LoopInfo> loops) {
    while (loops.size() > 1) {
      const LoopInfo inner = loops.back();
      loops.pop_back();
      LoopInfo& outer = loops.back();
      if (outer.constant && inner.constant && attempt(Fuse{outer.name, inner.name}))
        outer.name += "_" + inner.name;
    }
  }

  std::optional<Reduction> next_reduction() const {
    for (Reduction& reduction : find_reductions(kernel_))
      if (!contains(done_, reduction.taps.front().name)) return std::move(reduction);
    return std::nullopt;
  }

  // One round: either some loop was partitioned, and its parts are found again, or the reduction is done.
  void schedule(const Reduction& reduction) {
    const bool whole = unrolls_whole(reduction);
    const Names limiting = loops_in_limits(reduction);
    Block block = best_block(reduction, whole, stubborn_);
    for (const std::string& name : limiting) {
      const bool in_block = std::any_of(block.loops.begin(), block.loops.end(),
                                        [&](const BlockLoop& b) { return b.loop.name == name; });
      if (!in_block && !whole) continue;
      if (contains(stubborn_, name)) continue;
      if (!attempt(Partition{name})) stubborn_.push_back(name);
      return;
    }
    for (const LoopInfo& tap : reduction.taps)
      for (const char* suffix : {"", "_o", "_i", "_r"}) done_.push_back(tap.name + suffix);
    if (!whole) unroll_a_few(reduction.taps.back());
    apply_block(block);
    if (!whole) return;
    for (const LoopInfo& tap : reduction.taps) attempt(Unroll{tap.name});
  }

  // Short windows whose code is small; not those with a long innermost run that goes well in fours.
  bool unrolls_whole(const Reduction& reduction) const {
    int64_t count = 1;
    for (const LoopInfo& tap : reduction.taps) {
      if (tap.extent > kMostTaps) return false;
      count *= tap.extent;
    }
    const int64_t run = reduction.taps.back().extent;
    if (count > kMostTaps || (count > kShortWindow && run >= 8 && run % 4 == 0)) return false;
    return best_block(reduction, true, stubborn_).bytes <= most_bytes(reduction);
  }

  // Borders are a small share of the products and get as small a share of the code.
  double most_bytes(const Reduction& reduction) const {
    return std::max(kRolledBytes, kMostBytes * reduction.products / products_);
  }

  void unroll_a_few(const LoopInfo& tap) {
    const int64_t factor = tap.constant ? unroll_factor(tap.extent) : 1;
    if (factor > 1 && attempt(Split{tap.name, factor})) attempt(Unroll{tap.name + "_i"});
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

  // The cheapest per product among blocks of one loop or of two, whose code is not too long.
  Block best_block(const Reduction& reduction, bool whole, const Names& excluded) const {
    std::vector<Copies> taps;
    for (const LoopInfo& tap : reduction.taps)
      if (whole) taps.push_back({tap.var, tap.extent});
    if (!whole) taps.push_back({reduction.taps.back().var, 4});
    Block best = priced(kernel_, reduction, {}, taps);
    const double most = most_bytes(reduction);
    const auto consider = [&](std::vector<BlockLoop> loops) {
      Block block = priced(kernel_, reduction, std::move(loops), taps);
      if (block.bytes <= most && block.price < best.price - 0.01) best = std::move(block);
    };
    const std::vector<LoopInfo> loops = candidates(reduction, excluded);
    for (size_t i = 0; i < loops.size(); ++i) {
      for (int64_t count = 2; count <= std::min(kMostAccumulators, loops[i].extent); ++count) {
        consider({{loops[i], count}});
        for (size_t j = i + 1; j < loops.size(); ++j)
          for (int64_t other = 2; count * other <= kMostAccumulators && other <= loops[j].extent; ++other)
            consider({{loops[i], count}, {loops[j], other}});
      }
    }
    return best;
  }

  // Loops around the reduction whose iterations may stand side by side, from the inside out.
  std::vector<LoopInfo> candidates(const Reduction& reduction, const Names& excluded) const {
    std::vector<LoopInfo> result;
    for (auto outer = reduction.outer.rbegin(); outer != reduction.outer.rend(); ++outer) {
      if (contains(excluded, outer->name) || !outer->constant || outer->extent < 2) continue;
      const auto site = find_loop(kernel_, outer->name);
      if (site && independent(*site)) result.push_back(*outer);
    }
    return result;
  }

  void apply_block(const Block& block) {
    for (const auto& [loop, count] : block.loops) {
      const std::string inner = attempt(Split{loop.name, count}) ? loop.name + "_i" : loop.name;
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
  double products_ = 0;  // of all reductions
  Names done_;           // tap loops of reductions that are done
  Names stubborn_;       // loops that tap limits depend on and that cannot be partitioned
};

}  // namespace

Scheduled default_schedule(const loop::Kernel& kernel) {
  return Planner(kernel).run();
}

}  // namespace midge::schedule
