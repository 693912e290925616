#include "loop/ir.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <vector>

namespace midge::loop {
namespace {

const Expr kA = var(VarId{0}, DType::kI32), kB = var(VarId{1}, DType::kI32);

TEST(Factories, typesOfResults) {
  EXPECT_EQ((kA + kB)->type, DType::kI32);
  EXPECT_EQ(lt(kA, kB)->type, DType::kBool);
  EXPECT_EQ(unary(ExprKind::kClz, int_imm(DType::kU32, 1))->type, DType::kI32);
  EXPECT_EQ(select(make_bool(true), float_imm(1), float_imm(2))->type, DType::kF32);
  EXPECT_EQ(shr(int_imm(DType::kI64, 5), 63)->operands[1]->type, DType::kI64);
  EXPECT_EQ(load(BufferId{0}, DType::kI8, {kA})->type, DType::kI8);
  EXPECT_EQ(bitcast(DType::kF32, kA)->type, DType::kF32);
}

TEST(Factories, castsToTheSameTypeAreNone) {
  EXPECT_EQ(cast(DType::kI32, kA), kA);
  EXPECT_EQ(bitcast(DType::kI32, kA), kA);
}

TEST(Factories, aCastToBoolComparesWithZero) {
  EXPECT_TRUE(equal(cast(DType::kBool, kA), ne(kA, i32(0))));
  EXPECT_TRUE(equal(cast(DType::kBool, float_imm(2)), ne(float_imm(2), float_imm(0))));
}

TEST(Factories, swappedComparisons) {
  EXPECT_TRUE(equal(gt(kA, kB), lt(kB, kA)));
  EXPECT_TRUE(equal(ge(kA, kB), le(kB, kA)));
}

using FactoriesDeathTest = ::testing::Test;

TEST(FactoriesDeathTest, refuseWhatHasNoMeaning) {
  const Expr byte = int_imm(DType::kI8, 1);
  EXPECT_DEATH(int_imm(DType::kI8, 128), "does not hold");
  EXPECT_DEATH(int_imm(DType::kBool, 2), "does not hold");
  EXPECT_DEATH(int_imm(DType::kF32, 1), "does not hold");
  EXPECT_DEATH(kA + byte, "does not hold");
  EXPECT_DEATH(kA + nullptr, "does not hold");
  EXPECT_DEATH(make_bool(true) + make_bool(true), "does not hold");
  EXPECT_DEATH(rem(float_imm(1), float_imm(1)), "does not hold");
  EXPECT_DEATH(land(kA, kB), "does not hold");
  EXPECT_DEATH(lnot(kA), "does not hold");
  EXPECT_DEATH(shl(kA, 32), "does not hold");
  EXPECT_DEATH(shr(byte, -1), "does not hold");
  EXPECT_DEATH(unary(ExprKind::kSqrt, kA), "does not hold");
  EXPECT_DEATH(unary(ExprKind::kClz, kA), "does not hold");
  EXPECT_DEATH(binary(ExprKind::kSelect, kA, kA), "does not hold");
  EXPECT_DEATH(select(kA, kA, kA), "does not hold");
  EXPECT_DEATH(select(make_bool(true), kA, byte), "does not hold");
  EXPECT_DEATH(bitcast(DType::kI32, byte), "does not hold");
  EXPECT_DEATH(load(BufferId{}, DType::kI8, {}), "does not hold");
  EXPECT_DEATH(load(BufferId{0}, DType::kI8, {byte}), "does not hold");
  EXPECT_DEATH(var(VarId{}, DType::kI32), "does not hold");
  EXPECT_DEATH(call("", DType::kI32, {}), "does not hold");
  EXPECT_DEATH(block({nullptr}), "does not hold");
  EXPECT_DEATH(make_for(VarId{0}, byte, kA, block({})), "does not hold");
  EXPECT_DEATH(make_if(kA, block({})), "does not hold");
  EXPECT_DEATH(store(BufferId{0}, {byte}, kA), "does not hold");
  EXPECT_DEATH(let(VarId{0}, nullptr, block({})), "does not hold");
  EXPECT_DEATH(alloc(BufferId{}, block({})), "does not hold");
}

TEST(BinaryType, everyKindOnEveryType) {
  using enum ExprKind;
  const auto types_of = [](ExprKind kind) {
    std::string names;
    for (int i = 0; i <= static_cast<int>(DType::kF32); ++i) {
      const DType type = static_cast<DType>(i);
      if (binary_type(kind, type, type)) names += std::string(name_of(type)) + ' ';
      EXPECT_FALSE(binary_type(kind, type, type == DType::kI8 ? DType::kU8 : DType::kI8));
    }
    return names;
  };
  const std::string integers = "i8 u8 i16 u16 i32 u32 i64 u64 ";
  for (const ExprKind kind : {kAdd, kSub, kMul, kDiv, kMin, kMax, kLt, kLe})
    EXPECT_EQ(types_of(kind), integers + "f32 ");
  for (const ExprKind kind : {kRem, kShl, kShr, kAnd, kOr, kXor}) EXPECT_EQ(types_of(kind), integers);
  for (const ExprKind kind : {kEq, kNe}) EXPECT_EQ(types_of(kind), "bool " + integers + "f32 ");
  for (const ExprKind kind : {kLogicalAnd, kLogicalOr}) EXPECT_EQ(types_of(kind), "bool ");
  for (const ExprKind kind : {kIntImm, kLoad, kSelect, kCast, kLogicalNot, kSqrt})
    EXPECT_EQ(types_of(kind), "");
}

TEST(Equal, looksAtEverything) {
  const Expr exprs[] = {i32(1),
                        i32(2),
                        int_imm(DType::kI8, 1),
                        float_imm(0.0f),
                        float_imm(-0.0f),
                        kA,
                        kB,
                        var(VarId{0}, DType::kI8),
                        kA + kB,
                        kB + kA,
                        kA - kB,
                        load(BufferId{0}, DType::kI32, {kA}),
                        load(BufferId{1}, DType::kI32, {kA}),
                        call("f", DType::kI32, {kA}),
                        call("g", DType::kI32, {kA}),
                        call("f", DType::kI32, {}),
                        nullptr};
  for (const Expr& a : exprs) {
    for (const Expr& b : exprs) EXPECT_EQ(equal(a, b), a == b);
  }
  EXPECT_TRUE(equal(kA + i32(1), kA + i32(1)));
  const float nan = std::bit_cast<float>(0x7fc00001);
  EXPECT_TRUE(equal(float_imm(nan), float_imm(nan)));

  const Stmt one = store(BufferId{0}, {}, i32(1)), none = block({});
  const Stmt stmts[] = {one,
                        none,
                        store(BufferId{1}, {}, i32(1)),
                        store(BufferId{0}, {kA}, i32(1)),
                        block({one}),
                        block({one, one}),
                        make_for(VarId{0}, 3, none),
                        make_for(VarId{1}, 3, none),
                        make_for(VarId{0}, i32(0), i32(3), none, ForKind::kUnrolled),
                        make_if(make_bool(true), none),
                        make_if(make_bool(true), none, none),
                        let(VarId{0}, i32(0), none),
                        alloc(BufferId{0}, none),
                        alloc(BufferId{1}, none),
                        nullptr};
  for (const Stmt& a : stmts) {
    for (const Stmt& b : stmts) EXPECT_EQ(equal(a, b), a == b);
  }
}

TEST(Rewrite, outermostFirstAndReplacementsAreNotVisited) {
  std::vector<ExprKind> asked;
  const Expr result = rewrite((kA + i32(1)) * kB, [&](const Expr& e) -> Expr {
    asked.push_back(e->kind);
    return e->kind == ExprKind::kAdd ? e->operands[0] + i32(2) : nullptr;
  });
  EXPECT_TRUE(equal(result, (kA + i32(2)) * kB));
  EXPECT_EQ(asked, (std::vector{ExprKind::kMul, ExprKind::kAdd, ExprKind::kVar}));
}

TEST(Rewrite, sharesWhatDidNotChange) {
  const Expr left = kA * kA, sum = left + i32(1);
  const Expr result = substitute(sum + kB, VarId{1}, i32(9));
  EXPECT_EQ(result->operands[0], sum);
  const Stmt stmt = block({store(BufferId{0}, {}, sum), store(BufferId{0}, {}, kB)});
  EXPECT_EQ(substitute(stmt, VarId{5}, i32(0)), stmt);
  EXPECT_EQ(substitute(stmt, VarId{1}, i32(0))->children[0], stmt->children[0]);
}

// Each level uses the one below twice: two to the power of fifty occurrences, but fifty nodes.
TEST(Rewrite, sharedSubtreesAreRewrittenOnce) {
  Expr tower = kA + i32(1);
  for (int i = 0; i < 50; ++i) tower = binary(ExprKind::kXor, tower, tower);
  Expr result = substitute(tower, VarId{0}, kB);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(result->operands[0], result->operands[1]);
    result = result->operands[0];
  }
  EXPECT_TRUE(equal(result, kB + i32(1)));
}

TEST(Rewrite, statements) {
  const Stmt one = store(BufferId{0}, {kA}, kB), two = store(BufferId{0}, {kA}, i32(2));
  const Stmt loop = make_for(VarId{0}, i32(0), i32(4), make_if(lt(kA, kB), one, two));
  const Stmt result = rewrite(
      loop, [&](const Stmt& s) { return equal(s, two) ? block({}) : nullptr; },
      [](const Expr& e) { return e->kind == ExprKind::kIntImm ? i32(e->value + 1) : nullptr; });
  EXPECT_TRUE(equal(result, make_for(VarId{0}, i32(1), i32(5), make_if(lt(kA, kB), one, block({})))));
}

TEST(Visit, everyNodeOutermostFirst) {
  std::string order;
  const Stmt stmt = make_for(VarId{0}, 4, let(VarId{1}, kA + i32(1), store(BufferId{0}, {kA}, kB)));
  visit(
      stmt, [&](const Stmt& s) { order += 's' + std::to_string(static_cast<int>(s->kind)) + ' '; },
      [&](const Expr& e) { order += 'e' + std::to_string(static_cast<int>(e->kind)) + ' '; });
  EXPECT_EQ(order, "s1 e0 e0 s4 e4 e2 e0 s3 e2 e2 ");
}

TEST(Kernel, namesAreMadeUnique) {
  Kernel kernel;
  const auto name = [&](const char* wanted) { return kernel.var(kernel.add_var(wanted)).name; };
  EXPECT_EQ(name("i"), "i");
  EXPECT_EQ(name("i"), "i_1");
  EXPECT_EQ(name("i"), "i_2");
  EXPECT_EQ(name("i_2"), "i_3");
  EXPECT_EQ(name("i_9"), "i_9");
  EXPECT_EQ(name("i"), "i_10");
  EXPECT_EQ(name("x1"), "x1");
  EXPECT_EQ(name("x1"), "x1_1");
  Buffer buffer{.name = "i", .dtype = DType::kI8};
  EXPECT_EQ(kernel.buffer(kernel.add_buffer(buffer)).name, "i_11");
}

}  // namespace
}  // namespace midge::loop
