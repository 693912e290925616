#include "loop/interpret.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <limits>
#include <memory>
#include <string>

#include "base/check.h"
#include "loop/interpret_compile.h"
#include "loop/text.h"

namespace midge::loop {

static_assert(std::endian::native == std::endian::little, "buffers hold the target's little-endian bytes");

namespace {

constexpr int64_t kMostLocalBytes = int64_t{1} << 30;

bool run(const Step& step, Machine& machine) {
  if (machine.steps_left-- > 0) [[likely]]
    return step.run(step, machine);
  machine.fault_step = &step;
  return false;
}

int64_t operand(const Step& step, size_t i, Machine& machine) {
  return step.operands[i]->eval(*step.operands[i], machine);
}

bool failed(const Step& step, Machine& machine) {
  if (!machine.failed) [[likely]]
    return false;
  machine.fault_step = &step;
  return true;
}

bool run_block(const Step& step, Machine& machine) {
  for (const Step* child : step.children) {
    if (!run(*child, machine)) return false;
  }
  return true;
}

bool run_for(const Step& step, Machine& machine) {
  const int64_t begin = operand(step, 0, machine);
  const int64_t end = operand(step, 1, machine);
  if (failed(step, machine)) return false;
  const Step& body = *step.children[0];
  for (int64_t i = begin; i < end; ++i) {
    machine.slots[step.slot] = i;
    if (!run(body, machine)) return false;
  }
  return true;
}

bool run_if(const Step& step, Machine& machine) {
  const int64_t condition = operand(step, 0, machine);
  if (failed(step, machine)) return false;
  if (condition) return run(*step.children[0], machine);
  return step.children.size() < 2 || run(*step.children[1], machine);
}

bool run_store(const Step& step, Machine& machine) {
  const int64_t value = operand(step, 0, machine);
  const int64_t offset = byte_offset(step.access, nullptr, machine);
  if (failed(step, machine)) return false;
  uint8_t* at = step.memory + offset;
  switch (step.bytes) {
    case 1:
      std::memcpy(at, &value, 1);
      break;
    case 2:
      std::memcpy(at, &value, 2);
      break;
    case 4:
      std::memcpy(at, &value, 4);
      break;
    default:
      std::memcpy(at, &value, 8);
  }
  return true;
}

bool run_let(const Step& step, Machine& machine) {
  const int64_t value = operand(step, 0, machine);
  if (failed(step, machine)) return false;
  machine.slots[step.slot] = value;
  return run(*step.children[0], machine);
}

bool run_alloc(const Step& step, Machine& machine) {
  if (step.bytes > 0) std::memset(step.memory, step.garbage, step.bytes);
  return run(*step.children[0], machine);
}

Run run_of(StmtKind kind) {
  switch (kind) {
    case StmtKind::kBlock:
      return run_block;
    case StmtKind::kFor:
      return run_for;
    case StmtKind::kIf:
      return run_if;
    case StmtKind::kStore:
      return run_store;
    case StmtKind::kLet:
      return run_let;
    case StmtKind::kAlloc:
      return run_alloc;
  }
  return nullptr;
}

std::string describe_index(const Kernel& kernel, BufferId id, int64_t axis, int64_t index) {
  const Buffer& buffer = kernel.buffer(id);
  return fmt::format("index {} of axis {} is outside {}[{}]", index, axis, buffer.name,
                     fmt::join(buffer.shape, ", "));
}

// " where oh=3, t=-7": the variables that enclose the step, outermost first.
std::string enclosing_variables(const Kernel& kernel, const Step& step, const Machine& machine) {
  std::string text;
  for (const Step* outer = step.parent; outer; outer = outer->parent) {
    if (outer->source->kind != StmtKind::kFor && outer->source->kind != StmtKind::kLet) continue;
    const Var& variable = kernel.var(outer->source->var);
    text = fmt::format("{}={}{}{}", variable.name, cell_text(variable.type, machine.slots[outer->slot]),
                       text.empty() ? "" : ", ", text);
  }
  return text.empty() ? text : " where " + text;
}

// False for a part of an instruction's meaning, whose variables are none of the kernel's.
bool is_in(const StmtNode& stmt, const ExprNode& expr) {
  bool found = false;
  for (const Expr& operand : stmt.operands)
    visit(operand, [&](const Expr& e) { found = found || e.get() == &expr; });
  return found;
}

Error fault(const Kernel& kernel, const Machine& machine) {
  const Step& step = *machine.fault_step;
  std::string what;
  if (!machine.failed) {
    what = "more steps than allowed";
  } else if (!machine.fault) {
    what = describe_index(kernel, step.source->buffer, machine.fault_a, machine.fault_b);
  } else {
    const ExprNode& expr = *machine.fault;
    const bool index = expr.kind == ExprKind::kLoad && machine.fault_a >= 0;
    what = index ? describe_index(kernel, expr.buffer, machine.fault_a, machine.fault_b)
                 : describe_fault(expr, machine.fault_a, machine.fault_b);
    what +=
        is_in(*step.source, expr) ? fmt::format(" in '{}'", headline(kernel, expr)) : " in an instruction";
  }
  return model_error(fmt::format("kernel {}: {}, at '{}'{}", kernel.name, what,
                                 headline(kernel, *step.source), enclosing_variables(kernel, step, machine)));
}

// The bytes behind every buffer: those given, and storage of our own for locals.
class Storage {
 public:
  Result<void> prepare(const Kernel& kernel, std::span<const std::span<uint8_t>> given) {
    if (given.size() != kernel.buffers.size()) {
      return model_error(fmt::format("kernel {}: memory for {} buffers, but it has {}", kernel.name,
                                     given.size(), kernel.buffers.size()));
    }
    int64_t local_bytes = 0;
    for (size_t i = 0; i < given.size(); ++i) {
      const Buffer& buffer = kernel.buffers[i];
      const int64_t bytes = byte_span(buffer);
      const bool ours = buffer.memory == Memory::kLocal;
      const int64_t expected = ours || buffer.memory == Memory::kConst ? 0 : bytes;
      if (static_cast<int64_t>(given[i].size()) != expected) {
        return model_error(fmt::format("kernel {}: buffer {} needs {} bytes of memory, not {}", kernel.name,
                                       buffer.name, expected, given[i].size()));
      }
      if (ours) local_bytes += bytes;
      if (local_bytes > kMostLocalBytes) {
        return model_error(
            fmt::format("kernel {}: locals of more than {} bytes", kernel.name, kMostLocalBytes));
      }
      pointers_.push_back(ours ? make(bytes) : given[i].data());
      if (buffer.memory == Memory::kScratch && bytes > 0) {
        std::memset(given[i].data(), garbage_byte(buffer.dtype), given[i].size());
      }
    }
    return {};
  }

  std::span<uint8_t* const> pointers() const { return pointers_; }

 private:
  uint8_t* make(int64_t bytes) {
    locals_.push_back(std::make_unique<uint8_t[]>(static_cast<size_t>(bytes)));
    return locals_.back().get();
  }

  std::vector<uint8_t*> pointers_;
  std::vector<std::unique_ptr<uint8_t[]>> locals_;
};

}  // namespace

Result<void> interpret(const Kernel& kernel, std::span<const std::span<uint8_t>> memory, int64_t max_steps,
                       const Meanings& meanings) {
  MIDGE_TRY(verify(kernel));
  Storage storage;
  MIDGE_TRY(storage.prepare(kernel, memory));
  Compiler compiler(kernel, storage.pointers(), meanings);
  const Step* body = compiler.statement(kernel.body, nullptr, run_of);
  if (compiler.error()) return *compiler.error();
  Machine machine;
  machine.slots.resize(compiler.slots());
  machine.steps_left = max_steps > 0 ? max_steps : std::numeric_limits<int64_t>::max();
  if (!run(*body, machine)) return fault(kernel, machine);
  return {};
}

Expr evaluate(const Expr& expr) {
  bool constant = true;
  visit(expr, [&](const Expr& e) {
    constant =
        constant && e->kind != ExprKind::kVar && e->kind != ExprKind::kLoad && e->kind != ExprKind::kCall;
  });
  if (!constant) return nullptr;
  const Kernel nothing;
  const Meanings none;
  Compiler compiler(nothing, {}, none);
  const Node* node = compiler.expression(expr);
  Frame frame;
  const int64_t cell = node->eval(*node, frame);
  if (frame.failed) return nullptr;
  if (expr->type == DType::kF32) return float_imm(std::bit_cast<float>(static_cast<uint32_t>(cell)));
  return int_imm(expr->type, cell);
}

int64_t byte_span(const Buffer& buffer) {
  const std::vector<int64_t> strides = element_strides(buffer);
  int64_t last = 0;
  for (size_t axis = 0; axis < buffer.shape.size(); ++axis) {
    if (buffer.shape[axis] == 0) return 0;
    last += (buffer.shape[axis] - 1) * strides[axis];
  }
  return (last + 1) * size_of(buffer.dtype);
}

}  // namespace midge::loop
