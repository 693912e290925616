#include "emit/kernel_writer.h"

#include <gtest/gtest.h>

#include "emit/expr_writer.h"

namespace midge::emit {
namespace {

TEST(KernelWriter, ExtremaPreferTheFirstOfUnorderedOperands) {
  EXPECT_EQ(helper_text("min_f32"),
            "static inline float min_f32(float a, float b)\n{\n    return b < a ? b : a;\n}\n");
  EXPECT_EQ(helper_text("max_i32"),
            "static inline int32_t max_i32(int32_t a, int32_t b)\n{\n    return a < b ? b : a;\n}\n");
}

TEST(KernelWriter, ArgumentThatIsNotReadIsMentioned) {
  loop::Kernel kernel;
  kernel.name = "constant";
  kernel.add_buffer({.name = "x", .dtype = DType::kF32, .shape = {2}, .memory = loop::Memory::kInput});
  const BufferId y =
      kernel.add_buffer({.name = "y", .dtype = DType::kF32, .shape = {1}, .memory = loop::Memory::kOutput});
  kernel.body = loop::store(y, {loop::i32(0)}, loop::float_imm(1.5f));
  std::set<std::string> helpers;
  const KernelText text = write_kernel(kernel, {}, helpers);
  EXPECT_EQ(text.parameters, "(const float *restrict x, float *restrict y)");
  EXPECT_EQ(text.body, "{\n    (void)x;\n    y[0] = 1.5f;\n}\n");
}

}  // namespace
}  // namespace midge::emit
