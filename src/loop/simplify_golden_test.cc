// test/golden/{simplify,hoist}/*.txt: a kernel and the kernel after the pass.
#include "loop/kernel_testing.h"
#include "loop/simplify.h"

namespace midge::loop {
namespace {

std::string after(const std::string& text, Kernel (*pass)(const Kernel&)) {
  const auto kernel = parse(text);
  if (!kernel) return kernel.error().message + "\n";
  const Kernel result = pass(*kernel);
  EXPECT_TRUE(testing::same_results(*kernel, result));
  EXPECT_EQ(print(pass(result)), print(result)) << "a second pass finds more to do";
  return print(result);
}

TEST(SimplifyGolden, Files) {
  testing::check_golden("test/golden/simplify",
                        [](const std::string& text) { return after(text, simplify); });
}

TEST(HoistGolden, Files) {
  testing::check_golden("test/golden/hoist", [](const std::string& text) { return after(text, hoist); });
}

}  // namespace
}  // namespace midge::loop
