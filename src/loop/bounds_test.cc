#include <gtest/gtest.h>

#include <algorithm>

#include "loop/interpret.h"
#include "loop/kernel_testing.h"
#include "loop/linear.h"
#include "loop/simplify.h"

namespace midge::loop {
namespace {

using testing::Random;

constexpr int64_t kMin32 = -2147483648LL, kMax32 = 2147483647LL;

struct Case {
  Expr expr;
  std::optional<Interval> expected;
};

TEST(Bounds, OfEachKindOfNode) {
  const VarId i{0}, w{1}, free{2};
  const Expr vi = var(i, DType::kI32), vw = var(w, DType::kU64), vf = var(free, DType::kI32);
  const KnownRanges known = {{i, {-3, 5}}, {w, {0, 9}}};
  const std::vector<Case> cases = {
      {i32(7), Interval{7, 7}},
      {vi, Interval{-3, 5}},
      {vf, Interval{kMin32, kMax32}},
      {vi * i32(-2) + i32(1), Interval{-9, 7}},
      {vf + vf, Interval{kMin32, kMax32}},  // a sum outside i32 is forbidden
      {div(vi, i32(2)), Interval{-1, 2}},
      {div(i32(10), vi), Interval{-10, 10}},  // never by zero
      {rem(vi, i32(3)), Interval{-2, 2}},
      {rem(vi, i32(100)), Interval{-3, 5}},
      {min(vi, i32(2)), Interval{-3, 2}},
      {max(vi, i32(2)), Interval{2, 5}},
      {shl(vi, 4), Interval{-48, 80}},
      {shr(vi, 1), Interval{-2, 2}},
      {binary(ExprKind::kAnd, vf, i32(15)), Interval{0, 15}},
      {binary(ExprKind::kOr, max(vi, i32(0)), i32(8)), Interval{0, 15}},
      {lt(vi, i32(6)), Interval{1, 1}},
      {eq(vi, i32(6)), Interval{0, 0}},
      {lt(vi, i32(5)), Interval{0, 1}},
      {select(lt(vf, i32(0)), i32(3), vi), Interval{-3, 5}},
      {cast(DType::kI8, vi), Interval{-3, 5}},
      {cast(DType::kU8, vi), Interval{0, 255}},  // may wrap
      {cast(DType::kI64, vi) * int_imm(DType::kI64, kMax32), Interval{-3 * kMax32, 5 * kMax32}},
      {load(BufferId{0}, DType::kI8, {}), Interval{-128, 127}},
      {vw + int_imm(DType::kU64, 1), Interval{1, 10}},
      {vw - int_imm(DType::kU64, 1), std::nullopt},  // may wrap to 2^64 - 1
      {float_imm(1.0f), std::nullopt},
  };
  for (size_t c = 0; c < cases.size(); ++c)
    EXPECT_EQ(bounds(cases[c].expr, known), cases[c].expected) << "case " << c;
}

// Every pair of values inside random i8 and u8 intervals stays within the interval computed for each
// operation.
TEST(Bounds, HoldEveryResultOfSmallTypes) {
  using enum ExprKind;
  Random random(testing::first_seed());
  const VarId a_id{0}, b_id{1};
  for (const DType type : {DType::kI8, DType::kU8}) {
    for (const ExprKind kind :
         {kAdd, kSub, kMul, kDiv, kRem, kMin, kMax, kShl, kShr, kAnd, kOr, kXor, kEq, kNe, kLt, kLe}) {
      for (int round = 0; round < 6; ++round) {
        const auto interval = [&] {
          const int64_t low = random.pick(min_of(type), max_of(type));
          return Interval{low, std::min(max_of(type), low + random.pick(0, 12))};
        };
        const Interval a = interval(), b = interval();
        const Expr expr = binary(kind, var(a_id, type), var(b_id, type));
        const auto range = bounds(expr, {{a_id, a}, {b_id, b}});
        ASSERT_TRUE(range);
        for (int64_t x = a.low; x <= a.high; ++x) {
          for (int64_t y = b.low; y <= b.high; ++y) {
            const Expr value = evaluate(binary(kind, int_imm(type, x), int_imm(type, y)));
            if (!value) continue;  // forbidden
            ASSERT_TRUE(range->low <= value->value && value->value <= range->high)
                << static_cast<int>(kind) << ": " << x << ", " << y << " gives " << value->value;
          }
        }
      }
    }
  }
}

TEST(Linear, TakesSumsApart) {
  const Expr i = var(VarId{0}, DType::kI32), j = var(VarId{1}, DType::kI32);
  const Linear linear = linear_form((j + i * i32(3) - i32(2)) * i32(2) - shl(j, 1));
  EXPECT_EQ(linear.constant, -4);
  ASSERT_EQ(linear.terms.size(), 1u);
  EXPECT_EQ(linear.terms[0].factor, 6);
  EXPECT_EQ(factor_of(linear, VarId{0}), 6);
  EXPECT_EQ(factor_of(linear, VarId{1}), 0);
  EXPECT_EQ(factor_of(linear_form(div(i, i32(2))), VarId{0}), std::nullopt);
}

TEST(Linear, FactorsNeverOverflow) {
  Expr power = var(VarId{0}, DType::kI32);
  for (int n = 0; n < 100; ++n) power = power * i32(kMax32);
  const Linear linear = linear_form(power);  // stops at what int64 holds
  ASSERT_EQ(linear.terms.size(), 1u);
}

}  // namespace
}  // namespace midge::loop
