#include "plan/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace midge::plan {
namespace {

// What the planner promises, checked directly: aligned, inside the arena, no two live tensors share a byte
// unless the pair may run in place and starts at the same offset.
void expect_valid(const Problem& problem, const Plan& plan) {
  const auto in_place = [&](size_t a, size_t b) {
    return std::any_of(problem.in_place.begin(), problem.in_place.end(), [&](const InPlace& pair) {
      const auto i = static_cast<size_t>(pair.input), o = static_cast<size_t>(pair.output);
      return (i == a && o == b) || (i == b && o == a);
    });
  };
  for (size_t a = 0; a < problem.tensors.size(); ++a) {
    const Tensor& ta = problem.tensors[a];
    EXPECT_EQ(plan.offsets[a] % problem.alignment, 0);
    EXPECT_LE(plan.offsets[a] + ta.bytes, plan.arena_bytes);
    for (size_t b = 0; b < a; ++b) {
      const Tensor& tb = problem.tensors[b];
      if (ta.first > tb.last || tb.first > ta.last) continue;
      const bool disjoint =
          plan.offsets[a] + ta.bytes <= plan.offsets[b] || plan.offsets[b] + tb.bytes <= plan.offsets[a];
      EXPECT_TRUE(disjoint || (in_place(a, b) && plan.offsets[a] == plan.offsets[b]))
          << ta.name << " and " << tb.name;
    }
  }
}

TEST(Plan, ChainNeedsTheLargestNeighbours) {
  const Problem problem = {{{"in", 100, -1, 0}, {"a", 200, 0, 1}, {"b", 50, 1, 2}, {"out", 10, 2, 3}}, {}, 4};
  const Plan plan = make_plan(problem);
  expect_valid(problem, plan);
  EXPECT_EQ(plan.arena_bytes, 300);
  EXPECT_EQ(plan.lower_bound, 300);
}

TEST(Plan, AddRunsInPlace) {
  const Problem problem = {
      {{"x", 64, -1, 2}, {"a", 64, 0, 1}, {"b", 64, 1, 2}, {"sum", 64, 2, 3}}, {{2, 3}, {0, 3}}, 4};
  const Plan plan = make_plan(problem);
  expect_valid(problem, plan);
  EXPECT_EQ(plan.arena_bytes, 192);
}

TEST(Plan, ExactSearchBeatsTheGreedyOrders) {
  // Found by random search: every greedy order wastes room here.
  const Problem problem = {
      {{"a", 16, 0, 2}, {"b", 24, 1, 3}, {"c", 16, 3, 5}, {"d", 32, 4, 6}, {"e", 24, 5, 7}, {"f", 8, 0, 7}},
      {},
      8};
  const Plan plan = make_plan(problem);
  expect_valid(problem, plan);
  EXPECT_EQ(plan.arena_bytes, plan.lower_bound);
}

TEST(Plan, EmptyProblem) {
  const Plan plan = make_plan({});
  EXPECT_EQ(plan.arena_bytes, 0);
}

TEST(Plan, RandomProblemsAreValid) {
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    Problem problem;
    const int count = 1 + static_cast<int>(random() % 14);
    for (int i = 0; i < count; ++i) {
      const auto first = static_cast<int32_t>(random() % 10);
      problem.tensors.push_back({"t" + std::to_string(i), 1 + static_cast<int64_t>(random() % 99), first,
                                 first + static_cast<int32_t>(random() % 5)});
    }
    for (int32_t a = 0; a < count; ++a)
      for (int32_t b = 0; b < count; ++b) {
        const Tensor &from = problem.tensors[static_cast<size_t>(a)],
                     &to = problem.tensors[static_cast<size_t>(b)];
        if (a != b && from.last == to.first && from.first < to.first && random() % 3 == 0)
          problem.in_place.push_back({a, b});
      }
    const Plan plan = make_plan(problem);
    expect_valid(problem, plan);
    EXPECT_GE(plan.arena_bytes, plan.lower_bound);
  }
}

TEST(Plan, DrawingShowsOffsetsAndArena) {
  const Problem problem = {{{"in", 8, -1, 0}, {"out", 4, 0, 1}}, {}, 4};
  const std::string text = draw(problem, make_plan(problem));
  EXPECT_NE(text.find("arena 12 bytes, lower bound 12 bytes"), std::string::npos) << text;
}

}  // namespace
}  // namespace midge::plan
