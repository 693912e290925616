// What a kernel must satisfy before any pass, the interpreter or the emitter may see it.
//
// Three walks, so that each may rely on the one before: the tables; the shape of the trees (no null, right
// numbers of operands, ids in range: from here on nodes can be printed); types, scopes and memories.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "loop/text.h"

namespace midge::loop {

namespace {

constexpr int64_t kMostBytes = int64_t{1} << 40;

int arity_of(ExprKind kind) {
  switch (kind) {
#define MIDGE_KIND(kind_name, name, arity) \
  case ExprKind::k##kind_name:             \
    return arity;
    MIDGE_FOR_EACH_EXPR(MIDGE_KIND)
#undef MIDGE_KIND
  }
  return -1;
}

std::string_view name_of(ExprKind kind) {
  switch (kind) {
#define MIDGE_KIND(kind_name, name, arity) \
  case ExprKind::k##kind_name:             \
    return #name;
    MIDGE_FOR_EACH_EXPR(MIDGE_KIND)
#undef MIDGE_KIND
  }
  return "?";
}

std::string_view name_of(StmtKind kind) {
  switch (kind) {
#define MIDGE_KIND(kind_name, name) \
  case StmtKind::k##kind_name:      \
    return #name;
    MIDGE_FOR_EACH_STMT(MIDGE_KIND)
#undef MIDGE_KIND
  }
  return "?";
}

using midge::name_of;

// The problem of a buffer's declaration, or nothing.
std::string data_problem(const Buffer& buffer, int64_t count) {
  if (buffer.memory != Memory::kConst) return buffer.data ? "data, but it is not const" : "";
  if (!buffer.data) return "const without data";
  if (!buffer.strides.empty()) return "const data is dense and has no strides";
  const int64_t bytes = count * size_of(buffer.dtype);
  if (static_cast<int64_t>(buffer.data->size()) != bytes) {
    return fmt::format("{} bytes of data, but its shape needs {}", buffer.data->size(), bytes);
  }
  const auto no_bool = [](uint8_t byte) { return byte > 1; };
  const bool bad =
      buffer.dtype == DType::kBool && std::any_of(buffer.data->begin(), buffer.data->end(), no_bool);
  return bad ? "a bool that is neither 0 nor 1" : "";
}

std::string strides_problem(const Buffer& buffer) {
  if (buffer.strides.empty()) return {};
  if (buffer.strides.size() != buffer.shape.size()) {
    return fmt::format("{} strides for {} axes", buffer.strides.size(), buffer.shape.size());
  }
  const int64_t most = kMostBytes / size_of(buffer.dtype);
  int64_t last = 0;
  for (size_t axis = 0; axis < buffer.shape.size(); ++axis) {
    const int64_t stride = buffer.strides[axis];
    if (stride < 0 || stride > most) return fmt::format("stride {} is outside 0..{}", stride, most);
    const int64_t steps = std::max<int64_t>(buffer.shape[axis] - 1, 0);
    if (steps > 0 && stride > (most - 1 - last) / steps) return "more than 2^40 bytes";
    last += steps * stride;
  }
  return {};
}

std::string buffer_problem(const Buffer& buffer) {
  for (const int64_t extent : buffer.shape) {
    if (extent < 0 || extent > max_of(DType::kI32))
      return fmt::format("extent {} is outside 0..2^31-1", extent);
  }
  const std::optional<int64_t> count = element_count(buffer.shape);
  if (!count || *count > kMostBytes / size_of(buffer.dtype)) return "more than 2^40 bytes";
  const std::string problem = data_problem(buffer, *count);
  return problem.empty() ? strides_problem(buffer) : problem;
}

class Verifier {
 public:
  explicit Verifier(const Kernel& kernel)
      : kernel_(kernel),
        bound_(kernel.vars.size()),
        visible_(kernel.vars.size()),
        allocated_(kernel.buffers.size()),
        live_(kernel.buffers.size()) {}

  Result<void> run() {
    if (tables() && well_formed(kernel_.body.get()) && statement(*kernel_.body)) return {};
    return model_error(fmt::format("kernel {}: {}", kernel_.name, problem_));
  }

 private:
  // Tables.

  bool tables() {
    if (!is_identifier(kernel_.name)) return bad(fmt::format("'{}' is not a C identifier", kernel_.name));
    std::set<std::string_view> names;
    const auto named = [&](const std::string& name) {
      if (!is_identifier(name)) return bad(fmt::format("'{}' is not a C identifier", name));
      return names.insert(name).second || bad(fmt::format("two things are named '{}'", name));
    };
    for (const Buffer& buffer : kernel_.buffers) {
      if (!named(buffer.name)) return false;
      const std::string problem = buffer_problem(buffer);
      if (!problem.empty()) return bad(fmt::format("buffer {}: {}", buffer.name, problem));
    }
    for (const Var& variable : kernel_.vars) {
      if (!named(variable.name)) return false;
    }
    return true;
  }

  // Shape of the trees.

  bool well_formed(const StmtNode* stmt) {
    if (!stmt) return bad("a statement is missing");
    if (!right_counts(*stmt)) return bad(fmt::format("wrong number of parts in '{}'", name_of(stmt->kind)));
    const bool has_var = stmt->kind == StmtKind::kFor || stmt->kind == StmtKind::kLet;
    const bool has_buffer = stmt->kind == StmtKind::kStore || stmt->kind == StmtKind::kAlloc;
    if (has_var && !known(stmt->var)) return bad(fmt::format("'{}' binds no variable", name_of(stmt->kind)));
    if (has_buffer && !known(stmt->buffer))
      return bad(fmt::format("'{}' names no buffer", name_of(stmt->kind)));
    if (stmt->kind == StmtKind::kAlloc) allocated_[stmt->buffer.at()] = true;
    for (const Expr& operand : stmt->operands) {
      if (!well_formed(operand.get())) return false;
    }
    for (const Stmt& child : stmt->children) {
      if (!well_formed(child.get())) return false;
    }
    return true;
  }

  static bool right_counts(const StmtNode& stmt) {
    const size_t operands = stmt.operands.size(), children = stmt.children.size();
    switch (stmt.kind) {
      case StmtKind::kBlock:
        return operands == 0;
      case StmtKind::kFor:
        return operands == 2 && children == 1;
      case StmtKind::kIf:
        return operands == 1 && (children == 1 || children == 2);
      case StmtKind::kStore:
        return operands >= 1 && children == 0;
      case StmtKind::kLet:
        return operands == 1 && children == 1;
      case StmtKind::kAlloc:
        return operands == 0 && children == 1;
    }
    return false;
  }

  bool well_formed(const ExprNode* expr) {
    if (!expr) return bad("an expression is missing");
    const int arity = arity_of(expr->kind);
    if (arity >= 0 && expr->operands.size() != static_cast<size_t>(arity)) {
      return bad(
          fmt::format("'{}' has {} operands, not {}", name_of(expr->kind), expr->operands.size(), arity));
    }
    if (expr->kind == ExprKind::kVar && !known(expr->var)) return bad("'var' names no variable");
    if (expr->kind == ExprKind::kLoad && !known(expr->buffer)) return bad("'load' names no buffer");
    for (const Expr& operand : expr->operands) {
      if (!well_formed(operand.get())) return false;
    }
    return true;
  }

  bool known(VarId id) const { return id.valid() && id.at() < kernel_.vars.size(); }
  bool known(BufferId id) const { return id.valid() && id.at() < kernel_.buffers.size(); }

  // Types, scopes, memories.

  bool statement(const StmtNode& stmt) {
    at_ = &stmt;
    for (const Expr& operand : stmt.operands) {
      if (!expression(*operand)) return false;
    }
    switch (stmt.kind) {
      case StmtKind::kBlock:
      case StmtKind::kIf:
        if (stmt.kind == StmtKind::kIf && stmt.operands[0]->type != DType::kBool) {
          return bad_here("the condition is not bool");
        }
        return std::all_of(stmt.children.begin(), stmt.children.end(),
                           [&](const Stmt& child) { return statement(*child); });
      case StmtKind::kFor:
        return loop(stmt);
      case StmtKind::kStore:
        return store(stmt);
      case StmtKind::kLet:
        return scope(stmt, stmt.operands[0]->type);
      case StmtKind::kAlloc:
        return allocation(stmt);
    }
    return false;
  }

  bool loop(const StmtNode& stmt) {
    for (const Expr& limit : stmt.operands) {
      if (limit->type != DType::kI32) return bad_here("a limit of the loop is not i32");
      bool loads = false;
      visit(limit, [&](const Expr& e) { loads = loads || e->kind == ExprKind::kLoad; });
      if (loads) return bad_here("a limit of the loop is read from a buffer; read it into a let before");
    }
    return scope(stmt, DType::kI32);
  }

  bool scope(const StmtNode& stmt, DType type) {
    const size_t id = stmt.var.at();
    const Var& variable = kernel_.vars[id];
    if (variable.type != type) {
      return bad_here(fmt::format("{} is {}, not {}", variable.name, name_of(variable.type), name_of(type)));
    }
    if (bound_[id]) return bad_here(fmt::format("{} is bound a second time", variable.name));
    bound_[id] = visible_[id] = true;
    const bool good = statement(*stmt.children[0]);
    visible_[id] = false;
    return good;
  }

  bool store(const StmtNode& stmt) {
    const Buffer& buffer = kernel_.buffer(stmt.buffer);
    if (buffer.memory == Memory::kInput || buffer.memory == Memory::kConst) {
      return bad_here(
          fmt::format("{} is {} and cannot be written", buffer.name, loop::name_of(buffer.memory)));
    }
    const DType value = stmt.operands[0]->type;
    if (value != buffer.dtype) {
      return bad_here(fmt::format("a value of {} goes into {} of {}", name_of(value), buffer.name,
                                  name_of(buffer.dtype)));
    }
    const std::string problem = access_problem(stmt.buffer, std::span(stmt.operands).subspan(1));
    return problem.empty() || bad_here(problem);
  }

  bool allocation(const StmtNode& stmt) {
    const Buffer& buffer = kernel_.buffer(stmt.buffer);
    if (buffer.memory != Memory::kLocal && buffer.memory != Memory::kScratch) {
      return bad_here(fmt::format("{} is {}; only local and scratch buffers can be allocated", buffer.name,
                                  loop::name_of(buffer.memory)));
    }
    const size_t id = stmt.buffer.at();
    if (live_[id]) return bad_here(fmt::format("{} is allocated within its own allocation", buffer.name));
    live_[id] = true;
    const bool good = statement(*stmt.children[0]);
    live_[id] = false;
    return good;
  }

  // A local lives in its allocations only; a scratch buffer without any lives in the whole kernel.
  std::string access_problem(BufferId id, std::span<const Expr> indices) const {
    const Buffer& buffer = kernel_.buffer(id);
    if (indices.size() != buffer.shape.size()) {
      return fmt::format("{} indices for the {} axes of {}", indices.size(), buffer.shape.size(),
                         buffer.name);
    }
    for (const Expr& index : indices) {
      if (index->type != DType::kI32) {
        return fmt::format("the index '{}' is {}, not i32", headline(kernel_, *index), name_of(index->type));
      }
    }
    const bool scoped = buffer.memory == Memory::kLocal || allocated_[id.at()];
    if (scoped && !live_[id.at()]) return fmt::format("{} is used outside its allocation", buffer.name);
    return {};
  }

  bool expression(const ExprNode& expr) {
    for (const Expr& operand : expr.operands) {
      if (!expression(*operand)) return false;
    }
    const std::string problem = expression_problem(expr);
    return problem.empty() || bad_here(fmt::format("{} in '{}'", problem, headline(kernel_, expr)));
  }

  std::string expression_problem(const ExprNode& expr) const {
    switch (expr.kind) {
      case ExprKind::kIntImm:
        return fits(expr.type, expr.value)
                   ? ""
                   : fmt::format("{} does not fit {}", expr.value, name_of(expr.type));
      case ExprKind::kFloatImm:
        return expr.type == DType::kF32 ? "" : "a float immediate is not f32";
      case ExprKind::kVar: {
        const Var& variable = kernel_.var(expr.var);
        if (!visible_[expr.var.at()]) return fmt::format("{} is not visible", variable.name);
        return typed(expr, variable.type);
      }
      case ExprKind::kLoad: {
        const std::string problem = access_problem(expr.buffer, expr.operands);
        return problem.empty() ? typed(expr, kernel_.buffer(expr.buffer).dtype) : problem;
      }
      case ExprKind::kCall:
        return is_identifier(expr.instruction) ? "" : "the instruction's name is not a C identifier";
      default:
        return operation_problem(expr);
    }
  }

  static std::string operation_problem(const ExprNode& expr) {
    const DType a = expr.operands[0]->type;
    switch (expr.kind) {
      case ExprKind::kSelect: {
        const DType then = expr.operands[1]->type, otherwise = expr.operands[2]->type;
        return a == DType::kBool && then == otherwise ? typed(expr, then) : undefined(expr);
      }
      case ExprKind::kCast:
        return expr.type != DType::kBool && expr.type != a ? "" : undefined(expr);
      case ExprKind::kBitcast: {
        const bool numbers = expr.type != DType::kBool && a != DType::kBool;
        return numbers && expr.type != a && size_of(expr.type) == size_of(a) ? "" : undefined(expr);
      }
      default: {
        const std::optional<DType> type = expr.operands.size() == 2
                                              ? binary_type(expr.kind, a, expr.operands[1]->type)
                                              : unary_type(expr.kind, a);
        return type ? typed(expr, *type) : undefined(expr);
      }
    }
  }

  static std::string typed(const ExprNode& expr, DType expected) {
    if (expr.type == expected) return {};
    return fmt::format("'{}' of {} gives {}", name_of(expr.kind), name_of(expected), name_of(expr.type));
  }

  static std::string undefined(const ExprNode& expr) {
    std::string types;
    for (const Expr& operand : expr.operands)
      types += fmt::format("{}{}", types.empty() ? "" : ", ", name_of(operand->type));
    return fmt::format("'{}' is not defined on {} to give {}", name_of(expr.kind), types, name_of(expr.type));
  }

  bool bad(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool bad_here(const std::string& problem) {
    return bad(fmt::format("{}, at '{}'", problem, headline(kernel_, *at_)));
  }

  const Kernel& kernel_;
  const StmtNode* at_ = nullptr;
  std::string problem_;
  std::vector<bool> bound_, visible_;   // by variable
  std::vector<bool> allocated_, live_;  // by buffer
};

}  // namespace

Result<void> verify(const Kernel& kernel) {
  return Verifier(kernel).run();
}

}  // namespace midge::loop
