// Any steps that apply, in any order, keep what a nest computes. MIDGE_TEST_SEED replays one run.
#include <gtest/gtest.h>

#include "schedule/nest_testing.h"
#include "schedule/schedule.h"

namespace midge::schedule {
namespace {

using namespace testing;

std::vector<std::string> loop_names(const Kernel& kernel) {
  std::vector<std::string> names;
  loop::visit(kernel.body, [&](const Stmt& s) {
    if (s->kind == loop::StmtKind::kFor) names.push_back(kernel.var(s->var).name);
  });
  return names;
}

Step random_step(Random& random, const Kernel& kernel) {
  const std::vector<std::string> names = loop_names(kernel);
  const auto at = [&](int64_t i) { return names[static_cast<size_t>(i) % names.size()]; };
  const int64_t i = random.pick(0, static_cast<int64_t>(names.size()) - 1);
  switch (random.pick(0, 7)) {
    case 0:
      return Split{at(i), random.pick(2, 5)};
    case 1:
      return Sink{at(i)};
    case 2: {
      if (random.chance(50)) return Reorder{{at(i + 1), at(i)}};
      return Reorder{{at(i + 2), at(i + 1), at(i)}};
    }
    case 3:
      return Unroll{at(i)};
    case 4:
      return Partition{at(i)};
    case 5:
      return Trim{at(i)};
    case 6: {
      const auto& buffer =
          kernel
              .buffers[static_cast<size_t>(random.pick(0, static_cast<int64_t>(kernel.buffers.size()) - 1))];
      return Stage{buffer.name, at(i), random.chance(50) ? DType::kI16 : DType::kI8,
                   random.chance(50) ? Memory::kLocal : Memory::kScratch, random.pick(-128, 127)};
    }
    default:
      return Fuse{at(i), at(i + 1)};
  }
}

TEST(Steps, KeepResultsInAnyOrder) {
  int applied = 0;
  for (uint32_t seed = loop::testing::first_seed(), n = loop::testing::seed_count(80); n > 0; ++seed, --n) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const Kernel original = random_nest(random);
    Kernel kernel = loop::simplify(original);
    Schedule schedule;
    for (int tries = 0; tries < 25 && loop_names(kernel).size() < 40 && !loop_names(kernel).empty();
         ++tries) {
      const Step step = random_step(random, kernel);
      auto next = schedule::apply(kernel, step);
      if (!next) {
        EXPECT_EQ(next.error().kind, ErrorKind::kUsage);
        continue;
      }
      schedule.push_back(step);
      ++applied;
      ASSERT_TRUE(loop::testing::same_results(kernel, *next, seed)) << print(schedule);
      kernel = *std::move(next);
    }
    const Kernel result = loop::hoist(loop::simplify(loop::unroll(kernel)));
    ASSERT_TRUE(loop::testing::same_results(original, result, seed)) << print(schedule);
    const auto parsed = parse(print(schedule));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, schedule);
  }
  if (!std::getenv("MIDGE_TEST_SEED")) {
    EXPECT_GT(applied, 100);
  }
}

}  // namespace
}  // namespace midge::schedule
