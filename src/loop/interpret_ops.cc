// The arithmetic of the loop IR, one function for each operation and type.
#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <concepts>
#include <cstring>
#include <functional>
#include <limits>
#include <type_traits>

#include "loop/interpret_node.h"

namespace midge::loop {

namespace {

template <class T>
int64_t encode(T value) {
  if constexpr (std::is_same_v<T, float>) return std::bit_cast<uint32_t>(value);
  return static_cast<int64_t>(value);
}

template <class T>
T decode(int64_t cell) {
  if constexpr (std::is_same_v<T, float>) return std::bit_cast<float>(static_cast<uint32_t>(cell));
  return static_cast<T>(cell);
}

template <class T>
constexpr int64_t kBits = 8 * static_cast<int64_t>(sizeof(T));

// Operations. apply: false where the operation is forbidden on these values.

// A signed integer result that must fit T; `exact`: computed without overflow of int64.
template <class T>
bool fit(bool exact, int64_t result) {
  return exact && result == static_cast<int64_t>(static_cast<T>(result));
}

// +, - and *: exact on signed integers, modulo 2^bits on unsigned ones, one rounding on floats.
template <class F>
struct ArithmeticOp {
  template <class T>
  static bool apply(int64_t a, int64_t b, int64_t& r) {
    if constexpr (std::signed_integral<T>) {
      const bool exact = F::exact(a, b, r);  // before `r` is read: arguments have no order
      return fit<T>(exact, r);
    }
    if constexpr (std::floating_point<T>) {
      r = encode(F::plain(decode<T>(a), decode<T>(b)));
    } else {
      r = encode(static_cast<T>(F::plain(static_cast<uint64_t>(a), static_cast<uint64_t>(b))));
    }
    return true;
  }
};

struct Add {
  static bool exact(int64_t a, int64_t b, int64_t& r) { return !__builtin_add_overflow(a, b, &r); }
  static auto plain(auto a, auto b) { return a + b; }
};

struct Sub {
  static bool exact(int64_t a, int64_t b, int64_t& r) { return !__builtin_sub_overflow(a, b, &r); }
  static auto plain(auto a, auto b) { return a - b; }
};

struct Mul {
  static bool exact(int64_t a, int64_t b, int64_t& r) { return !__builtin_mul_overflow(a, b, &r); }
  static auto plain(auto a, auto b) { return a * b; }
};

template <class T>
bool divisible(int64_t a, int64_t b) {
  if (b == 0) return false;
  return !(std::signed_integral<T> && b == -1 && a == encode(std::numeric_limits<T>::min()));
}

struct DivOp {
  template <class T>
  static bool apply(int64_t a, int64_t b, int64_t& r) {
    if constexpr (std::floating_point<T>) {
      r = encode(decode<T>(a) / decode<T>(b));
    } else {
      if (!divisible<T>(a, b)) return false;
      r = encode(static_cast<T>(decode<T>(a) / decode<T>(b)));
    }
    return true;
  }
};

struct RemOp {
  template <class T>
  static bool apply(int64_t a, int64_t b, int64_t& r) {
    if (!divisible<T>(a, b)) return false;
    r = encode(static_cast<T>(decode<T>(a) % decode<T>(b)));
    return true;
  }
};

struct ShlOp {
  template <class T>
  static bool apply(int64_t a, int64_t b, int64_t& r) {
    if (b < 0 || b >= kBits<T>) return false;
    r = static_cast<int64_t>(static_cast<uint64_t>(a) << b);
    if constexpr (std::signed_integral<T>) return fit<T>(r >> b == a, r);
    r = encode(decode<T>(r));
    return true;
  }
};

struct ShrOp {
  template <class T>
  static bool apply(int64_t a, int64_t b, int64_t& r) {
    if (b < 0 || b >= kBits<T>) return false;
    r = encode(static_cast<T>(decode<T>(a) >> b));
    return true;
  }
};

// The operations that cannot fail. Min and max keep `a` unless `b` is strictly beyond it, as ir.h says for
// floats.
template <class F>
struct TotalOp {
  template <class T>
  static bool apply(int64_t a, int64_t b, int64_t& r) {
    r = encode(F{}(decode<T>(a), decode<T>(b)));
    return true;
  }
};

struct Min {
  auto operator()(auto a, auto b) const { return b < a ? b : a; }
};

struct Max {
  auto operator()(auto a, auto b) const { return a < b ? b : a; }
};

// Nodes.

int64_t operand(const Node& node, size_t i, Frame& frame) {
  return node.operands[i]->eval(*node.operands[i], frame);
}

template <class T, class Op>
int64_t eval_binary(const Node& node, Frame& frame) {
  const int64_t a = operand(node, 0, frame);
  const int64_t b = operand(node, 1, frame);
  int64_t result = 0;
  if (Op::template apply<T>(a, b, result)) [[likely]]
    return result;
  return fail(frame, node.source, a, b);
}

int64_t eval_imm(const Node& node, Frame&) {
  return node.imm;
}
int64_t eval_var(const Node& node, Frame& frame) {
  return frame.slots[node.slot];
}

template <class T>
int64_t eval_load(const Node& node, Frame& frame) {
  const int64_t offset = byte_offset(*node.access, node.source, frame);
  if (offset < 0) return 0;
  T value;
  std::memcpy(&value, node.access->base + offset, sizeof value);
  return encode(value);
}

int64_t eval_load_bool(const Node& node, Frame& frame) {
  const int64_t offset = byte_offset(*node.access, node.source, frame);
  if (offset < 0) return 0;
  const uint8_t value = node.access->base[offset];
  return value <= 1 ? value : fail(frame, node.source, -1, value);
}

int64_t eval_land(const Node& node, Frame& frame) {
  return operand(node, 0, frame) && operand(node, 1, frame);
}
int64_t eval_lor(const Node& node, Frame& frame) {
  return operand(node, 0, frame) || operand(node, 1, frame);
}
int64_t eval_lnot(const Node& node, Frame& frame) {
  return !operand(node, 0, frame);
}
int64_t eval_select(const Node& node, Frame& frame) {
  return operand(node, operand(node, 0, frame) ? 1 : 2, frame);
}

template <class To>
int64_t eval_int_to_int(const Node& node, Frame& frame) {
  return encode(decode<To>(operand(node, 0, frame)));
}

template <class To>
int64_t eval_float_to_int(const Node& node, Frame& frame) {
  const int64_t cell = operand(node, 0, frame);
  const float value = std::trunc(decode<float>(cell));
  // Both limits are powers of two, so exact. A NaN fails the comparison.
  const float low = static_cast<float>(std::numeric_limits<To>::min());
  const float end = std::ldexp(1.0f, std::numeric_limits<To>::digits);
  if (value >= low && value < end) return encode(static_cast<To>(value));
  return fail(frame, node.source, cell, 0);
}

template <class From>
int64_t eval_int_to_float(const Node& node, Frame& frame) {
  return encode(static_cast<float>(decode<From>(operand(node, 0, frame))));
}

template <class To>
int64_t eval_bitcast(const Node& node, Frame& frame) {
  // The cell's low bits are the value's bits, whatever its type.
  const int64_t cell = operand(node, 0, frame);
  if constexpr (std::is_same_v<To, float>) return static_cast<int64_t>(static_cast<uint32_t>(cell));
  return encode(static_cast<To>(cell));
}

int64_t eval_sqrt(const Node& node, Frame& frame) {
  const int64_t cell = operand(node, 0, frame);
  const float value = decode<float>(cell);
  return value < 0 ? fail(frame, node.source, cell, 0) : encode(std::sqrt(value));
}

int64_t eval_clz(const Node& node, Frame& frame) {
  return std::countl_zero(static_cast<uint32_t>(operand(node, 0, frame)));
}

int64_t eval_call(const Node& node, Frame& frame) {
  const Inlined& inlined = *node.inlined;
  for (size_t i = 0; i < inlined.arguments.size(); ++i) {
    frame.slots[inlined.slots[i]] = inlined.arguments[i]->eval(*inlined.arguments[i], frame);
  }
  return inlined.value->eval(*inlined.value, frame);
}

// Calls f with a value of the C++ type of `type` (bool: uint8_t).
template <class F>
Eval with_type(DType type, F f) {
  switch (type) {
    case DType::kBool:
    case DType::kU8:
      return f(uint8_t{});
    case DType::kI8:
      return f(int8_t{});
    case DType::kI16:
      return f(int16_t{});
    case DType::kU16:
      return f(uint16_t{});
    case DType::kI32:
      return f(int32_t{});
    case DType::kU32:
      return f(uint32_t{});
    case DType::kI64:
      return f(int64_t{});
    case DType::kU64:
      return f(uint64_t{});
    case DType::kF32:
      return f(float{});
  }
  return nullptr;
}

template <class Op>
Eval any_binary(DType type) {
  return with_type(type, [](auto zero) -> Eval { return eval_binary<decltype(zero), Op>; });
}

template <class Op>
Eval integer_binary(DType type) {
  return with_type(type, [](auto zero) -> Eval {
    if constexpr (std::integral<decltype(zero)>) return eval_binary<decltype(zero), Op>;
    return nullptr;
  });
}

Eval cast_of(DType to, DType from) {
  if (to == DType::kF32) {
    return with_type(from, [](auto zero) -> Eval { return eval_int_to_float<decltype(zero)>; });
  }
  return with_type(to, [from](auto zero) -> Eval {
    if constexpr (std::integral<decltype(zero)>) {
      return from == DType::kF32 ? eval_float_to_int<decltype(zero)> : eval_int_to_int<decltype(zero)>;
    }
    return nullptr;
  });
}

Eval load_of(DType type) {
  if (type == DType::kBool) return eval_load_bool;
  return with_type(type, [](auto zero) -> Eval { return eval_load<decltype(zero)>; });
}

}  // namespace

int64_t fail(Frame& frame, const ExprNode* at, int64_t a, int64_t b) {
  if (!frame.failed) {
    frame.failed = true;
    frame.fault = at;
    frame.fault_a = a;
    frame.fault_b = b;
  }
  return 0;
}

Eval eval_of(const ExprNode& expr, DType operand_type) {
  using enum ExprKind;
  switch (expr.kind) {
      // clang-format off
    case kIntImm:
    case kFloatImm:    return eval_imm;
    case kVar:         return eval_var;
    case kLoad:        return load_of(expr.type);
    case kAdd:         return any_binary<ArithmeticOp<Add>>(operand_type);
    case kSub:         return any_binary<ArithmeticOp<Sub>>(operand_type);
    case kMul:         return any_binary<ArithmeticOp<Mul>>(operand_type);
    case kDiv:         return any_binary<DivOp>(operand_type);
    case kRem:         return integer_binary<RemOp>(operand_type);
    case kMin:         return any_binary<TotalOp<Min>>(operand_type);
    case kMax:         return any_binary<TotalOp<Max>>(operand_type);
    case kShl:         return integer_binary<ShlOp>(operand_type);
    case kShr:         return integer_binary<ShrOp>(operand_type);
    case kAnd:         return integer_binary<TotalOp<std::bit_and<>>>(operand_type);
    case kOr:          return integer_binary<TotalOp<std::bit_or<>>>(operand_type);
    case kXor:         return integer_binary<TotalOp<std::bit_xor<>>>(operand_type);
    case kEq:          return any_binary<TotalOp<std::equal_to<>>>(operand_type);
    case kNe:          return any_binary<TotalOp<std::not_equal_to<>>>(operand_type);
    case kLt:          return any_binary<TotalOp<std::less<>>>(operand_type);
    case kLe:          return any_binary<TotalOp<std::less_equal<>>>(operand_type);
    case kLogicalAnd:  return eval_land;
    case kLogicalOr:   return eval_lor;
    case kLogicalNot:  return eval_lnot;
    case kSelect:      return eval_select;
    case kCast:        return cast_of(expr.type, operand_type);
    case kBitcast:     return with_type(expr.type, [](auto zero) -> Eval { return eval_bitcast<decltype(zero)>; });
    case kSqrt:        return eval_sqrt;
    case kClz:         return eval_clz;
    case kCall:        return eval_call;
      // clang-format on
  }
  return nullptr;
}

std::string cell_text(DType type, int64_t cell) {
  if (type == DType::kF32) return fmt::format("{:.9g}", decode<float>(cell));
  return type == DType::kU64 ? fmt::format("{}", static_cast<uint64_t>(cell)) : fmt::format("{}", cell);
}

std::string describe_fault(const ExprNode& expr, int64_t a, int64_t b) {
  const DType from = expr.operands.empty() ? expr.type : expr.operands[0]->type;
  const std::string value = cell_text(from, a);
  switch (expr.kind) {
    case ExprKind::kLoad:
      return fmt::format("a bool is neither 0 nor 1 but {}", b);
    case ExprKind::kCast:
      return fmt::format("{} does not fit {}", value, name_of(expr.type));
    case ExprKind::kSqrt:
      return fmt::format("square root of {}", value);
    case ExprKind::kShl:
    case ExprKind::kShr:
      if (b < 0 || b >= 8 * size_of(from))
        return fmt::format("shift of {} by {} bits", name_of(from), cell_text(from, b));
      break;
    case ExprKind::kDiv:
    case ExprKind::kRem:
      if (b == 0) return fmt::format("division of {} by zero", value);
      break;
    default:
      break;
  }
  return fmt::format("overflow of {} with {} and {}", name_of(expr.type), value, cell_text(from, b));
}

}  // namespace midge::loop
