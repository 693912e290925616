// The parser of the text form (text.h): recursive descent with one token of lookahead.
//
// It checks what a tree must satisfy to be built at all, that is, types and known names; everything else is
// left to verify. The lower parts: lex.h (tokens), token_reader.h (literals), parse_expr.h (expressions).
#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "loop/parse_expr.h"

namespace midge::loop {

namespace {

// The byte of an escape "x7f", or nothing.
std::optional<char> hex_escape(std::string_view text) {
  uint8_t byte = 0;
  if (text.size() < 3 || text[0] != 'x') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 3, byte, 16);
  if (error != std::errc() || end != text.data() + 3) return std::nullopt;
  return static_cast<char>(byte);
}

class KernelParser : public ExprParser {
 public:
  using ExprParser::ExprParser;

  Result<Kernel> run() {
    if (kernel()) return std::move(kernel_);
    return error();
  }

 private:
  // Declarations.

  bool kernel() {
    std::string_view name;
    if (!expect_word("kernel") || !word("the kernel's name", name)) return false;
    kernel_.name = name;
    if (!source() || !expect("{")) return false;
    // A buffer may have any name, so a word is a keyword only where no `[` follows it.
    while (token().is_word("buffer") && !token_after().is("[")) {
      if (!buffer()) return false;
    }
    kernel_.body = list(false);
    if (!kernel_.body || !expect("}")) return false;
    return !not_at_end() || expected("the end of the text");
  }

  bool source() {
    if (token().kind != Token::Kind::kString) return expected("the operators' names in quotes");
    const std::string_view quoted = token().text;
    for (size_t i = 0; i < quoted.size(); ++i) {
      if (quoted[i] != '\\') {
        kernel_.source += quoted[i];
        continue;
      }
      const std::string_view escape = quoted.substr(i + 1);
      if (escape.starts_with('"') || escape.starts_with('\\')) {
        kernel_.source += escape[0];
        i += 1;
      } else if (const std::optional<char> byte = hex_escape(escape)) {
        kernel_.source += *byte;
        i += 3;
      } else {
        return fail_at(token().offset + 1 + i, "an escape is \\\", \\\\ or \\x and two hex digits");
      }
    }
    advance();
    return true;
  }

  bool buffer() {
    Buffer result;
    std::string_view name, memory;
    advance();
    if (!word("the buffer's name", name) || !expect(":") || !type(result.dtype)) return false;
    result.name = name;
    if (!numbers(result.shape) || (accept_word("strides") && !numbers(result.strides))) return false;
    const size_t at = token().offset;
    if (!word("a memory", memory)) return false;
    const std::optional<Memory> found = parse_memory(memory);
    if (!found) return fail_at(at, fmt::format("'{}' is not a memory", memory));
    result.memory = *found;
    if (accept("=") && !data(result)) return false;
    buffers_.emplace(name, BufferId{static_cast<int32_t>(kernel_.buffers.size())});
    kernel_.buffers.push_back(std::move(result));
    return true;
  }

  bool numbers(std::vector<int64_t>& result) {
    if (!expect("[")) return false;
    if (accept("]")) return true;
    do {
      int64_t value = 0;
      if (!integer_of(DType::kI64, value)) return false;
      result.push_back(value);
    } while (accept(","));
    return expect("]");
  }

  bool data(Buffer& buffer) {
    std::vector<uint8_t> bytes;
    if (!expect("{")) return false;
    if (!accept("}")) {
      do {
        if (!element(buffer.dtype, bytes)) return false;
      } while (accept(","));
      if (!expect("}")) return false;
    }
    buffer.data = std::make_shared<const std::vector<uint8_t>>(std::move(bytes));
    return true;
  }

  bool element(DType dtype, std::vector<uint8_t>& bytes) {
    int64_t cell = 0;
    if (dtype == DType::kF32) {
      float value = 0;
      if (!float_literal(value)) return false;
      cell = std::bit_cast<uint32_t>(value);
    } else if (!integer_of(dtype, cell)) {
      return false;
    }
    const size_t size = static_cast<size_t>(size_of(dtype));
    bytes.resize(bytes.size() + size);
    std::memcpy(bytes.data() + bytes.size() - size, &cell, size);
    return true;
  }

  // Statements. Null after an error.

  // The statements up to a closing brace: a block, or, unless `as_block`, the statement itself where there is
  // just one. A let or an alloc without braces takes in all that follows it; that nests without recursion,
  // since generated kernels have long chains of them.
  Stmt list(bool as_block) {
    struct Open {
      Stmt head;     // a let or an alloc whose body is still to come
      size_t first;  // statement of that body
    };
    std::vector<Open> open;
    std::vector<Stmt> statements;
    while (!token().is("}") && not_at_end()) {
      bool takes_rest = false;
      Stmt stmt = statement(takes_rest);
      if (!stmt) return nullptr;
      if (!takes_rest) {
        statements.push_back(std::move(stmt));
        continue;
      }
      if (too_high(++around_)) return too_deep(), nullptr;
      open.push_back({std::move(stmt), statements.size()});
    }
    for (; !open.empty(); open.pop_back(), --around_) {
      const auto first = statements.begin() + static_cast<std::ptrdiff_t>(open.back().first);
      Stmt body = joined({first, statements.end()}, false);
      statements.erase(first, statements.end());
      statements.push_back(with_body(*open.back().head, std::move(body)));
    }
    return joined(std::move(statements), as_block);
  }

  static Stmt joined(std::vector<Stmt> statements, bool as_block) {
    return statements.size() == 1 && !as_block ? statements[0] : block(std::move(statements));
  }

  static Stmt with_body(const StmtNode& head, Stmt body) {
    if (head.kind == StmtKind::kAlloc) return alloc(head.buffer, std::move(body));
    return let(head.var, head.operands[0], std::move(body));
  }

  Stmt braces(bool as_block = false) {
    if (nesting_ >= kDeepestNesting) return too_deep(), nullptr;
    if (!expect("{")) return nullptr;
    ++nesting_;
    ++around_;
    Stmt body = list(as_block);
    --around_;
    --nesting_;
    return body && expect("}") ? body : nullptr;
  }

  Stmt statement(bool& takes_rest) {
    const Token first = token();
    std::string_view name;
    if (!word("a statement", name)) return nullptr;
    if (token().is("[")) return store_to(first);
    if (name == "for") return loop();
    if (name == "if") return condition();
    if (name == "let") return binding(takes_rest);
    if (name == "alloc") return allocation(takes_rest);
    if (name == "block") return braces(true);
    fail_at(first.offset, fmt::format("'{}' does not begin a statement", name));
    return nullptr;
  }

  Stmt store_to(const Token& name) {
    BufferId id;
    std::vector<Expr> at;
    int height = 0;
    if (!find_buffer(name, id) || !indices(at, height) || !expect("=")) return nullptr;
    Expr value = expression_of(kernel_.buffer(id).dtype);
    return value ? store(id, std::move(at), std::move(value)) : nullptr;
  }

  Stmt loop() {
    const Token name = token();
    std::string_view text;
    if (!word("a variable", text) || !expect_word("in")) return nullptr;
    Expr begin = expression_of(DType::kI32);
    if (!begin || !expect("..")) return nullptr;
    Expr end = expression_of(DType::kI32);
    if (!end) return nullptr;
    const ForKind kind = accept_word("unrolled") ? ForKind::kUnrolled : ForKind::kSerial;
    VarId id;
    if (!bind(name, DType::kI32, id)) return nullptr;
    Stmt body = braces();
    return body ? make_for(id, std::move(begin), std::move(end), std::move(body), kind) : nullptr;
  }

  Stmt condition() {
    Expr test = expression_of(DType::kBool);
    if (!test) return nullptr;
    Stmt then = braces();
    if (!then) return nullptr;
    if (!accept_word("else")) return make_if(std::move(test), std::move(then));
    Stmt otherwise = braces();
    return otherwise ? make_if(std::move(test), std::move(then), std::move(otherwise)) : nullptr;
  }

  Stmt binding(bool& takes_rest) {
    const Token name = token();
    std::string_view text;
    DType dtype = DType::kI32;
    if (!word("a variable", text) || !expect(":") || !type(dtype) || !expect("=")) return nullptr;
    Expr value = expression_of(dtype);
    VarId id;
    if (!value || !bind(name, dtype, id)) return nullptr;
    Stmt body = body_or_rest(takes_rest);
    return body ? let(id, std::move(value), std::move(body)) : nullptr;
  }

  Stmt allocation(bool& takes_rest) {
    const Token name = token();
    std::string_view text;
    BufferId id;
    if (!word("a buffer", text) || !find_buffer(name, id)) return nullptr;
    Stmt body = body_or_rest(takes_rest);
    return body ? alloc(id, std::move(body)) : nullptr;
  }

  Stmt body_or_rest(bool& takes_rest) {
    takes_rest = !token().is("{");
    return takes_rest ? block({}) : braces();
  }

  // A name bound before keeps its id: whether that is allowed is for verify to say.
  bool bind(const Token& name, DType dtype, VarId& id) {
    const auto [found, is_new] = vars_.emplace(name.text, VarId{static_cast<int32_t>(kernel_.vars.size())});
    if (is_new) kernel_.vars.push_back({std::string(name.text), dtype});
    id = found->second;
    const DType earlier = kernel_.var(id).type;
    if (earlier == dtype) return true;
    return fail_at(name.offset, fmt::format("'{}' was {} before", name.text, midge::name_of(earlier)));
  }
};

}  // namespace

Result<Kernel> parse(std::string_view text) {
  return KernelParser(text).run();
}

}  // namespace midge::loop
