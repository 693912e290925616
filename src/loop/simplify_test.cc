#include "loop/simplify.h"

#include <gtest/gtest.h>

#include "loop/kernel_testing.h"

namespace midge::loop {
namespace {

using testing::index;
using testing::Random;

// Variables i, j (i32, ranges given), s (i32, anything), u (u8, anything).
struct Names {
  Kernel kernel{.name = "k", .source = "test", .vars = {}, .buffers = {}, .body = nullptr};
  VarId i_id = kernel.add_var("i"), j_id = kernel.add_var("j"), s_id = kernel.add_var("s");
  VarId u_id = kernel.add_var("u", DType::kU8);
  BufferId x_id = testing::add(kernel, "x", DType::kI8, {16}, Memory::kInput);
  Expr i = index(i_id), j = index(j_id), s = index(s_id), u = var(u_id, DType::kU8);
  Expr x = cast(DType::kI32, load(x_id, DType::kI8, {i}));
  KnownRanges known = {{i_id, {0, 9}}, {j_id, {0, 3}}};

  std::string simple(const Expr& expr) const { return print(kernel, simplify(expr, known)); }
};

TEST(Simplify, IndexSumsTakeOneForm) {
  const Names n;
  EXPECT_EQ(n.simple(i32(3) + n.j + n.i * i32(2) + n.j - i32(4)), "i * 2 + j * 2 - 1");
  EXPECT_EQ(n.simple((n.i + n.j) * i32(4) - n.i * i32(4)), "j * 4");
  EXPECT_EQ(n.simple(i32(7) - n.i), "7 - i");
  EXPECT_EQ(n.simple(shl(n.i, 3) + i32(0)), "i * 8");
  EXPECT_EQ(n.simple(n.i - n.i), "0");
  EXPECT_EQ(n.simple(n.j * n.i + n.i * n.j), n.simple(n.j * n.i + n.i * n.j));
}

TEST(Simplify, SumsThatMightOverflowOnTheWayKeepTheirOrder) {
  const Names n;
  EXPECT_EQ(n.simple((n.s - n.i) + n.j), "s - i + j");
  EXPECT_EQ(n.simple((n.s + i32(3)) + i32(4)), "s + 7");
  EXPECT_EQ(n.simple((n.x - i32(3)) + i32(3)), n.simple(n.x));
}

TEST(Simplify, QuotientsSplit) {
  const Names n;
  EXPECT_EQ(n.simple(div(n.i * i32(4) + n.j, i32(4))), "i");
  EXPECT_EQ(n.simple(rem(n.i * i32(4) + n.j, i32(4))), "j");
  EXPECT_EQ(n.simple(div(n.i * i32(4) + n.j + i32(9), i32(4))), "i + (j + 1) / 4 + 2");
  EXPECT_EQ(n.simple(div(n.i, i32(10))), "0");
  EXPECT_EQ(n.simple(rem(n.i, i32(10))), "i");
  EXPECT_EQ(n.simple(div(n.i - i32(20), i32(4))), "(i - 20) / 4");  // truncates toward zero: stays
}

TEST(Simplify, ComparisonsDecidedOrInOneForm) {
  const Names n;
  EXPECT_EQ(n.simple(lt(n.i, i32(10))), "true");
  EXPECT_EQ(n.simple(le(i32(10), n.i)), "false");
  EXPECT_EQ(n.simple(lt(n.i * i32(2) + n.j - i32(1), i32(5))), "i * 2 + j <= 5");
  EXPECT_EQ(n.simple(le(i32(0), n.i * i32(2) - i32(1))), "1 <= i");
  EXPECT_EQ(n.simple(eq(n.i, n.j + i32(20))), "false");
  EXPECT_EQ(n.simple(lnot(lt(n.s, i32(4)))), "4 <= s");
}

TEST(Simplify, MinMaxSelectLogic) {
  const Names n;
  EXPECT_EQ(n.simple(min(n.i, i32(9))), "i");
  EXPECT_EQ(n.simple(max(n.i + n.j, n.i)), "i + j");
  EXPECT_EQ(n.simple(min(min(n.s, i32(7)), i32(5))), "min(s, 5)");
  EXPECT_EQ(n.simple(max(min(n.x, i32(127)), i32(-128))), n.simple(n.x));
  EXPECT_EQ(n.simple(select(lt(n.i, i32(3)), n.j, n.j)), "j");
  EXPECT_EQ(n.simple(land(lt(n.i, i32(50)), lt(n.j, n.s))), n.simple(lt(n.j, n.s)));
}

TEST(Simplify, ConversionsDropOutWhereTheyKeepTheValue) {
  const Names n;
  EXPECT_EQ(n.simple(cast(DType::kI32, cast(DType::kI8, n.i))), "i");
  EXPECT_EQ(n.simple(cast(DType::kI8, cast(DType::kI16, n.s))), "i8(s)");
  EXPECT_EQ(n.simple(cast(DType::kI32, cast(DType::kI8, n.s))), "i32(i8(s))");
}

struct Folded {
  Expr expr;
  std::string text;
};

TEST(Simplify, ConstantsFoldExactly) {
  const Names n;
  const auto imm = [](DType type, int64_t value) { return int_imm(type, value); };
  const std::vector<Folded> cases = {
      {i32(-7) + i32(2), "-5"},
      {div(i32(-7), i32(2)), "-3"},
      {rem(i32(-7), i32(2)), "-1"},
      {shr(i32(-7), 1), "-4"},
      {imm(DType::kU8, 250) + imm(DType::kU8, 10), "4:u8"},
      {imm(DType::kU32, 0) - imm(DType::kU32, 1), "4294967295:u32"},
      {imm(DType::kU64, 1) * imm(DType::kU64, -1), "18446744073709551615:u64"},
      {cast(DType::kI8, i32(200)), "-56:i8"},
      {cast(DType::kI32, float_imm(-2.75f)), "-2"},
      {float_imm(0.1f) + float_imm(0.2f), print(n.kernel, float_imm(0.1f + 0.2f))},
      {bitcast(DType::kU32, float_imm(1.0f)), "1065353216:u32"},
      {unary(ExprKind::kClz, imm(DType::kU32, 1)), "31"},
      {lt(imm(DType::kU64, 1), imm(DType::kU64, -1)), "true"},
      // Forbidden operations are not given a value.
      {i32(2147483647) + i32(1), "2147483647 + 1"},
      {div(i32(1), i32(0)), "1 / 0"},
      {cast(DType::kI8, float_imm(1000.0f)), "i8(1000.0)"},
  };
  for (const Folded& c : cases) EXPECT_EQ(print(n.kernel, simplify(c.expr)), c.text);
}

TEST(Simplify, FloatsKeepWhatRoundingAndSignedZeroNeed) {
  Kernel kernel;
  const Expr f = var(kernel.add_var("f", DType::kF32), DType::kF32);
  EXPECT_EQ(print(kernel, simplify(f + float_imm(0.0f))), "f + 0.0");
  EXPECT_EQ(print(kernel, simplify(f - f)), "f - f");
  EXPECT_EQ(print(kernel, simplify(f * float_imm(1.0f))), "f");
}

TEST(Simplify, SharedSubtreesStayCheap) {
  Names n;
  Expr tower = n.x;
  for (int level = 0; level < 200; ++level) tower = max(tower + i32(1), tower);  // 2^200 paths
  EXPECT_EQ(simplify(tower, n.known), tower);  // nothing to do: the very same node
}

// Statements.

struct Nest {
  Kernel kernel{.name = "k", .source = "test", .vars = {}, .buffers = {}, .body = nullptr};
  BufferId x = testing::add(kernel, "x", DType::kI8, {8}, Memory::kInput);
  BufferId y = testing::add(kernel, "y", DType::kI32, {8}, Memory::kOutput);
  VarId i = kernel.add_var("i"), j = kernel.add_var("j");

  Expr x_at(const Expr& at) const { return cast(DType::kI32, load(x, DType::kI8, {at})); }

  std::string simple(Stmt body) {
    kernel.body = std::move(body);
    const Kernel result = simplify(kernel);
    EXPECT_TRUE(testing::same_results(kernel, result));
    return result.body->children.empty() && result.body->kind == StmtKind::kBlock
               ? ""
               : print(result, result.body);
  }
};

TEST(Simplify, LoopsOfNoneAndOneIteration) {
  Nest n;
  const Stmt s = store(n.y, {index(n.i)}, n.x_at(index(n.i)));
  EXPECT_EQ(n.simple(make_for(n.i, i32(3), i32(3), s)), "");
  EXPECT_EQ(n.simple(make_for(n.i, i32(3), i32(4), s)), "y[3] = i32(x[3])\n");
}

TEST(Simplify, ConditionsDecidedByLoopsAndConditions) {
  Nest n;
  const Expr i = index(n.i);
  const auto guarded = [&](const Expr& outer, const Expr& inner) {
    return make_for(n.i, 8, make_if(outer, make_if(inner, store(n.y, {i}, n.x_at(i)))));
  };
  EXPECT_EQ(n.simple(guarded(le(i32(0), i), lt(i, i32(8)))), "for i in 0..8 {\n  y[i] = i32(x[i])\n}\n");
  EXPECT_EQ(n.simple(guarded(lt(i, i32(3)), lt(i, i32(5)))),
            n.simple(guarded(lt(i, i32(3)), make_bool(true))));
  EXPECT_EQ(n.simple(guarded(lt(i, i32(3)), le(i32(3), i))), "");
}

TEST(Simplify, BoundsOfLoopsAreFactsInside) {
  Nest n;
  const Expr i = index(n.i), j = index(n.j);
  const Expr begin = max(i32(2) - i, i32(0)), end = min(i32(8) - i, i32(4));
  const Stmt body = make_if(land(le(i32(2), i + j), lt(i + j, i32(8))), store(n.y, {i + j}, n.x_at(i + j)));
  const std::string text = n.simple(make_for(n.i, 8, make_for(n.j, begin, end, body)));
  EXPECT_EQ(text.find("if"), std::string::npos) << text;
}

TEST(Simplify, LetsOfSimpleThingsGo) {
  Nest n;
  const VarId a = n.kernel.add_var("a"), b = n.kernel.add_var("b"), unused = n.kernel.add_var("unused");
  const Stmt body = let(a, i32(3) + i32(1),
                        let(unused, n.x_at(i32(0)), let(b, index(n.i), store(n.y, {index(b)}, index(a)))));
  EXPECT_EQ(n.simple(make_for(n.i, 8, body)), "for i in 0..8 {\n  y[i] = 4\n}\n");
}

TEST(Simplify, LocalsThatNobodyReadsGo) {
  Nest n;
  const BufferId best = testing::add(n.kernel, "best", DType::kI32, {}, Memory::kLocal);
  const Expr sum = load(best, DType::kI32, {}) + n.x_at(index(n.i));
  const Stmt unread = block({store(best, {}, n.x_at(index(n.i))), store(best, {}, sum)});
  const Stmt body = alloc(best, block({unread, store(n.y, {index(n.i)}, i32(4))}));
  EXPECT_EQ(n.simple(make_for(n.i, 8, body)), "for i in 0..8 {\n  y[i] = 4\n}\n");
}

TEST(Unroll, CopiesBodiesWithFreshNames) {
  Nest n;
  const VarId t = n.kernel.add_var("t");
  const Expr at = index(n.i) * i32(4) + index(n.j);
  const Stmt body = let(t, n.x_at(at), store(n.y, {at}, index(t) + index(t)));
  n.kernel.body = make_for(n.i, 2, make_for(n.j, i32(0), i32(4), body, ForKind::kUnrolled));
  const Kernel result = simplify(unroll(n.kernel));
  EXPECT_TRUE(testing::same_results(n.kernel, result));
  const std::string text = print(result);
  EXPECT_EQ(text.find("unrolled"), std::string::npos);
  EXPECT_NE(text.find("y[i * 4 + 3] = t_3 * 2"), std::string::npos) << text;
}

// Random programs (MIDGE_TEST_SEED replays one): the same bytes before and after, and nothing left to do
// after.

class RandomExpr {
 public:
  RandomExpr(Random& random, std::vector<Expr> leaves) : random_(random), leaves_(std::move(leaves)) {}

  Expr value(int depth) {
    if (depth == 0 || random_.chance(15)) {
      if (random_.chance(30)) return i32(random_.pick(-5, 9));
      return leaves_[static_cast<size_t>(random_.pick(0, static_cast<int64_t>(leaves_.size()) - 1))];
    }
    const auto sub = [&] { return value(depth - 1); };
    switch (random_.pick(0, 11)) {
      case 0:
      case 1:
      case 2:
        return sub() + sub();
      case 3:
        return sub() - sub();
      case 4:
        return sub() * i32(random_.pick(-3, 4));
      case 5:
        return div(sub(), i32(random_.pick(1, 5)));
      case 6:
        return rem(sub(), i32(random_.pick(1, 5)));
      case 7:
        return min(sub(), sub());
      case 8:
        return max(sub(), sub());
      case 9:
        return select(condition(depth - 1), sub(), sub());
      case 10:
        return cast(DType::kI32, cast(random_.chance(50) ? DType::kI8 : DType::kU8, sub()));
      default:
        return binary(random_.chance(50) ? ExprKind::kAnd : ExprKind::kXor, sub(), sub());
    }
  }

  Expr condition(int depth) {
    switch (random_.pick(0, 6)) {
      case 0:
        return land(comparison(depth), comparison(depth));
      case 1:
        return lor(comparison(depth), comparison(depth));
      case 2:
        return lnot(comparison(depth));
      default:
        return comparison(depth);
    }
  }

 private:
  Expr comparison(int depth) {
    const Expr a = value(depth), b = value(depth);
    switch (random_.pick(0, 3)) {
      case 0:
        return lt(a, b);
      case 1:
        return le(a, b);
      case 2:
        return eq(a, b);
      default:
        return ne(a, b);
    }
  }

  Random& random_;
  std::vector<Expr> leaves_;
};

Kernel random_kernel(Random& random) {
  Kernel k{.name = "k", .source = "random", .vars = {}, .buffers = {}, .body = nullptr};
  const BufferId x = testing::add(k, "x", DType::kI8, {6, 5}, Memory::kInput);
  const BufferId y = testing::add(k, "y", DType::kI32, {6, 5, 2}, Memory::kOutput);
  const VarId i = k.add_var("i"), j = k.add_var("j"), t = k.add_var("t"), m = k.add_var("m");
  const Expr at_i = index(i), at_j = index(j);
  RandomExpr indices(random, {at_i, at_j});
  RandomExpr values(random, {at_i, at_j, index(t), cast(DType::kI32, load(x, DType::kI8, {at_i, at_j}))});
  const auto put = [&](int64_t slot) { return store(y, {at_i, at_j, i32(slot)}, values.value(4)); };
  Stmt inner = block({make_if(indices.condition(3), put(0), random.chance(50) ? put(1) : nullptr),
                      make_if(values.condition(2), block({make_if(indices.condition(2), put(1))}))});
  if (random.chance(50)) {  // an inner loop with limits that depend on the outer variables
    const Expr begin = max(indices.value(2), i32(0)), end = min(indices.value(2), i32(2));
    inner = block(
        {inner, make_for(m, begin, end,
                         make_if(le(index(m), at_i), store(y, {at_i, at_j, index(m)}, values.value(3))))});
  }
  inner =
      let(t, random.chance(50) ? indices.value(2) : cast(DType::kI32, load(x, DType::kI8, {at_i, i32(2)})),
          inner);
  k.body = make_for(i, 6, make_for(j, 5, inner));
  return k;
}

TEST(Simplify, RandomProgramsKeepTheirResults) {
  for (uint32_t seed = testing::first_seed(), n = testing::seed_count(400); n > 0; ++seed, --n) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const Kernel kernel = random_kernel(random);
    const Kernel simple = simplify(kernel);
    ASSERT_TRUE(testing::same_results(kernel, simple, seed));
    ASSERT_EQ(print(simplify(simple)), print(simple)) << print(kernel);
    ASSERT_TRUE(testing::same_results(kernel, hoist(kernel), seed));
  }
}

}  // namespace
}  // namespace midge::loop
