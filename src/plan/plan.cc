#include "plan/plan.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

#include "base/check.h"

namespace midge::plan {
namespace {

// Which pairs may share bytes, worked out once.
struct Conflicts {
  enum class Pair : uint8_t { kFree, kDisjoint, kSameStartOrDisjoint };

  explicit Conflicts(const Problem& problem) : count_(problem.tensors.size()), pairs_(count_ * count_) {
    for (size_t a = 0; a < count_; ++a)
      for (size_t b = 0; b < count_; ++b)
        if (live_together(problem.tensors[a], problem.tensors[b])) at(a, b) = Pair::kDisjoint;
    for (const InPlace& pair : problem.in_place) {
      auto input = static_cast<size_t>(pair.input), output = static_cast<size_t>(pair.output);
      const Tensor &from = problem.tensors.at(input), &to = problem.tensors.at(output);
      MIDGE_CHECK(from.last == to.first);
      at(input, output) = at(output, input) = Pair::kSameStartOrDisjoint;
    }
  }

  Pair between(size_t a, size_t b) const { return pairs_[a * count_ + b]; }

 private:
  static bool live_together(const Tensor& a, const Tensor& b) {
    return a.first <= b.last && b.first <= a.last;
  }
  Pair& at(size_t a, size_t b) { return pairs_[a * count_ + b]; }

  size_t count_;
  std::vector<Pair> pairs_;
};

constexpr int64_t kUnplaced = -1;

int64_t align_up(int64_t bytes, int64_t alignment) {
  return (bytes + alignment - 1) / alignment * alignment;
}

class Packer {
 public:
  explicit Packer(const Problem& problem) : problem_(problem), conflicts_(problem) {}

  // Places tensors in this order, each at the lowest offset that fits. Some order gives the optimum: sort any
  // optimal plan by offset and push everything down.
  std::vector<int64_t> place(const std::vector<size_t>& order) const {
    std::vector<int64_t> offsets(problem_.tensors.size(), kUnplaced);
    for (size_t index : order) offsets[index] = lowest_fit(index, offsets);
    return offsets;
  }

  int64_t arena(const std::vector<int64_t>& offsets) const {
    int64_t top = 0;
    for (size_t i = 0; i < offsets.size(); ++i)
      if (offsets[i] != kUnplaced) top = std::max(top, offsets[i] + problem_.tensors[i].bytes);
    return top;
  }

  int64_t lowest_fit(size_t index, const std::vector<int64_t>& offsets) const {
    std::vector<int64_t> candidates = {0};
    for (size_t other = 0; other < offsets.size(); ++other) {
      if (offsets[other] == kUnplaced || conflicts_.between(index, other) == Conflicts::Pair::kFree) continue;
      candidates.push_back(align_up(offsets[other] + problem_.tensors[other].bytes, problem_.alignment));
      if (conflicts_.between(index, other) == Conflicts::Pair::kSameStartOrDisjoint)
        candidates.push_back(offsets[other]);
    }
    std::sort(candidates.begin(), candidates.end());
    for (int64_t candidate : candidates)
      if (fits(index, candidate, offsets)) return candidate;
    MIDGE_CHECK(!"above everything there is always room");
    return 0;
  }

 private:
  bool fits(size_t index, int64_t offset, const std::vector<int64_t>& offsets) const {
    const int64_t end = offset + problem_.tensors[index].bytes;
    for (size_t other = 0; other < offsets.size(); ++other) {
      if (offsets[other] == kUnplaced) continue;
      const auto pair = conflicts_.between(index, other);
      if (pair == Conflicts::Pair::kFree) continue;
      if (pair == Conflicts::Pair::kSameStartOrDisjoint && offset == offsets[other]) continue;
      if (offset < offsets[other] + problem_.tensors[other].bytes && offsets[other] < end) return false;
    }
    return true;
  }

  const Problem& problem_;
  Conflicts conflicts_;
};

// Sum of what lives at a step, less what in-place pairs of that step may share (each tensor in one pair at
// most).
int64_t bytes_at(const Problem& problem, int32_t step) {
  int64_t sum = 0;
  for (const Tensor& tensor : problem.tensors)
    if (tensor.first <= step && step <= tensor.last) sum += tensor.bytes;
  std::vector<int64_t> saved_by_output(problem.tensors.size(), 0);
  for (const InPlace& pair : problem.in_place) {
    const Tensor& output = problem.tensors[static_cast<size_t>(pair.output)];
    const Tensor& input = problem.tensors[static_cast<size_t>(pair.input)];
    if (output.first != step) continue;
    int64_t& saved = saved_by_output[static_cast<size_t>(pair.output)];
    saved = std::max(saved, std::min(input.bytes, output.bytes));
  }
  return sum - std::accumulate(saved_by_output.begin(), saved_by_output.end(), int64_t{0});
}

int64_t lower_bound_of(const Problem& problem) {
  int64_t bound = 0;
  for (const Tensor& tensor : problem.tensors)
    bound = std::max({bound, bytes_at(problem, tensor.first), bytes_at(problem, tensor.last)});
  return bound;
}

using Order = std::vector<size_t>;

template <class Key>
Order order_by(const Problem& problem, Key key) {
  Order order(problem.tensors.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return key(problem.tensors[a]) > key(problem.tensors[b]); });
  return order;
}

// Depth-first over placement orders with the best arena as bound; gives up after a fixed number of
// placements, so the result is the same on every machine.
class ExactSearch {
 public:
  ExactSearch(const Problem& problem, const Packer& packer, std::vector<int64_t>& best, int64_t& best_arena,
              int64_t bound)
      : problem_(problem), packer_(packer), best_(best), best_arena_(best_arena), bound_(bound) {}

  void run() {
    std::vector<int64_t> offsets(problem_.tensors.size(), kUnplaced);
    descend(offsets, problem_.tensors.size());
  }

 private:
  // One placement costs up to (tensors)^2 comparisons; this keeps the whole search well below a second.
  static constexpr int64_t kMostComparisons = 50'000'000;

  void descend(std::vector<int64_t>& offsets, size_t left) {
    if (best_arena_ <= bound_ || placements_ > most_placements_) return;
    if (left == 0) {
      best_ = offsets;
      best_arena_ = packer_.arena(offsets);
      return;
    }
    for (size_t index : by_size_) {
      if (offsets[index] != kUnplaced) continue;
      ++placements_;
      const int64_t offset = packer_.lowest_fit(index, offsets);
      if (offset + problem_.tensors[index].bytes >= best_arena_) continue;
      offsets[index] = offset;
      descend(offsets, left - 1);
      offsets[index] = kUnplaced;
    }
  }

  const Problem& problem_;
  const Packer& packer_;
  std::vector<int64_t>& best_;
  int64_t& best_arena_;
  int64_t bound_;
  Order by_size_ = order_by(problem_, [](const Tensor& t) { return t.bytes; });
  int64_t most_placements_ =
      kMostComparisons / static_cast<int64_t>(1 + problem_.tensors.size() * problem_.tensors.size());
  int64_t placements_ = 0;
};

}  // namespace

Plan make_plan(const Problem& problem) {
  const Packer packer(problem);
  Plan plan;
  plan.lower_bound = lower_bound_of(problem);
  const std::array<Order, 4> orders = {
      order_by(problem, [](const Tensor& t) { return t.bytes; }),
      order_by(problem, [](const Tensor& t) { return t.bytes * (t.last - t.first + 1); }),
      order_by(problem, [](const Tensor& t) { return t.last - t.first; }),
      order_by(problem, [](const Tensor& t) { return -t.first; }),
  };
  plan.arena_bytes = INT64_MAX;
  for (const Order& order : orders) {
    std::vector<int64_t> offsets = packer.place(order);
    if (packer.arena(offsets) >= plan.arena_bytes) continue;
    plan.arena_bytes = packer.arena(offsets);
    plan.offsets = std::move(offsets);
  }
  ExactSearch(problem, packer, plan.offsets, plan.arena_bytes, plan.lower_bound).run();
  return plan;
}

}  // namespace midge::plan
