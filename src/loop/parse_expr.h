// The part of the parser that reads expressions.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "loop/ir.h"
#include "loop/text.h"
#include "loop/token_reader.h"

namespace midge::loop {

class ExprParser : public TokenReader {
 protected:
  // No text may exhaust the stack: neither that of the parser, by nesting, nor that of a later walk, by
  // chains that are read without recursion but make a high tree. A walk has some four kilobytes of stack for
  // each level.
  static constexpr int kDeepestNesting = 500;
  static constexpr int kHighestTree = 2000;  // statements and expression together

  using TokenReader::TokenReader;

  // Null after an error.
  Expr expression();
  Expr expression_of(DType dtype);

  // "[a, b]" after a buffer's name.
  bool indices(std::vector<Expr>& result, int& height);
  bool find_buffer(const Token& name, BufferId& id);
  bool too_high(int height) const { return height + around_ > kHighestTree; }
  bool too_deep() { return fail_at(token().offset, "nested too deeply"); }

  Kernel kernel_;  // its tables are filled as declarations and bindings are read
  std::map<std::string_view, BufferId> buffers_;
  std::map<std::string_view, VarId> vars_;
  int nesting_ = 0;  // of the parser's calls
  int around_ = 0;   // statements that enclose what is read

 private:
  // `expr` is null after an error.
  struct Parsed {
    Expr expr;
    int height = 1;
  };
  Parsed infix(int lowest_precedence);
  Parsed combine(const Infix& op, size_t at, Parsed left, Parsed right);
  Parsed prefix();
  Parsed logical_not(size_t at);
  Parsed literal();
  Parsed named(const Token& name);
  Parsed load_from(const Token& name);
  Parsed conversion(const Token& name, DType to);
  Parsed function(const Token& name);
  Parsed instruction();
  Parsed not_defined(const Token& name, const std::vector<Expr>& args);
  Parsed failed() { return {nullptr}; }

  bool operands(std::string_view open, std::string_view close, std::vector<Expr>& result, int& height);
  const Infix* infix_here() const;
};

}  // namespace midge::loop
