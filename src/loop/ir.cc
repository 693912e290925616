// Factories of the loop IR: every node is built here and checked here.
#include "loop/ir.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"

namespace midge::loop {

namespace {

Expr make_expr(ExprKind kind, DType type, std::vector<Expr> operands) {
  ExprNode node{.kind = kind, .type = type};
  node.operands = std::move(operands);
  return std::make_shared<const ExprNode>(std::move(node));
}

Stmt make_stmt(StmtKind kind, std::vector<Expr> operands, std::vector<Stmt> children) {
  StmtNode node{.kind = kind};
  node.operands = std::move(operands);
  node.children = std::move(children);
  return std::make_shared<const StmtNode>(std::move(node));
}

bool all_present(const std::vector<Expr>& operands) {
  return std::all_of(operands.begin(), operands.end(), [](const Expr& e) { return e != nullptr; });
}

bool all_indices(const std::vector<Expr>& indices) {
  return std::all_of(indices.begin(), indices.end(),
                     [](const Expr& e) { return e && e->type == DType::kI32; });
}

}  // namespace

bool fits(DType type, int64_t value) {
  if (type == DType::kBool) return value == 0 || value == 1;
  if (type == DType::kU64) return true;  // the bits, read as unsigned
  return is_integer(type) && value >= min_of(type) && value <= max_of(type);
}

std::optional<DType> binary_type(ExprKind kind, DType a, DType b) {
  using enum ExprKind;
  if (a != b) return std::nullopt;
  const bool arithmetic = is_integer(a) || a == DType::kF32;
  switch (kind) {
    case kAdd:
    case kSub:
    case kMul:
    case kDiv:
    case kMin:
    case kMax:
      return arithmetic ? std::optional(a) : std::nullopt;
    case kRem:
    case kShl:
    case kShr:
    case kAnd:
    case kOr:
    case kXor:
      return is_integer(a) ? std::optional(a) : std::nullopt;
    case kEq:
    case kNe:
      return DType::kBool;
    case kLt:
    case kLe:
      return arithmetic ? std::optional(DType::kBool) : std::nullopt;
    case kLogicalAnd:
    case kLogicalOr:
      return a == DType::kBool ? std::optional(a) : std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<DType> unary_type(ExprKind kind, DType a) {
  if (kind == ExprKind::kLogicalNot && a == DType::kBool) return DType::kBool;
  if (kind == ExprKind::kSqrt && a == DType::kF32) return DType::kF32;
  if (kind == ExprKind::kClz && a == DType::kU32) return DType::kI32;
  return std::nullopt;
}

Expr int_imm(DType type, int64_t value) {
  MIDGE_CHECK(fits(type, value));
  ExprNode node{.kind = ExprKind::kIntImm, .type = type};
  node.value = value;
  return std::make_shared<const ExprNode>(std::move(node));
}

Expr float_imm(float value) {
  ExprNode node{.kind = ExprKind::kFloatImm, .type = DType::kF32};
  node.float_value = value;
  return std::make_shared<const ExprNode>(std::move(node));
}

Expr i32(int64_t value) {
  return int_imm(DType::kI32, value);
}
Expr make_bool(bool value) {
  return int_imm(DType::kBool, value ? 1 : 0);
}

Expr var(VarId id, DType type) {
  MIDGE_CHECK(id.valid());
  ExprNode node{.kind = ExprKind::kVar, .type = type};
  node.var = id;
  return std::make_shared<const ExprNode>(std::move(node));
}

Expr load(BufferId buffer, DType type, std::vector<Expr> indices) {
  MIDGE_CHECK(buffer.valid());
  MIDGE_CHECK(all_indices(indices));
  ExprNode node{.kind = ExprKind::kLoad, .type = type};
  node.buffer = buffer;
  node.operands = std::move(indices);
  return std::make_shared<const ExprNode>(std::move(node));
}

Expr binary(ExprKind kind, Expr a, Expr b) {
  MIDGE_CHECK(a && b);
  const std::optional<DType> type = binary_type(kind, a->type, b->type);
  MIDGE_CHECK(type.has_value());
  return make_expr(kind, *type, {std::move(a), std::move(b)});
}

Expr unary(ExprKind kind, Expr a) {
  MIDGE_CHECK(a);
  const std::optional<DType> type = unary_type(kind, a->type);
  MIDGE_CHECK(type.has_value());
  return make_expr(kind, *type, {std::move(a)});
}

Expr select(Expr condition, Expr then, Expr otherwise) {
  MIDGE_CHECK(condition && condition->type == DType::kBool);
  MIDGE_CHECK(then && otherwise && then->type == otherwise->type);
  const DType type = then->type;
  return make_expr(ExprKind::kSelect, type, {std::move(condition), std::move(then), std::move(otherwise)});
}

Expr cast(DType type, Expr a) {
  MIDGE_CHECK(a);
  if (a->type == type) return a;
  if (type == DType::kBool) {
    Expr zero = a->type == DType::kF32 ? float_imm(0) : int_imm(a->type, 0);
    return ne(std::move(a), std::move(zero));
  }
  return make_expr(ExprKind::kCast, type, {std::move(a)});
}

Expr bitcast(DType type, Expr a) {
  MIDGE_CHECK(a && size_of(a->type) == size_of(type));
  MIDGE_CHECK(a->type != DType::kBool && type != DType::kBool);
  if (a->type == type) return a;
  return make_expr(ExprKind::kBitcast, type, {std::move(a)});
}

Expr call(std::string instruction, DType type, std::vector<Expr> operands) {
  MIDGE_CHECK(!instruction.empty());
  MIDGE_CHECK(all_present(operands));
  ExprNode node{.kind = ExprKind::kCall, .type = type};
  node.instruction = std::move(instruction);
  node.operands = std::move(operands);
  return std::make_shared<const ExprNode>(std::move(node));
}

Expr operator+(Expr a, Expr b) {
  return binary(ExprKind::kAdd, std::move(a), std::move(b));
}
Expr operator-(Expr a, Expr b) {
  return binary(ExprKind::kSub, std::move(a), std::move(b));
}
Expr operator*(Expr a, Expr b) {
  return binary(ExprKind::kMul, std::move(a), std::move(b));
}
Expr div(Expr a, Expr b) {
  return binary(ExprKind::kDiv, std::move(a), std::move(b));
}
Expr rem(Expr a, Expr b) {
  return binary(ExprKind::kRem, std::move(a), std::move(b));
}
Expr min(Expr a, Expr b) {
  return binary(ExprKind::kMin, std::move(a), std::move(b));
}
Expr max(Expr a, Expr b) {
  return binary(ExprKind::kMax, std::move(a), std::move(b));
}

Expr shl(Expr a, int64_t bits) {
  MIDGE_CHECK(a && 0 <= bits && bits < 8 * size_of(a->type));
  Expr count = int_imm(a->type, bits);
  return binary(ExprKind::kShl, std::move(a), std::move(count));
}

Expr shr(Expr a, int64_t bits) {
  MIDGE_CHECK(a && 0 <= bits && bits < 8 * size_of(a->type));
  Expr count = int_imm(a->type, bits);
  return binary(ExprKind::kShr, std::move(a), std::move(count));
}

Expr lt(Expr a, Expr b) {
  return binary(ExprKind::kLt, std::move(a), std::move(b));
}
Expr le(Expr a, Expr b) {
  return binary(ExprKind::kLe, std::move(a), std::move(b));
}
Expr gt(Expr a, Expr b) {
  return lt(std::move(b), std::move(a));
}
Expr ge(Expr a, Expr b) {
  return le(std::move(b), std::move(a));
}
Expr eq(Expr a, Expr b) {
  return binary(ExprKind::kEq, std::move(a), std::move(b));
}
Expr ne(Expr a, Expr b) {
  return binary(ExprKind::kNe, std::move(a), std::move(b));
}
Expr land(Expr a, Expr b) {
  return binary(ExprKind::kLogicalAnd, std::move(a), std::move(b));
}
Expr lor(Expr a, Expr b) {
  return binary(ExprKind::kLogicalOr, std::move(a), std::move(b));
}
Expr lnot(Expr a) {
  return unary(ExprKind::kLogicalNot, std::move(a));
}

Stmt block(std::vector<Stmt> children) {
  MIDGE_CHECK(std::all_of(children.begin(), children.end(), [](const Stmt& s) { return s != nullptr; }));
  return make_stmt(StmtKind::kBlock, {}, std::move(children));
}

Stmt make_for(VarId var, Expr begin, Expr end, Stmt body, ForKind kind) {
  MIDGE_CHECK(var.valid() && body);
  MIDGE_CHECK(begin && begin->type == DType::kI32);
  MIDGE_CHECK(end && end->type == DType::kI32);
  StmtNode node{.kind = StmtKind::kFor, .for_kind = kind, .var = var};
  node.operands = {std::move(begin), std::move(end)};
  node.children = {std::move(body)};
  return std::make_shared<const StmtNode>(std::move(node));
}

Stmt make_for(VarId var, int64_t extent, Stmt body) {
  return make_for(var, i32(0), i32(extent), std::move(body));
}

Stmt make_if(Expr condition, Stmt then, Stmt otherwise) {
  MIDGE_CHECK(condition && condition->type == DType::kBool && then);
  std::vector<Stmt> children = {std::move(then)};
  if (otherwise) children.push_back(std::move(otherwise));
  return make_stmt(StmtKind::kIf, {std::move(condition)}, std::move(children));
}

Stmt store(BufferId buffer, std::vector<Expr> indices, Expr value) {
  MIDGE_CHECK(buffer.valid() && value);
  MIDGE_CHECK(all_indices(indices));
  StmtNode node{.kind = StmtKind::kStore, .buffer = buffer};
  node.operands.reserve(indices.size() + 1);
  node.operands.push_back(std::move(value));
  for (Expr& index : indices) node.operands.push_back(std::move(index));
  return std::make_shared<const StmtNode>(std::move(node));
}

Stmt let(VarId var, Expr value, Stmt body) {
  MIDGE_CHECK(var.valid() && value && body);
  StmtNode node{.kind = StmtKind::kLet, .var = var};
  node.operands = {std::move(value)};
  node.children = {std::move(body)};
  return std::make_shared<const StmtNode>(std::move(node));
}

Stmt alloc(BufferId buffer, Stmt body) {
  MIDGE_CHECK(buffer.valid() && body);
  StmtNode node{.kind = StmtKind::kAlloc, .buffer = buffer};
  node.children = {std::move(body)};
  return std::make_shared<const StmtNode>(std::move(node));
}

namespace {

// "acc_12" → "acc"; a name without such an ending is returned as it is.
std::string_view without_number(std::string_view name) {
  const size_t end = name.find_last_not_of("0123456789");
  const bool numbered = end != std::string_view::npos && end > 0 && end + 1 < name.size() && name[end] == '_';
  return numbered ? name.substr(0, end) : name;
}

// The k of "<base>_<k>", 0 for any other name.
int64_t number_after(std::string_view name, std::string_view base) {
  if (name.size() <= base.size() + 1 || name.size() > base.size() + 10) return 0;
  if (!name.starts_with(base) || name[base.size()] != '_') return 0;
  int64_t number = 0;
  for (const char c : name.substr(base.size() + 1)) {
    if (c < '0' || c > '9') return 0;
    number = 10 * number + (c - '0');
  }
  return number;
}

// Variables and buffers share one name space: both become C identifiers of one function.
std::string unique_name(const Kernel& kernel, std::string name) {
  const std::string_view base = without_number(name);
  bool taken = false;
  int64_t last = 0;
  const auto meet = [&](const std::string& other) {
    taken = taken || other == name;
    last = std::max(last, number_after(other, base));
  };
  for (const Var& other : kernel.vars) meet(other.name);
  for (const Buffer& other : kernel.buffers) meet(other.name);
  return taken ? std::string(base) + '_' + std::to_string(last + 1) : name;
}

}  // namespace

VarId Kernel::add_var(std::string var_name, DType type) {
  vars.push_back({unique_name(*this, std::move(var_name)), type});
  return {static_cast<int32_t>(vars.size() - 1)};
}

BufferId Kernel::add_buffer(Buffer buffer) {
  buffer.name = unique_name(*this, std::move(buffer.name));
  buffers.push_back(std::move(buffer));
  return {static_cast<int32_t>(buffers.size() - 1)};
}

}  // namespace midge::loop
