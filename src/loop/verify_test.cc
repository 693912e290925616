// Kernels that verify must refuse and that no text can express; those that a text can express are the golden
// files test/golden/loop/bad-*.txt.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "loop/ir.h"

namespace midge::loop {
namespace {

// A valid kernel to spoil.
struct Fixture {
  Kernel kernel;
  BufferId x, y;
  VarId i;

  Fixture() {
    kernel.name = "k";
    x = kernel.add_buffer({.name = "x", .dtype = DType::kI8, .shape = {4}, .memory = Memory::kInput});
    y = kernel.add_buffer({.name = "y", .dtype = DType::kI32, .shape = {4}, .memory = Memory::kOutput});
    i = kernel.add_var("i");
    kernel.body = make_for(i, 4, store(y, {index()}, cast(DType::kI32, load(x, DType::kI8, {index()}))));
  }

  Expr index() const { return var(i, DType::kI32); }
  void loop(Expr stored) { kernel.body = make_for(i, 4, store(y, {index()}, std::move(stored))); }
  std::string problem() const {
    const auto verified = verify(kernel);
    return verified ? "none" : verified.error().message;
  }
};

Expr raw(ExprNode node) {
  return std::make_shared<const ExprNode>(std::move(node));
}
Stmt raw(StmtNode node) {
  return std::make_shared<const StmtNode>(std::move(node));
}

TEST(Verify, aGoodKernel) {
  EXPECT_EQ(Fixture().problem(), "none");
}

TEST(Verify, treesWithHoles) {
  Fixture f;
  f.kernel.body = nullptr;
  EXPECT_EQ(f.problem(), "kernel k: a statement is missing");
  f.kernel.body = raw(StmtNode{.kind = StmtKind::kBlock, .children = {nullptr}});
  EXPECT_EQ(f.problem(), "kernel k: a statement is missing");
  f.loop(raw(ExprNode{.kind = ExprKind::kAdd, .type = DType::kI32, .operands = {i32(1), nullptr}}));
  EXPECT_EQ(f.problem(), "kernel k: an expression is missing");
}

TEST(Verify, countsOfParts) {
  Fixture f;
  f.loop(raw(ExprNode{.kind = ExprKind::kAdd, .type = DType::kI32, .operands = {i32(1)}}));
  EXPECT_EQ(f.problem(), "kernel k: 'add' has 1 operands, not 2");
  f.loop(raw(ExprNode{.kind = ExprKind::kIntImm, .type = DType::kI32, .operands = {i32(1)}}));
  EXPECT_EQ(f.problem(), "kernel k: 'int' has 1 operands, not 0");
  const StmtNode broken[] = {
      {.kind = StmtKind::kBlock, .operands = {i32(1)}},
      {.kind = StmtKind::kFor, .var = f.i, .operands = {i32(1)}, .children = {block({})}},
      {.kind = StmtKind::kFor, .var = f.i, .operands = {i32(1), i32(2)}},
      {.kind = StmtKind::kIf, .operands = {make_bool(true)}},
      {.kind = StmtKind::kIf, .operands = {make_bool(true)}, .children = {block({}), block({}), block({})}},
      {.kind = StmtKind::kStore, .buffer = f.y},
      {.kind = StmtKind::kStore, .buffer = f.y, .operands = {i32(1), i32(1)}, .children = {block({})}},
      {.kind = StmtKind::kLet, .var = f.i, .operands = {i32(1)}},
      {.kind = StmtKind::kAlloc, .buffer = f.y},
  };
  for (const StmtNode& stmt : broken) {
    f.kernel.body = raw(stmt);
    EXPECT_NE(f.problem().find("wrong number of parts in '"), std::string::npos) << f.problem();
  }
}

TEST(Verify, unknownIds) {
  Fixture f;
  f.loop(var(VarId{7}, DType::kI32));
  EXPECT_EQ(f.problem(), "kernel k: 'var' names no variable");
  f.loop(load(BufferId{7}, DType::kI32, {}));
  EXPECT_EQ(f.problem(), "kernel k: 'load' names no buffer");
  f.kernel.body = store(BufferId{7}, {}, i32(1));
  EXPECT_EQ(f.problem(), "kernel k: 'store' names no buffer");
  f.kernel.body = let(VarId{7}, i32(1), block({}));
  EXPECT_EQ(f.problem(), "kernel k: 'let' binds no variable");
  f.kernel.body = raw(StmtNode{.kind = StmtKind::kAlloc, .children = {block({})}});
  EXPECT_EQ(f.problem(), "kernel k: 'alloc' names no buffer");
}

TEST(Verify, typesOfLeaves) {
  Fixture f;
  f.loop(var(f.i, DType::kI8));
  EXPECT_EQ(f.problem(), "kernel k: 'var' of i32 gives i8 in 'i', at 'y[i] = i'");
  f.loop(load(f.x, DType::kI32, {f.index()}));
  EXPECT_EQ(f.problem(), "kernel k: 'load' of i8 gives i32 in 'x[i]', at 'y[i] = x[i]'");
  f.loop(cast(DType::kI32, raw(ExprNode{.kind = ExprKind::kIntImm, .type = DType::kI8, .value = 200})));
  EXPECT_EQ(f.problem(), "kernel k: 200 does not fit i8 in '200:i8', at 'y[i] = i32(200:i8)'");
  f.loop(cast(DType::kI32, raw(ExprNode{.kind = ExprKind::kIntImm, .type = DType::kF32, .value = 2})));
  EXPECT_EQ(f.problem(), "kernel k: 2 does not fit f32 in '2:f32', at 'y[i] = i32(2:f32)'");
  f.loop(raw(ExprNode{.kind = ExprKind::kFloatImm, .type = DType::kI32, .float_value = 2}));
  EXPECT_EQ(f.problem(), "kernel k: a float immediate is not f32 in '2.0', at 'y[i] = 2.0'");
}

TEST(Verify, typesOfOperations) {
  const auto problem = [](ExprKind kind, DType type, std::vector<Expr> operands) {
    Fixture f;
    const VarId t = f.kernel.add_var("t", type);
    f.kernel.body =
        let(t, raw(ExprNode{.kind = kind, .type = type, .operands = std::move(operands)}), block({}));
    const std::string text = f.problem();
    return text.substr(0, text.find(" in '"));
  };
  using enum ExprKind;
  const Expr one = i32(1), byte = int_imm(DType::kI8, 1), yes = make_bool(true), half = float_imm(0.5f);
  EXPECT_EQ(problem(kAdd, DType::kI32, {one, byte}), "kernel k: 'add' is not defined on i32, i8 to give i32");
  EXPECT_EQ(problem(kAdd, DType::kBool, {yes, yes}),
            "kernel k: 'add' is not defined on bool, bool to give bool");
  EXPECT_EQ(problem(kAdd, DType::kI8, {one, one}), "kernel k: 'add' of i32 gives i8");
  EXPECT_EQ(problem(kRem, DType::kF32, {half, half}),
            "kernel k: 'rem' is not defined on f32, f32 to give f32");
  EXPECT_EQ(problem(kShl, DType::kF32, {half, half}),
            "kernel k: 'shl' is not defined on f32, f32 to give f32");
  EXPECT_EQ(problem(kXor, DType::kBool, {yes, yes}),
            "kernel k: 'xor' is not defined on bool, bool to give bool");
  EXPECT_EQ(problem(kLt, DType::kI32, {one, one}), "kernel k: 'lt' of bool gives i32");
  EXPECT_EQ(problem(kLt, DType::kBool, {yes, yes}),
            "kernel k: 'lt' is not defined on bool, bool to give bool");
  EXPECT_EQ(problem(kLogicalAnd, DType::kBool, {one, one}),
            "kernel k: 'land' is not defined on i32, i32 to give bool");
  EXPECT_EQ(problem(kLogicalNot, DType::kBool, {one}), "kernel k: 'lnot' is not defined on i32 to give bool");
  EXPECT_EQ(problem(kSelect, DType::kI32, {one, one, one}),
            "kernel k: 'select' is not defined on i32, i32, i32 to give i32");
  EXPECT_EQ(problem(kSelect, DType::kI32, {yes, one, byte}),
            "kernel k: 'select' is not defined on bool, i32, i8 to give i32");
  EXPECT_EQ(problem(kCast, DType::kBool, {one}), "kernel k: 'cast' is not defined on i32 to give bool");
  EXPECT_EQ(problem(kCast, DType::kI32, {one}), "kernel k: 'cast' is not defined on i32 to give i32");
  EXPECT_EQ(problem(kBitcast, DType::kI32, {byte}), "kernel k: 'bitcast' is not defined on i8 to give i32");
  EXPECT_EQ(problem(kBitcast, DType::kI8, {yes}), "kernel k: 'bitcast' is not defined on bool to give i8");
  EXPECT_EQ(problem(kSqrt, DType::kI32, {one}), "kernel k: 'sqrt' is not defined on i32 to give i32");
  EXPECT_EQ(problem(kClz, DType::kI32, {one}), "kernel k: 'clz' is not defined on i32 to give i32");
}

TEST(Verify, typesOfStatements) {
  Fixture f;
  const Expr byte = int_imm(DType::kI8, 1);
  f.kernel.body =
      raw(StmtNode{.kind = StmtKind::kFor, .var = f.i, .operands = {byte, i32(2)}, .children = {block({})}});
  EXPECT_EQ(f.problem(), "kernel k: a limit of the loop is not i32, at 'for i in 1:i8..2'");
  f.kernel.body = raw(StmtNode{.kind = StmtKind::kIf, .operands = {i32(1)}, .children = {block({})}});
  EXPECT_EQ(f.problem(), "kernel k: the condition is not bool, at 'if 1'");
  f.kernel.body = store(f.y, {i32(0)}, byte);
  EXPECT_EQ(f.problem(), "kernel k: a value of i8 goes into y of i32, at 'y[0] = 1:i8'");
  f.kernel.body = raw(StmtNode{.kind = StmtKind::kStore, .buffer = f.y, .operands = {i32(0), byte}});
  EXPECT_EQ(f.problem(), "kernel k: the index '1:i8' is i8, not i32, at 'y[1:i8] = 0'");
  f.kernel.body = let(f.i, byte, block({}));
  EXPECT_EQ(f.problem(), "kernel k: i is i32, not i8, at 'let i: i8 = 1:i8'");
  f.kernel.vars[0].type = DType::kI64;
  f.kernel.body = make_for(f.i, 4, block({}));
  EXPECT_EQ(f.problem(), "kernel k: i is i64, not i32, at 'for i in 0..4'");
}

TEST(Verify, names) {
  for (const char* name : {"", "9lives", "a-b", "_x", "for", "bool", "true", "restrict", "a b"}) {
    Fixture f;
    f.kernel.vars[0].name = name;
    EXPECT_EQ(f.problem(), "kernel k: '" + std::string(name) + "' is not a C identifier");
    f.kernel.vars[0].name = "i";
    f.kernel.name = name;
    EXPECT_EQ(f.problem(), "kernel " + std::string(name) + ": '" + name + "' is not a C identifier");
  }
  Fixture f;
  f.kernel.vars[0].name = "y";
  EXPECT_EQ(f.problem(), "kernel k: two things are named 'y'");
}

TEST(Verify, callsNeedAName) {
  Fixture f;
  f.loop(call("no name", DType::kI32, {}));
  EXPECT_EQ(f.problem(),
            "kernel k: the instruction's name is not a C identifier in '@no name:i32()', at 'y[i] = @no "
            "name:i32()'");
}

TEST(Verify, buffers) {
  Fixture f;
  Buffer& x = f.kernel.buffer(f.x);
  const auto bytes = [](size_t n, uint8_t value) {
    return std::make_shared<const std::vector<uint8_t>>(n, value);
  };
  x.data = bytes(4, 0);
  EXPECT_EQ(f.problem(), "kernel k: buffer x: data, but it is not const");
  x.memory = Memory::kConst;
  EXPECT_EQ(f.problem(), "none");
  x.strides = {1};
  EXPECT_EQ(f.problem(), "kernel k: buffer x: const data is dense and has no strides");
  x.strides = {};
  x.data = bytes(5, 0);
  EXPECT_EQ(f.problem(), "kernel k: buffer x: 5 bytes of data, but its shape needs 4");
  x.data = nullptr;
  EXPECT_EQ(f.problem(), "kernel k: buffer x: const without data");
  x.data = bytes(4, 2);
  x.dtype = DType::kBool;
  EXPECT_EQ(f.problem(), "kernel k: buffer x: a bool that is neither 0 nor 1");
}

TEST(Verify, shapesAndStrides) {
  const auto shaped = [](Shape shape, std::vector<int64_t> strides) {
    Fixture f;
    f.kernel.buffer(f.y).shape = std::move(shape);
    f.kernel.buffer(f.y).strides = std::move(strides);
    f.kernel.body = block({});
    return f.problem();
  };
  EXPECT_EQ(shaped({-1}, {}), "kernel k: buffer y: extent -1 is outside 0..2^31-1");
  EXPECT_EQ(shaped({int64_t{1} << 31}, {}), "kernel k: buffer y: extent 2147483648 is outside 0..2^31-1");
  EXPECT_EQ(shaped({1 << 20, 1 << 20}, {}), "kernel k: buffer y: more than 2^40 bytes");
  EXPECT_EQ(shaped({1 << 19, 1 << 19}, {}), "none");
  EXPECT_EQ(shaped({2, 3}, {3}), "kernel k: buffer y: 1 strides for 2 axes");
  EXPECT_EQ(shaped({2}, {-3}), "kernel k: buffer y: stride -3 is outside 0..274877906944");
  EXPECT_EQ(shaped({1}, {INT64_MAX}),
            "kernel k: buffer y: stride 9223372036854775807 is outside 0..274877906944");
  EXPECT_EQ(shaped({2, 2}, {int64_t{1} << 38, 1}), "kernel k: buffer y: more than 2^40 bytes");
  EXPECT_EQ(shaped({2, 1}, {(int64_t{1} << 38) - 1, 1}), "none");
  EXPECT_EQ(shaped({3, 0}, {7, 1}), "none");
}

}  // namespace
}  // namespace midge::loop
