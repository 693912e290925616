#include "report/table.h"

#include <gtest/gtest.h>

namespace midge::report {
namespace {

TEST(Table, AlignsColumns) {
  Table table({{"layer"}, {"bytes", Align::kRight}});
  table.add({"conv", "12"});
  table.add({"dense_1", "3,400"});
  EXPECT_EQ(table.text(), "layer    bytes\n-------  -----\nconv        12\ndense_1  3,400\n");
}

TEST(Table, CountsCodePointsNotBytes) {
  Table table({{"name"}, {"n", Align::kRight}});
  table.add({"größe", "1"});
  table.add({"abcde", "2"});
  EXPECT_EQ(table.text(), "name   n\n-----  -\ngröße  1\nabcde  2\n");
}

TEST(Grouped, InsertsCommas) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
}

}  // namespace
}  // namespace midge::report
