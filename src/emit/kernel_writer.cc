#include "emit/kernel_writer.h"

#include <fmt/format.h>

#include <map>

#include "base/check.h"
#include "emit/expr_writer.h"
#include "loop/in_place.h"

namespace midge::emit {
namespace {

using loop::Expr;
using loop::ExprKind;
using loop::Memory;
using loop::Stmt;
using loop::StmtKind;

// Locals with up to this many elements become scalars when every access has a constant place.
constexpr int64_t kMostScalars = 64;

std::set<BufferId> find_scalars(const loop::Kernel& kernel) {
  std::set<BufferId> scalars;
  for (size_t i = 0; i < kernel.buffers.size(); ++i) {
    const auto& buffer = kernel.buffers[i];
    if (buffer.memory == Memory::kLocal && element_count(buffer.shape).value_or(INT64_MAX) <= kMostScalars)
      scalars.insert({static_cast<int32_t>(i)});
  }
  const auto check = [&](BufferId id, const std::vector<Expr>& indices) {
    if (scalars.contains(id) && loop::flat_index(kernel, id, indices)->kind != ExprKind::kIntImm)
      scalars.erase(id);
  };
  loop::visit(
      kernel.body,
      [&](const Stmt& s) {
        if (s->kind == StmtKind::kStore) check(s->buffer, {s->operands.begin() + 1, s->operands.end()});
      },
      [&](const Expr& e) {
        if (e->kind == ExprKind::kLoad) check(e->buffer, e->operands);
      });
  return scalars;
}

class KernelWriter {
 public:
  KernelWriter(const loop::Kernel& kernel, std::set<std::string>& helpers)
      : kernel_(kernel), scalars_(find_scalars(kernel)), expressions_(kernel, scalars_, helpers) {}

  std::string write_body(const std::vector<BufferId>& arguments) {
    text_ = "{\n";
    depth_ = 1;
    const std::set<BufferId> used = used_buffers();
    for (BufferId id : arguments)
      if (!used.contains(id)) line(fmt::format("(void){};", kernel_.buffer(id).name));
    write(kernel_.body, true);
    return text_ + "}\n";
  }

 private:
  // Windows that lie wholly in the padding, or a multiplier of 0: an argument may be there for nothing.
  std::set<BufferId> used_buffers() const {
    std::set<BufferId> used;
    loop::visit(
        kernel_.body,
        [&](const Stmt& s) {
          if (s->kind == StmtKind::kStore) used.insert(s->buffer);
        },
        [&](const Expr& e) {
          if (e->kind == ExprKind::kLoad) used.insert(e->buffer);
        });
    return used;
  }

  void line(const std::string& content) {
    text_.append(static_cast<size_t>(depth_) * 4, ' ');
    text_ += content + "\n";
  }

  // `last`: nothing follows in the enclosing C block, so declarations need no block of their own.
  void write(const Stmt& stmt, bool last) {
    switch (stmt->kind) {
      case StmtKind::kBlock:
        for (size_t i = 0; i < stmt->children.size(); ++i)
          write(stmt->children[i], last && i + 1 == stmt->children.size());
        break;
      case StmtKind::kFor:
        write_for(*stmt);
        break;
      case StmtKind::kIf:
        write_if(*stmt);
        break;
      case StmtKind::kStore:
        write_store(*stmt);
        break;
      case StmtKind::kLet:
      case StmtKind::kAlloc:
        write_scope(stmt, last);
        break;
    }
  }

  void write_scope(const Stmt& stmt, bool last) {
    if (!last) {
      line("{");
      ++depth_;
    }
    if (stmt->kind == StmtKind::kLet) {
      const loop::Var& var = kernel_.var(stmt->var);
      const std::string_view type = var.type == DType::kBool ? "int" : c_name_of(var.type);
      line(fmt::format("const {} {} = {};", type, var.name, expressions_.write(stmt->operands[0])));
    } else {
      declare(stmt->buffer);
    }
    write(stmt->children[0], true);
    if (!last) {
      --depth_;
      line("}");
    }
  }

  void declare(BufferId id) {
    const loop::Buffer& buffer = kernel_.buffer(id);
    if (buffer.memory != Memory::kLocal) return;  // scratch is an argument
    const int64_t count = element_count(buffer.shape).value_or(0);
    if (!scalars_.contains(id))
      return line(fmt::format("{} {}[{}];", c_name_of(buffer.dtype), buffer.name, count));
    if (count == 1) return line(fmt::format("{} {};", c_name_of(buffer.dtype), buffer.name));
    std::string names;
    for (int64_t i = 0; i < count; ++i) names += fmt::format("{}{}_{}", i == 0 ? "" : ", ", buffer.name, i);
    line(fmt::format("{} {};", c_name_of(buffer.dtype), names));
  }

  void write_for(const loop::StmtNode& loop) {
    const std::string& name = kernel_.var(loop.var).name;
    line(fmt::format("for (int32_t {0} = {1}; {0} < {2}; ++{0}) {{", name,
                     expressions_.write(loop.operands[0]), expressions_.write(loop.operands[1])));
    indented(loop.children[0]);
    line("}");
  }

  void write_if(const loop::StmtNode& branch) {
    line(fmt::format("if ({}) {{", expressions_.write(branch.operands[0])));
    indented(branch.children[0]);
    if (branch.children.size() > 1) {
      line("} else {");
      indented(branch.children[1]);
    }
    line("}");
  }

  void indented(const Stmt& body) {
    ++depth_;
    write(body, true);
    --depth_;
  }

  void write_store(const loop::StmtNode& store) {
    const std::vector<Expr> indices(store.operands.begin() + 1, store.operands.end());
    const std::string target = expressions_.access(store.buffer, indices);
    const Expr& value = store.operands[0];
    const DType type = kernel_.buffer(store.buffer).dtype;
    // `acc = acc + rest` reads better as `acc += rest`; below 32 bits C would warn about the narrowing.
    if (value->kind == ExprKind::kAdd && (type == DType::kF32 || size_of(type) >= 4)) {
      const Expr& first = value->operands[0];
      if (first->kind == ExprKind::kLoad && first->buffer == store.buffer &&
          expressions_.access(first->buffer, first->operands) == target)
        return line(fmt::format("{} += {};", target, expressions_.write(value->operands[1])));
    }
    const std::string text = expressions_.write(value);
    line(type == DType::kBool ? fmt::format("{} = (uint8_t)({});", target, text)
                              : fmt::format("{} = {};", target, text));
  }

  const loop::Kernel& kernel_;
  std::set<BufferId> scalars_;
  ExprWriter expressions_;
  std::string text_;
  int depth_ = 0;
};

std::vector<BufferId> argument_buffers(const loop::Kernel& kernel) {
  std::vector<BufferId> ids;
  const auto append = [&](auto wanted) {
    for (size_t i = 0; i < kernel.buffers.size(); ++i)
      if (wanted(kernel.buffers[i].memory)) ids.push_back({static_cast<int32_t>(i)});
  };
  append([](Memory m) { return m == Memory::kInput || m == Memory::kOutput || m == Memory::kScratch; });
  append([](Memory m) { return m == Memory::kConst; });
  return ids;
}

}  // namespace

KernelText write_kernel(const loop::Kernel& kernel, const std::set<BufferId>& aliased,
                        std::set<std::string>& helpers) {
  KernelText text;
  text.arguments = argument_buffers(kernel);
  for (BufferId id : text.arguments) {
    const loop::Buffer& buffer = kernel.buffer(id);
    const bool read_only = buffer.memory == Memory::kInput || buffer.memory == Memory::kConst;
    text.parameters +=
        fmt::format("{}{}{} *{}{}", text.parameters.empty() ? "" : ", ", read_only ? "const " : "",
                    c_name_of(buffer.dtype), aliased.contains(id) ? "" : "restrict ", buffer.name);
  }
  text.parameters = "(" + (text.parameters.empty() ? "void" : text.parameters) + ")";
  text.body = KernelWriter(kernel, helpers).write_body(text.arguments);
  return text;
}

}  // namespace midge::emit
