#include <gtest/gtest.h>

#include "schedule/nest_testing.h"
#include "schedule/schedule.h"

namespace midge::schedule {
namespace {

using namespace testing;

// The whole way to what is emitted.
Kernel finished(const Kernel& scheduled) {
  return loop::hoist(loop::simplify(loop::unroll(scheduled)));
}

bool has_guard(const Kernel& kernel) {
  bool found = false;
  loop::visit(kernel.body, [&](const Stmt& s) { found = found || s->kind == loop::StmtKind::kIf; });
  return found;
}

struct Case {
  std::string name;
  Kernel kernel;
  std::string schedule;  // expected; empty: any
};

std::vector<Case> cases() {
  Random r(7);
  const auto conv = [&](Window rows, Window columns, int64_t in, int64_t out, int64_t zero = -128) {
    return convolution(r, {rows, columns, in, out, zero});
  };
  const auto dw = [&](Window rows, Window columns, int64_t channels, int64_t multiplier = 1) {
    return depthwise(r, {rows, columns, channels, channels, 5}, multiplier);
  };
  const Window one{8, 1};
  return {
      {"conv 3x3 same", conv(same(8, 3), same(8, 3), 8, 12), ""},
      {"conv 3x3 same, odd", conv(same(7, 3, 2), same(5, 3, 2), 8, 7), ""},
      {"conv 3x3 dilated", conv(same(9, 3, 1, 2), same(9, 3, 1, 2), 8, 4), ""},
      {"conv 3x3 strided and dilated", conv(same(9, 3, 2, 3), same(9, 3, 2, 3), 5, 4), ""},
      {"conv 5x5 valid", conv({9, 5}, {8, 5}, 4, 6), ""},
      {"first conv", conv(same(12, 3, 2), same(12, 3, 2), 3, 8), ""},
      {"first conv of one channel", conv(same(13, 10, 2), same(10, 4, 2), 1, 8), ""},
      {"pointwise", conv(one, one, 32, 16, 0), ""},
      {"pointwise, few channels", conv(one, one, 6, 10, 0), ""},
      {"conv one column wide", conv(same(8, 3), same(1, 3), 8, 8), ""},
      {"conv wider than the image", conv(same(2, 5), same(3, 5), 3, 4), ""},
      {"depthwise 3x3", dw(same(9, 3), same(9, 3), 8), ""},
      {"depthwise 3x3 strided", dw(same(8, 3, 2), same(8, 3, 2), 8), ""},
      {"depthwise with a multiplier", dw(same(6, 3), same(6, 3), 3, 2), ""},
      {"depthwise of one column", dw(same(20, 3), Window{1, 1}, 16), ""},
      {"max pool 2x2", max_pool({{8, 2, 2}, {8, 2, 2}, 8}), ""},
      {"max pool 3x3 same", max_pool({same(7, 3, 2), same(7, 3, 2), 4}), ""},
      {"max pool of the whole image", max_pool({{8, 8}, {8, 8}, 8}), ""},
      {"dense", fully_connected(r, 1, 64, 10), ""},
      {"dense, odd", fully_connected(r, 2, 37, 7), ""},
      {"dense of one output", fully_connected(r, 1, 16, 1), ""},
      {"add", elementwise(4, 5, 8, false), "fuse(j, c); fuse(i, j_c); split(i_j_c, 4); unroll(i_j_c_i)"},
      {"add into a slice", elementwise(4, 5, 8, true), ""},
      {"transpose", transpose(4, 6, 8), ""},
  };
}

TEST(DefaultSchedule, KeepsResultsAndLeavesNoGuards) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const Scheduled scheduled = default_schedule(c.kernel);
    if (!c.schedule.empty()) {
      EXPECT_EQ(print(scheduled.schedule), c.schedule);
    }
    const Kernel result = finished(scheduled.kernel);
    ASSERT_TRUE(loop::testing::same_results(c.kernel, result)) << print(scheduled.schedule);
    EXPECT_FALSE(has_guard(result)) << print(scheduled.schedule) << "\n" << print(result);
  }
}

TEST(DefaultSchedule, IsItsListOfSteps) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const Scheduled scheduled = default_schedule(c.kernel);
    const auto parsed = parse(print(scheduled.schedule));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, scheduled.schedule);
    Kernel kernel = loop::simplify(c.kernel);
    for (const Step& step : *parsed) {
      auto next = schedule::apply(kernel, step);
      ASSERT_TRUE(next) << next.error().message;
      kernel = *std::move(next);
    }
    EXPECT_EQ(print(kernel), print(scheduled.kernel));
  }
}

TEST(DefaultSchedule, KeepsResultsOfRandomNests) {
  for (uint32_t seed = loop::testing::first_seed(), n = loop::testing::seed_count(60); n > 0; ++seed, --n) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const Kernel kernel = random_nest(random);
    const Scheduled scheduled = default_schedule(kernel);
    ASSERT_TRUE(loop::testing::same_results(kernel, scheduled.kernel, seed)) << print(scheduled.schedule);
    const Kernel result = finished(scheduled.kernel);
    ASSERT_TRUE(loop::testing::same_results(kernel, result, seed)) << print(scheduled.schedule);
    ASSERT_EQ(print(loop::simplify(result)), print(loop::simplify(loop::simplify(result))));
  }
}

}  // namespace
}  // namespace midge::schedule
