#include "loop/parse_expr.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace midge::loop {

Expr ExprParser::expression() {
  return infix(0).expr;
}

Expr ExprParser::expression_of(DType dtype) {
  const size_t at = token().offset;
  Expr result = expression();
  if (result && result->type != dtype) {
    fail_at(at,
            fmt::format("{} expected, but this is {}", midge::name_of(dtype), midge::name_of(result->type)));
    return nullptr;
  }
  return result;
}

ExprParser::Parsed ExprParser::infix(int lowest_precedence) {
  if (nesting_ >= kDeepestNesting) return too_deep(), failed();
  ++nesting_;
  Parsed left = prefix();
  while (left.expr) {
    const Infix* op = infix_here();
    if (!op || op->precedence < lowest_precedence) break;
    const size_t at = token().offset;
    advance();
    Parsed right = infix(op->precedence + 1);
    left = right.expr ? combine(*op, at, std::move(left), std::move(right)) : failed();
  }
  --nesting_;
  return left;
}

const Infix* ExprParser::infix_here() const {
  if (token().kind != Token::Kind::kSymbol) return nullptr;
  for (const Infix& op : infix_operators()) {
    if (op.token == token().text) return &op;
  }
  return nullptr;
}

ExprParser::Parsed ExprParser::combine(const Infix& op, size_t at, Parsed left, Parsed right) {
  const DType a = left.expr->type, b = right.expr->type;
  if (!binary_type(op.kind, a, b)) {
    fail_at(at,
            fmt::format("'{}' is not defined on {} and {}", op.token, midge::name_of(a), midge::name_of(b)));
    return failed();
  }
  const int height = 1 + std::max(left.height, right.height);
  if (too_high(height)) return too_deep(), failed();
  return {binary(op.kind, std::move(left.expr), std::move(right.expr)), height};
}

ExprParser::Parsed ExprParser::prefix() {
  const Token first = token();
  if (accept("!")) return logical_not(first.offset);
  if (accept("(")) {
    Parsed inner = infix(0);
    return inner.expr && !expect(")") ? failed() : inner;
  }
  if (accept("@")) return instruction();
  if (first.is("-") || first.kind == Token::Kind::kNumber || at_float()) return literal();
  if (first.kind == Token::Kind::kWord) return named(first);
  expected("an expression");
  return failed();
}

ExprParser::Parsed ExprParser::logical_not(size_t at) {
  if (nesting_ >= kDeepestNesting) return too_deep(), failed();
  ++nesting_;
  Parsed inner = prefix();
  --nesting_;
  if (!inner.expr) return inner;
  if (inner.expr->type != DType::kBool) {
    fail_at(at, fmt::format("'!' is not defined on {}", midge::name_of(inner.expr->type)));
    return failed();
  }
  return {lnot(std::move(inner.expr)), inner.height + 1};
}

ExprParser::Parsed ExprParser::literal() {
  if (at_float()) {
    float value = 0;
    return float_literal(value) ? Parsed{float_imm(value)} : failed();
  }
  const size_t at = token().offset;
  std::string digits;
  DType dtype = DType::kI32;
  int64_t value = 0;
  if (!integer(digits) || (accept(":") && !type(dtype))) return failed();
  if (!is_integer(dtype)) {
    fail_at(at, fmt::format("'{}' is no literal of {}", digits, midge::name_of(dtype)));
    return failed();
  }
  return fit(dtype, digits, at, value) ? Parsed{int_imm(dtype, value)} : failed();
}

// What begins with a word: true or false, a load, a function, a cast or a variable.
ExprParser::Parsed ExprParser::named(const Token& name) {
  advance();
  if (token().is("[")) return load_from(name);
  if (name.text == "bitcast" && accept(":")) {
    DType dtype = DType::kI32;
    return type(dtype) ? conversion(name, dtype) : failed();
  }
  if (token().is("(")) {
    const std::optional<DType> dtype = parse_dtype(name.text);
    return dtype ? conversion(name, *dtype) : function(name);
  }
  if (name.text == "true" || name.text == "false") return {make_bool(name.text == "true")};
  const auto found = vars_.find(name.text);
  if (found != vars_.end()) return {var(found->second, kernel_.var(found->second).type)};
  fail_at(name.offset, fmt::format("there is no variable '{}'", name.text));
  return failed();
}

ExprParser::Parsed ExprParser::load_from(const Token& name) {
  BufferId id;
  std::vector<Expr> at;
  int height = 0;
  if (!find_buffer(name, id) || !indices(at, height)) return failed();
  return {load(id, kernel_.buffer(id).dtype, std::move(at)), height + 1};
}

bool ExprParser::find_buffer(const Token& name, BufferId& id) {
  const auto found = buffers_.find(name.text);
  if (found == buffers_.end()) return fail_at(name.offset, fmt::format("there is no buffer '{}'", name.text));
  id = found->second;
  return true;
}

bool ExprParser::indices(std::vector<Expr>& result, int& height) {
  const size_t at = token().offset;
  if (!operands("[", "]", result, height)) return false;
  const bool good =
      std::all_of(result.begin(), result.end(), [](const Expr& e) { return e->type == DType::kI32; });
  return good || fail_at(at, "an index is not i32");
}

bool ExprParser::operands(std::string_view open, std::string_view close, std::vector<Expr>& result,
                          int& height) {
  if (!expect(open)) return false;
  if (accept(close)) return true;
  do {
    Parsed parsed = infix(0);
    if (!parsed.expr) return false;
    height = std::max(height, parsed.height);
    if (too_high(height + 1)) return too_deep();
    result.push_back(std::move(parsed.expr));
  } while (accept(","));
  return expect(close);
}

// A cast or a bitcast. One to the type that the operand already has is none.
ExprParser::Parsed ExprParser::conversion(const Token& name, DType to) {
  std::vector<Expr> args;
  int height = 0;
  if (!operands("(", ")", args, height)) return failed();
  const bool bits = name.text == "bitcast";
  bool good = args.size() == 1 && args[0]->type != to && to != DType::kBool;
  if (good && bits) good = args[0]->type != DType::kBool && size_of(args[0]->type) == size_of(to);
  if (!good) return not_defined(name, args);
  return {bits ? bitcast(to, std::move(args[0])) : cast(to, std::move(args[0])), height + 1};
}

ExprParser::Parsed ExprParser::function(const Token& name) {
  const auto row = std::find_if(functions().begin(), functions().end(),
                                [&](const Function& candidate) { return candidate.name == name.text; });
  if (row == functions().end()) {
    fail_at(name.offset, fmt::format("there is no function '{}'", name.text));
    return failed();
  }
  std::vector<Expr> args;
  int height = 0;
  if (!operands("(", ")", args, height)) return failed();
  Expr result;
  if (args.size() == row->arity) {
    if (row->arity == 1 && unary_type(row->kind, args[0]->type)) result = unary(row->kind, args[0]);
    if (row->arity == 2 && binary_type(row->kind, args[0]->type, args[1]->type)) {
      result = binary(row->kind, args[0], args[1]);
    }
    if (row->arity == 3 && args[0]->type == DType::kBool && args[1]->type == args[2]->type) {
      result = select(args[0], args[1], args[2]);
    }
  }
  return result ? Parsed{std::move(result), height + 1} : not_defined(name, args);
}

ExprParser::Parsed ExprParser::not_defined(const Token& name, const std::vector<Expr>& args) {
  std::string types;
  for (const Expr& arg : args)
    types += fmt::format("{}{}", types.empty() ? "" : ", ", midge::name_of(arg->type));
  fail_at(name.offset, fmt::format("'{}' is not defined on ({})", name.text, types));
  return failed();
}

ExprParser::Parsed ExprParser::instruction() {
  std::string_view name;
  DType dtype = DType::kI32;
  std::vector<Expr> args;
  int height = 0;
  if (!word("an instruction", name) || !expect(":") || !type(dtype)) return failed();
  if (!operands("(", ")", args, height)) return failed();
  return {call(std::string(name), dtype, std::move(args)), height + 1};
}

}  // namespace midge::loop
