// Each step: where it applies, and the reason where it does not. The nests after steps are golden
// (test/golden/schedule).
#include <gtest/gtest.h>

#include "schedule/nest_testing.h"
#include "schedule/schedule.h"

namespace midge::schedule {
namespace {

// y[i, j] = sum over k of x[i + k, j] where i + k < 8; z is written through an index that repeats; s is a
// prefix sum.
constexpr std::string_view kNest = R"(kernel nest "test" {
  buffer x: i8[8, 6] input
  buffer places: i32[6] const = {0, 1, 2, 3, 4, 5}
  buffer y: i32[8, 6] output
  buffer z: i32[8] output
  buffer s: i32[8] output
  buffer acc: i32[] local

  for i in 0..8 {
    for j in 0..6 {
      alloc acc
      acc[] = 1
      for k in 0..3 {
        for l in 0..2 {
          if i + k < 8 && l != i { acc[] = acc[] + i32(x[i + k, j]) * (l + 1) }
        }
      }
      y[i, j] = acc[]
    }
  }
  for a in 0..8 {
    for b in 0..4 { z[a / 2 + b] = a + b }
  }
  s[0] = 0
  for p in 1..8 {
    for q in 0..4 { s[p] = s[p - 1] + q }
  }
  for t in 0..8 {
    for u in 0..t { z[t] = u }
  }
  for v in 0..6 {
    for w in 0..4 { z[places[v]] = i32(x[w, places[v]]) }
  }
  for m in 0..4 {
    for n in 0..2 { z[m * 2 + n] = m * 2 + n + i32(x[m + n, 0]) }
  }
})";

struct Row {
  std::string steps;
  std::string problem;  // the last step's; empty: all apply
};

void check(const Row& row) {
  SCOPED_TRACE(row.steps);
  const auto kernel = loop::parse(kNest);
  ASSERT_TRUE(kernel) << kernel.error().message;
  const auto schedule = parse(row.steps);
  ASSERT_TRUE(schedule) << schedule.error().message;
  loop::Kernel now = *kernel;
  for (size_t i = 0; i < schedule->size(); ++i) {
    auto next = schedule::apply(now, (*schedule)[i]);
    if (i + 1 == schedule->size() && !row.problem.empty()) {
      ASSERT_FALSE(next) << print(*next);
      EXPECT_EQ(next.error().kind, ErrorKind::kUsage);
      EXPECT_EQ(next.error().message, row.problem);
      return;
    }
    ASSERT_TRUE(next) << next.error().message;
    EXPECT_TRUE(loop::testing::same_results(*kernel, *next));
    now = *std::move(next);
  }
}

TEST(Steps, ApplyOrSayWhyNot) {
  const std::vector<Row> rows = {
      {"split(i, 4)", ""},
      {"split(i, 3)", ""},
      {"split(k, 2); split(k_r, 2)", "kernel nest has no loop 'k_r'"},  // a rest of one iteration is no loop
      {"split(i, 8)", "split(i, 8): the loop has only 8 iterations"},
      {"split(i, 1)", "split(i, 1): the factor must be at least 2"},
      {"split(u, 2)", "split(u, 2): the loop's limits are not constant"},
      {"split(none, 2)", "kernel nest has no loop 'none'"},

      {"sink(j)", ""},
      {"split(j, 2); unroll(j_i); sink(j_i)", ""},
      {"sink(i)", ""},
      {"sink(k)", "sink(k): its iterations are not independent"},  // one accumulator
      {"sink(l)", "sink(l): it is the innermost loop already"},
      {"sink(a)", "sink(a): its iterations are not independent"},  // a / 2 repeats
      {"sink(p)", "sink(p): its iterations are not independent"},  // reads what the one before wrote
      {"sink(v)", "sink(v): its iterations are not independent"},  // an index read from memory
      {"sink(t)", "sink(t): it cannot move further inwards"},      // the inner limits use it
      {"sink(m)", ""},

      {"reorder(j, i)", ""},
      {"reorder(i, j)", "reorder(i, j): the loops have this order already"},
      {"reorder(i)", "reorder(i): name at least two loops"},
      {"reorder(l, k)", "reorder(l, k): k and l may not change places"},
      {"reorder(j, k)", "reorder(j, k): k is not directly inside j"},
      {"reorder(q, p)", "reorder(q, p): p and q may not change places"},
      {"reorder(u, t)", "reorder(u, t): t and u may not change places"},
      {"reorder(n, m)", ""},

      {"unroll(k)", ""},
      {"unroll(u)", "unroll(u): the loop's limits are not constant"},

      {"partition(i)", "partition(i): a condition is not a comparison of index sums"},  // l != i
      {"partition(j)", "partition(j): no condition depends on it"},
      {"partition(t)", "partition(t): no condition depends on it"},

      {"trim(k)", ""},
      {"trim(i)", "trim(i): its body is not an if without else"},
      {"trim(m)", "trim(m): its body is not an if without else"},
      {"trim(k); trim(k)", "trim(k): no condition is a linear limit of it"},

      {"stage(x, j, i16, local, 0)", ""},
      {"stage(x, i, i32, scratch, -1)", ""},
      {"stage(x, j, u8, local, 0)", "stage(x, j, u8, local, 0): u8 does not hold every i8"},
      {"stage(x, j, i16, input, 0)", "stage(x, j, i16, input, 0): a copy lives in local or scratch memory"},
      {"stage(x, j, i8, local, 200)", "stage(x, j, i8, local, 200): the padding is no i8"},
      {"stage(x, t, i16, local, 0)", "stage(x, t, i16, local, 0): the loop does not read it"},
      {"stage(s, p, i32, local, 0)", "stage(s, p, i32, local, 0): the loop writes the buffer"},
      {"stage(x, v, i16, local, 0)", "stage(x, v, i16, local, 0): an index is read from memory"},
      {"stage(acc, j, i32, local, 0)", "stage(acc, j, i32, local, 0): the buffer lives inside the loop"},
      {"stage(none, j, i8, local, 0)", "kernel nest has no buffer 'none'"},

      {"fuse(m, n)", "fuse(m, n): some index does not use the two loops as one"},  // x[m + n]
      {"fuse(i, k)", "fuse(i, k): k is not directly inside i"},
      {"fuse(t, u)", "fuse(t, u): u does not run from 0 to a constant"},
      {"split(j, 2); fuse(j_o, j_i)", ""},
  };
  for (const Row& row : rows) check(row);
}

TEST(Steps, DecliningChangesNothing) {
  const loop::Kernel kernel = *loop::parse(kNest);
  const std::string before = loop::print(kernel);
  EXPECT_FALSE(schedule::apply(kernel, Sink{"k"}));
  EXPECT_EQ(loop::print(kernel), before);
}

TEST(ScheduleText, RoundTrips) {
  const std::string text =
      "split(oc, 4); sink(oc_i); reorder(a, b, c); unroll(kw); partition(oh); trim(kh); "
      "stage(x, oh, i16, scratch, -128); fuse(h, w)";
  const auto schedule = parse(text);
  ASSERT_TRUE(schedule) << schedule.error().message;
  EXPECT_EQ(print(*schedule), text);
  EXPECT_EQ(parse(" split( oc ,4 )\n;sink(oc_i)")->size(), 2u);
  EXPECT_EQ(parse("")->size(), 0u);
}

TEST(ScheduleText, ErrorsNameThePlace) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"split", "schedule, character 1: a step is written name(arguments)"},
      {"split(oc, 4", "schedule, character 12: ')' expected"},
      {"sink(a); spill(oc, 4)", "schedule, character 10: unknown step 'spill'"},
      {"split(oc)", "schedule, character 1: wrong arguments for 'split'"},
      {"split(oc, 4, 5)", "schedule, character 1: wrong arguments for 'split'"},
      {"split(oc, four)", "schedule, character 1: wrong arguments for 'split'"},
      {"split(4, 4)", "schedule, character 1: wrong arguments for 'split'"},
      {"split(oc, 99999999999999999999)", "schedule, character 1: wrong arguments for 'split'"},
      {"stage(x, oh, i17, scratch, 0)", "schedule, character 1: wrong arguments for 'stage'"},
      {"sink()", "schedule, character 1: wrong arguments for 'sink'"},
  };
  for (const auto& [text, message] : rows) {
    const auto schedule = parse(text);
    ASSERT_FALSE(schedule) << text;
    EXPECT_EQ(schedule.error().message, message);
  }
}

}  // namespace
}  // namespace midge::schedule
