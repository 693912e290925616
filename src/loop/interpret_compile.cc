#include "loop/interpret_compile.h"

#include <fmt/format.h>

#include <bit>
#include <utility>

#include "base/check.h"

namespace midge::loop {

namespace {
constexpr int kDeepestInstruction = 16;
}

std::vector<int64_t> element_strides(const Buffer& buffer) {
  if (!buffer.strides.empty()) return buffer.strides;
  std::vector<int64_t> strides(buffer.shape.size());
  int64_t stride = 1;
  for (size_t axis = strides.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride *= buffer.shape[axis];
  }
  return strides;
}

uint8_t garbage_byte(DType type) {
  return type == DType::kF32 ? 0xff : 0xa5;
}

const Node* Compiler::expression(const Expr& expr) {
  if (const auto found = known_.find(expr.get()); found != known_.end()) return found->second;
  const Node* node = new_node(expr);
  known_.emplace(expr.get(), node);
  return node;
}

const Node* Compiler::new_node(const Expr& expr) {
  Node& node = nodes_.emplace_back();
  node.source = expr.get();
  node.eval = eval_of(*expr, expr->operands.empty() ? expr->type : expr->operands[0]->type);
  MIDGE_CHECK(node.eval);
  switch (expr->kind) {
    case ExprKind::kIntImm:
      node.imm = expr->value;
      break;
    case ExprKind::kFloatImm:
      node.imm = std::bit_cast<uint32_t>(expr->float_value);
      break;
    case ExprKind::kVar:
      node.slot = first_slot_ + expr->var.at();
      break;
    case ExprKind::kLoad:
      node.access = &accesses_.emplace_back(access(expr->buffer, expr->operands));
      break;
    case ExprKind::kCall:
      node.inlined = inlined(*expr);
      break;
    default:
      for (size_t i = 0; i < expr->operands.size(); ++i) node.operands[i] = expression(expr->operands[i]);
  }
  return &node;
}

Access Compiler::access(BufferId id, std::span<const Expr> indices) {
  const Buffer& buffer = kernel_.buffer(id);
  const std::vector<int64_t> strides = element_strides(buffer);
  Access result{.base = buffer.memory == Memory::kConst ? buffer.data->data() : memory_[id.at()], .axes = {}};
  for (size_t axis = 0; axis < indices.size(); ++axis) {
    result.axes.push_back(
        {expression(indices[axis]), buffer.shape[axis], strides[axis] * size_of(buffer.dtype)});
  }
  return result;
}

const Inlined* Compiler::inlined(const ExprNode& call) {
  Inlined& result = inlined_.emplace_back();
  const Meaning* meaning = meanings_ ? meanings_(call.instruction) : nullptr;
  bool fits =
      meaning && meaning->value->type == call.type && meaning->parameters.size() == call.operands.size();
  for (size_t i = 0; fits && i < call.operands.size(); ++i) {
    fits = call.operands[i]->type == meaning->parameters[i];
  }
  if (!fits || depth_ >= kDeepestInstruction) {
    if (!error_) {
      error_ = model_error(fmt::format("kernel {}: instruction '{}' {}", kernel_.name, call.instruction,
                                       fits      ? "calls itself"
                                       : meaning ? "has other operand or result types than its call"
                                                 : "is not in the instruction table"));
    }
    return &result;
  }
  for (const Expr& operand : call.operands) result.arguments.push_back(expression(operand));
  const size_t first = slots_;
  slots_ += call.operands.size();
  for (size_t i = 0; i < call.operands.size(); ++i) result.slots.push_back(first + i);
  // The meaning's own variables are the slots of this call; nodes of the caller mean nothing there.
  std::unordered_map<const ExprNode*, const Node*> caller = std::exchange(known_, {});
  const size_t caller_slot = std::exchange(first_slot_, first);
  ++depth_;
  result.value = expression(meaning->value);
  --depth_;
  first_slot_ = caller_slot;
  known_ = std::move(caller);
  return &result;
}

const Step* Compiler::statement(const Stmt& stmt, const Step* parent, Run (*run_of)(StmtKind)) {
  Step& step = steps_.emplace_back();
  step.run = run_of(stmt->kind);
  step.source = stmt.get();
  step.parent = parent;
  const size_t operands = stmt->kind == StmtKind::kStore ? 1 : stmt->operands.size();
  for (size_t i = 0; i < operands; ++i) step.operands[i] = expression(stmt->operands[i]);
  if (stmt->var.valid()) step.slot = stmt->var.at();
  if (stmt->buffer.valid()) {
    const Buffer& buffer = kernel_.buffer(stmt->buffer);
    step.memory = memory_[stmt->buffer.at()];
    step.garbage = garbage_byte(buffer.dtype);
    step.bytes =
        static_cast<size_t>(stmt->kind == StmtKind::kStore ? size_of(buffer.dtype) : byte_span(buffer));
  }
  if (stmt->kind == StmtKind::kStore)
    step.access = access(stmt->buffer, std::span(stmt->operands).subspan(1));
  for (const Stmt& child : stmt->children) step.children.push_back(statement(child, &step, run_of));
  return &step;
}

}  // namespace midge::loop
