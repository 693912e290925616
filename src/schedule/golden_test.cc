// test/golden/schedule/*.txt: a kernel, and what its steps make of it. The first line is a comment with the
// steps; where there is none, the default schedule is taken and printed.
#include "loop/kernel_testing.h"
#include "loop/simplify.h"
#include "schedule/schedule.h"

namespace midge::schedule {
namespace {

Result<loop::Kernel> after(const loop::Kernel& kernel, const std::string& steps) {
  MIDGE_ASSIGN(const Schedule schedule, parse(steps));
  loop::Kernel result = kernel;
  for (const Step& step : schedule) {
    MIDGE_ASSIGN(result, schedule::apply(result, step));
  }
  return result;
}

std::string outcome(const std::string& text) {
  const auto kernel = loop::parse(text);
  if (!kernel) return kernel.error().message + "\n";
  if (!text.starts_with("// ")) {
    const Scheduled scheduled = default_schedule(*kernel);
    EXPECT_TRUE(loop::testing::same_results(*kernel, scheduled.kernel));
    return "// " + print(scheduled.schedule) + "\n" + loop::print(scheduled.kernel);
  }
  const auto result = after(*kernel, text.substr(3, text.find('\n') - 3));
  if (!result) return result.error().message + "\n";
  EXPECT_TRUE(loop::testing::same_results(*kernel, *result));
  return loop::print(*result);
}

TEST(ScheduleGolden, Files) {
  loop::testing::check_golden("test/golden/schedule", outcome);
}

}  // namespace
}  // namespace midge::schedule
