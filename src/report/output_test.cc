#include "report/output.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace midge::report {
namespace {

graph::Value int8_value(int64_t count, float scale, int32_t zero_point) {
  graph::Value value;
  value.name = "y";
  value.shape = {1, count};
  value.quantization = graph::Quantization{{scale}, {zero_point}, -1};
  return value;
}

graph::Value float_value(int64_t count) {
  graph::Value value;
  value.name = "y";
  value.dtype = DType::kF32;
  value.shape = {count};
  return value;
}

std::vector<uint8_t> codes(std::vector<int> values) {
  return {values.begin(), values.end()};
}

std::vector<uint8_t> floats(const std::vector<float>& values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

TEST(Ranked, LargestFirstAndOfEqualOnesTheFirst) {
  EXPECT_EQ(ranked(int8_value(4, 0.5f, 0), codes({-3, 7, 2, 7})), (std::vector<int64_t>{1, 3, 2, 0}));
}

TEST(Ranked, NanIsTheSmallest) {
  EXPECT_EQ(ranked(float_value(3), floats({NAN, -1e30f, 2.0f})), (std::vector<int64_t>{2, 1, 0}));
}

TEST(MostProbable, OfADistribution) {
  const auto found = most_probable(int8_value(3, 1.0f / 256, -128), codes({-128, 127, -128}));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->index, 1);
  EXPECT_DOUBLE_EQ(found->probability, 255.0 / 256);
  ASSERT_TRUE(most_probable(float_value(3), floats({0.2f, 0.3f, 0.5f})).has_value());
}

TEST(MostProbable, ScoresAreNone) {
  EXPECT_FALSE(most_probable(float_value(3), floats({0.2f, 0.3f, 0.6f})).has_value());
  EXPECT_FALSE(most_probable(float_value(3), floats({-0.2f, 0.7f, 0.5f})).has_value());
  EXPECT_FALSE(most_probable(float_value(3), floats({NAN, 0.5f, 0.5f})).has_value());
  EXPECT_FALSE(most_probable(float_value(1), floats({1.0f})).has_value());
}

TEST(OutputText, QuantisedWithLabels) {
  const std::vector<std::string> labels = {"cat", "größer", "dog"};
  EXPECT_EQ(output_text(int8_value(3, 0.5f, 10), codes({12, 110, -6}), labels),
            "output 'y' i8[1,3]\n"
            "  index  label   stored    value\n"
            "  -----  ------  ------  -------\n"
            "      1  größer     110  50.0000\n"
            "      0  cat         12   1.0000\n"
            "      2  dog         -6  -8.0000\n");
}

TEST(OutputText, WholeNumbers) {
  graph::Value value = float_value(2);
  value.dtype = DType::kI32;
  EXPECT_EQ(output_text(value, codes({7, 0, 0, 0, 0, 1, 0, 0}), {}),
            "output 'y' i32[2]\n"
            "  index  value\n"
            "  -----  -----\n"
            "      1    256\n"
            "      0      7\n");
}

TEST(OutputText, FloatsOfAnySizeOnlyTheLargest) {
  EXPECT_EQ(output_text(float_value(6), floats({1e-6f, 2e9f, 0.0f, -1.0f, 0.25f, -2.0f}), {}),
            "output 'y' f32[6], the 5 largest of 6\n"
            "  index       value\n"
            "  -----  ----------\n"
            "      1  2.0000e+09\n"
            "      4      0.2500\n"
            "      0  1.0000e-06\n"
            "      2      0.0000\n"
            "      3     -1.0000\n");
}

}  // namespace
}  // namespace midge::report
