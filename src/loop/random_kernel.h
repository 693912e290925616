// Random kernels for property tests: always valid for verify, of every node kind and type, but with no care
// for overflow or bounds, so that running one may fail.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "loop/ir.h"

namespace midge::loop {

class RandomKernel {
 public:
  explicit RandomKernel(uint32_t seed) : random_(seed) {}

  Kernel make() {
    kernel_.name = "random";
    kernel_.source = "A \"quoted\\ \x01 name\" + B#2";
    for (const Memory memory :
         {Memory::kInput, Memory::kConst, Memory::kOutput, Memory::kScratch, Memory::kLocal}) {
      for (int i = below(2); i >= 0; --i) add_buffer(memory);
    }
    kernel_.body = stmt(4);
    return std::move(kernel_);
  }

 private:
  static constexpr std::array kTypes = {DType::kBool, DType::kI8,  DType::kU8,  DType::kI16, DType::kU16,
                                        DType::kI32,  DType::kU32, DType::kI64, DType::kU64, DType::kF32};

  int below(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }
  int64_t bits() { return static_cast<int64_t>(uint64_t{random_()} << 32 | random_()); }

  DType type() { return chance(40) ? DType::kI32 : kTypes[static_cast<size_t>(below(kTypes.size()))]; }

  void add_buffer(Memory memory) {
    Buffer buffer{.name = "b", .dtype = type(), .memory = memory};
    for (int axes = below(3); axes > 0; --axes) buffer.shape.push_back(1 + below(5));
    const int64_t count = *element_count(buffer.shape);
    if (memory == Memory::kConst) {
      std::vector<uint8_t> bytes(static_cast<size_t>(count * size_of(buffer.dtype)));
      for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(below(buffer.dtype == DType::kBool ? 2 : 256));
      buffer.data = std::make_shared<const std::vector<uint8_t>>(std::move(bytes));
    } else if (chance(20)) {
      int64_t stride = 1 + below(2);
      buffer.strides.resize(buffer.shape.size());
      for (size_t axis = buffer.shape.size(); axis-- > 0; stride *= buffer.shape[axis] + 1)
        buffer.strides[axis] = stride;
    }
    const BufferId id = kernel_.add_buffer(buffer);
    if (memory == Memory::kLocal) {
      locals_.push_back(id);
    } else {
      readable_.push_back(id);
      if (memory == Memory::kOutput || memory == Memory::kScratch) writable_.push_back(id);
    }
  }

  // Statements.

  Stmt stmt(int depth) {
    switch (depth == 0 ? 0 : below(7)) {
      case 1:
      case 2:
        return sequence(depth);
      case 3:
        return loop(depth);
      case 4:
        return branch(depth);
      case 5:
        return binding(depth);
      case 6:
        return locals_.empty() ? sequence(depth) : allocation(depth);
      default:
        return assignment();
    }
  }

  Stmt sequence(int depth) {
    std::vector<Stmt> children;
    for (int n = below(4); n > 0; --n) children.push_back(stmt(depth - 1));
    return block(std::move(children));
  }

  // Variables are made in the order of the text, so that its reader numbers them alike.
  Stmt branch(int depth) {
    Expr condition = expr(DType::kBool, 2);
    Stmt then = stmt(depth - 1);
    return make_if(std::move(condition), std::move(then), chance(50) ? stmt(depth - 1) : nullptr);
  }

  Stmt assignment() {
    const BufferId id = writable_[static_cast<size_t>(below(static_cast<int>(writable_.size())))];
    return store(id, indices(id, 1), expr(kernel_.buffer(id).dtype, 3));
  }

  Stmt loop(int depth) {
    const size_t visible = visible_.size();
    Expr begin = chance(80) ? i32(0) : index();
    Expr end = chance(80) ? i32(below(5)) : index();
    const VarId id = kernel_.add_var("i");
    visible_.push_back(id);
    Stmt body = stmt(depth - 1);
    visible_.resize(visible);
    return make_for(id, std::move(begin), std::move(end), std::move(body),
                    chance(20) ? ForKind::kUnrolled : ForKind::kSerial);
  }

  Stmt binding(int depth) {
    const size_t visible = visible_.size();
    const DType dtype = type();
    Expr value = expr(dtype, 3);
    const VarId id = kernel_.add_var("t", dtype);
    visible_.push_back(id);
    Stmt body = stmt(depth - 1);
    visible_.resize(visible);
    return let(id, std::move(value), std::move(body));
  }

  Stmt allocation(int depth) {
    const BufferId id = locals_.back();
    locals_.pop_back();
    readable_.push_back(id);
    writable_.push_back(id);
    Stmt body = stmt(depth - 1);
    readable_.pop_back();
    writable_.pop_back();
    locals_.push_back(id);
    return alloc(id, std::move(body));
  }

  // Expressions.

  // Of i32, without a load.
  Expr index() {
    std::vector<Expr> found = {i32(below(5))};
    for (const VarId id : visible_) {
      if (kernel_.var(id).type == DType::kI32) found.push_back(var(id, DType::kI32));
    }
    return found[static_cast<size_t>(below(static_cast<int>(found.size())))];
  }

  std::vector<Expr> indices(BufferId id, int depth) {
    std::vector<Expr> result;
    result.reserve(kernel_.buffer(id).shape.size());
    for (size_t i = 0; i < kernel_.buffer(id).shape.size(); ++i) {
      result.push_back(chance(80) ? index() : expr(DType::kI32, depth));
    }
    return result;
  }

  Expr leaf(DType dtype) {
    for (const VarId id : visible_) {
      if (kernel_.var(id).type == dtype && chance(40)) return var(id, dtype);
    }
    for (const BufferId id : readable_) {
      if (kernel_.buffer(id).dtype == dtype && chance(40)) return load(id, dtype, indices(id, 0));
    }
    return immediate(dtype);
  }

  Expr immediate(DType dtype) {
    if (dtype == DType::kF32) {
      return float_imm(chance(50) ? static_cast<float>(below(100)) / 8
                                  : std::bit_cast<float>(static_cast<uint32_t>(random_())));
    }
    if (chance(70)) return int_imm(dtype, dtype == DType::kBool ? below(2) : below(20));
    if (dtype == DType::kBool) return make_bool(chance(50));
    const int64_t value = bits() >> below(64);
    return fits(dtype, value) ? int_imm(dtype, value)
                              : int_imm(dtype, chance(50) ? min_of(dtype) : max_of(dtype));
  }

  Expr expr(DType dtype, int depth) {
    using enum ExprKind;
    if (depth == 0 || chance(15)) return leaf(dtype);
    if (chance(10))
      return select(expr(DType::kBool, depth - 1), expr(dtype, depth - 1), expr(dtype, depth - 1));
    if (chance(8)) return call("f", dtype, {expr(type(), depth - 1), expr(type(), depth - 1)});
    if (dtype == DType::kBool) return condition(depth);
    if (chance(15)) return conversion(dtype, depth);
    if (dtype == DType::kF32 && chance(10)) return unary(kSqrt, expr(dtype, depth - 1));
    if (dtype == DType::kI32 && chance(10)) return unary(kClz, expr(DType::kU32, depth - 1));
    static constexpr std::array kOperators = {kAdd, kSub, kMul, kDiv, kMin, kMax,
                                              kRem, kShl, kShr, kAnd, kOr,  kXor};
    const int count = dtype == DType::kF32 ? 6 : static_cast<int>(kOperators.size());
    return binary(kOperators[static_cast<size_t>(below(count))], expr(dtype, depth - 1),
                  expr(dtype, depth - 1));
  }

  Expr condition(int depth) {
    using enum ExprKind;
    static constexpr std::array kOperators = {kEq, kNe, kLt, kLe, kLogicalAnd, kLogicalOr};
    const int which = below(static_cast<int>(kOperators.size()) + 1);
    if (which == static_cast<int>(kOperators.size())) return lnot(expr(DType::kBool, depth - 1));
    DType operands = DType::kBool;
    while (which < 4 && operands == DType::kBool) operands = type();
    return binary(kOperators[static_cast<size_t>(which)], expr(operands, depth - 1),
                  expr(operands, depth - 1));
  }

  Expr conversion(DType to, int depth) {
    DType from = to;
    while (from == to) from = type();
    const bool bits = from != DType::kBool && size_of(from) == size_of(to) && chance(50);
    return bits ? bitcast(to, expr(from, depth - 1)) : cast(to, expr(from, depth - 1));
  }

  std::mt19937 random_;
  Kernel kernel_;
  std::vector<VarId> visible_;
  std::vector<BufferId> readable_, writable_, locals_;
};

}  // namespace midge::loop
