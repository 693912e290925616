// The text form of a kernel, described in text.h.
#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>

#include "loop/text.h"

namespace midge::loop {

namespace {

constexpr size_t kLineWidth = 110;
constexpr size_t kHeadlineWidth = 200;

// The bits of a float that the decimal form cannot hold, or its shortest form that reads back as the same
// bits.
std::string float_text(float value, std::string_view infinity_suffix) {
  if (std::isnan(value)) return fmt::format("nan:{:08x}", std::bit_cast<uint32_t>(value));
  if (std::isinf(value)) return fmt::format("{}inf{}", value < 0 ? "-" : "", infinity_suffix);
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  std::string text(buffer, end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string int_text(DType type, int64_t value) {
  return type == DType::kU64 ? fmt::format("{}", static_cast<uint64_t>(value)) : fmt::format("{}", value);
}

template <class T>
T element(const uint8_t* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

std::string element_text(DType type, const uint8_t* bytes) {
  switch (type) {
    case DType::kI8:
      return fmt::format("{}", element<int8_t>(bytes));
    case DType::kI16:
      return fmt::format("{}", element<int16_t>(bytes));
    case DType::kU16:
      return fmt::format("{}", element<uint16_t>(bytes));
    case DType::kI32:
      return fmt::format("{}", element<int32_t>(bytes));
    case DType::kU32:
      return fmt::format("{}", element<uint32_t>(bytes));
    case DType::kI64:
      return fmt::format("{}", element<int64_t>(bytes));
    case DType::kU64:
      return fmt::format("{}", element<uint64_t>(bytes));
    case DType::kF32:
      return float_text(element<float>(bytes), ":f32");
    case DType::kBool:
    case DType::kU8:
      return fmt::format("{}", *bytes);
  }
  return {};
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result + '"';
}

class Printer {
 public:
  explicit Printer(const Kernel& kernel) : kernel_(kernel) {}

  std::string take() { return std::move(out_); }

  void kernel() {
    out_ += fmt::format("kernel {} {} {{\n", kernel_.name, quoted(kernel_.source));
    ++depth_;
    for (const Buffer& buffer : kernel_.buffers) declaration(buffer);
    if (!kernel_.buffers.empty()) out_ += '\n';
    if (kernel_.body) list(*kernel_.body);
    --depth_;
    out_ += "}\n";
  }

  // `last`: nothing follows in the same braces, so that a let or an alloc needs none of its own.
  void statement(const StmtNode& stmt, bool last) {
    indent();
    head(stmt);
    switch (stmt.kind) {
      case StmtKind::kStore:
        out_ += '\n';
        return;
      case StmtKind::kLet:
      case StmtKind::kAlloc:
        if (!last) break;
        out_ += '\n';
        return list(*stmt.children.at(0));
      case StmtKind::kBlock:
        out_ += " {\n";
        ++depth_;
        children(stmt);
        return close("}\n");
      default:
        break;
    }
    braces(*stmt.children.at(0));
    if (stmt.children.size() > 1) {
      out_.back() = ' ';
      out_ += "else";
      braces(*stmt.children[1]);
    }
  }

  void head(const StmtNode& stmt) {
    switch (stmt.kind) {
      case StmtKind::kBlock:
        out_ += "block";
        return;
      case StmtKind::kFor:
        return for_head(stmt);
      case StmtKind::kIf:
        out_ += "if ";
        return expr(*stmt.operands.at(0));
      case StmtKind::kStore:
        access(stmt.buffer, std::span(stmt.operands).subspan(1));
        out_ += " = ";
        return expr(*stmt.operands.at(0));
      case StmtKind::kLet:
        out_ += fmt::format("let {}: {} = ", var_name(stmt.var), midge::name_of(stmt.operands.at(0)->type));
        return expr(*stmt.operands[0]);
      case StmtKind::kAlloc:
        out_ += "alloc " + buffer_name(stmt.buffer);
        return;
    }
  }

  void expr(const ExprNode& e, int outer_precedence = 0) {
    for (const Infix& infix : infix_operators()) {
      if (infix.kind != e.kind) continue;
      if (infix.precedence < outer_precedence) out_ += '(';
      expr(*e.operands.at(0), infix.precedence);
      out_ += fmt::format(" {} ", infix.token);
      expr(*e.operands.at(1), infix.precedence + 1);
      if (infix.precedence < outer_precedence) out_ += ')';
      return;
    }
    primary(e);
  }

 private:
  void primary(const ExprNode& e) {
    switch (e.kind) {
      case ExprKind::kIntImm:
        return int_imm(e);
      case ExprKind::kFloatImm:
        out_ += float_text(e.float_value, ":f32");
        return;
      case ExprKind::kVar:
        out_ += var_name(e.var);
        return;
      case ExprKind::kLoad:
        return access(e.buffer, e.operands);
      case ExprKind::kLogicalNot:
        out_ += '!';
        return expr(*e.operands.at(0), kTightest);
      case ExprKind::kCast:
        out_ += midge::name_of(e.type);
        break;
      case ExprKind::kBitcast:
        out_ += fmt::format("bitcast:{}", midge::name_of(e.type));
        break;
      case ExprKind::kCall:
        out_ += fmt::format("@{}:{}", e.instruction, midge::name_of(e.type));
        break;
      default:
        for (const Function& function : functions()) {
          if (function.kind == e.kind) out_ += function.name;
        }
    }
    out_ += '(';
    comma_separated(e.operands);
    out_ += ')';
  }

  void int_imm(const ExprNode& e) {
    if (e.type == DType::kBool) {
      out_ += e.value ? "true" : "false";
      return;
    }
    out_ += int_text(e.type, e.value);
    if (e.type != DType::kI32) out_ += fmt::format(":{}", midge::name_of(e.type));
  }

  void access(BufferId buffer, std::span<const Expr> indices) {
    out_ += buffer_name(buffer);
    out_ += '[';
    comma_separated(indices);
    out_ += ']';
  }

  void comma_separated(std::span<const Expr> exprs) {
    for (size_t i = 0; i < exprs.size(); ++i) {
      if (i > 0) out_ += ", ";
      expr(*exprs[i]);
    }
  }

  void for_head(const StmtNode& stmt) {
    const ExprNode& begin = *stmt.operands.at(0);
    const ExprNode& end = *stmt.operands.at(1);
    out_ += fmt::format("for {} in ", var_name(stmt.var));
    expr(begin);
    out_ += begin.operands.empty() && end.operands.empty() ? ".." : " .. ";
    expr(end);
    if (stmt.for_kind == ForKind::kUnrolled) out_ += " unrolled";
  }

  void braces(const StmtNode& body) {
    out_ += " {\n";
    ++depth_;
    list(body);
    close("}\n");
  }

  void close(std::string_view text) {
    --depth_;
    indent();
    out_ += text;
  }

  // The statements of a body. A block of one statement keeps its own braces: without them it would read as
  // that statement alone.
  void list(const StmtNode& body) {
    if (body.kind == StmtKind::kBlock && body.children.size() != 1) return children(body);
    statement(body, true);
  }

  void children(const StmtNode& block) {
    for (size_t i = 0; i < block.children.size(); ++i)
      statement(*block.children[i], i + 1 == block.children.size());
  }

  void declaration(const Buffer& buffer) {
    indent();
    out_ += fmt::format("buffer {}: {}[{}] ", buffer.name, midge::name_of(buffer.dtype),
                        fmt::join(buffer.shape, ", "));
    if (!buffer.strides.empty()) out_ += fmt::format("strides [{}] ", fmt::join(buffer.strides, ", "));
    out_ += name_of(buffer.memory);
    if (buffer.data) {
      out_ += " = {";
      values(buffer);
      out_ += '}';
    }
    out_ += '\n';
  }

  void values(const Buffer& buffer) {
    const size_t size = static_cast<size_t>(size_of(buffer.dtype));
    const size_t count = buffer.data->size() / size;
    size_t line_start = out_.rfind('\n') + 1;
    for (size_t i = 0; i < count; ++i) {
      if (i > 0) out_ += ", ";
      const std::string text = element_text(buffer.dtype, buffer.data->data() + i * size);
      if (out_.size() - line_start + text.size() + 1 > kLineWidth) {
        if (out_.back() == ' ') out_.pop_back();
        out_ += '\n';
        line_start = out_.size();
        out_.append(2 * static_cast<size_t>(depth_) + 2, ' ');
      }
      out_ += text;
    }
  }

  // A broken id still prints: the messages of verify need it.
  std::string var_name(VarId id) const {
    if (id.valid() && id.at() < kernel_.vars.size()) return kernel_.vars[id.at()].name;
    return fmt::format("?var{}", id.index);
  }

  std::string buffer_name(BufferId id) const {
    if (id.valid() && id.at() < kernel_.buffers.size()) return kernel_.buffers[id.at()].name;
    return fmt::format("?buffer{}", id.index);
  }

  void indent() { out_.append(2 * static_cast<size_t>(depth_), ' '); }

  static constexpr int kTightest = 100;
  const Kernel& kernel_;
  std::string out_;
  int depth_ = 0;
};

std::string shortened(std::string text) {
  if (text.size() <= kHeadlineWidth) return text;
  return text.substr(0, kHeadlineWidth - 3) + "...";
}

}  // namespace

std::string print(const Kernel& kernel) {
  Printer printer(kernel);
  printer.kernel();
  return printer.take();
}

std::string print(const Kernel& kernel, const Expr& expr) {
  Printer printer(kernel);
  printer.expr(*expr);
  return printer.take();
}

std::string print(const Kernel& kernel, const Stmt& stmt) {
  Printer printer(kernel);
  printer.statement(*stmt, true);
  return printer.take();
}

std::string headline(const Kernel& kernel, const StmtNode& stmt) {
  Printer printer(kernel);
  printer.head(stmt);
  return shortened(printer.take());
}

std::string headline(const Kernel& kernel, const ExprNode& expr) {
  Printer printer(kernel);
  printer.expr(expr);
  return shortened(printer.take());
}

}  // namespace midge::loop
