// A stream of tokens with one of lookahead, and the small things that every level of the parser reads from
// it. A function that reads returns false after the first error, which is then held here until the end.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/dtype.h"
#include "base/result.h"
#include "loop/lex.h"

namespace midge::loop {

class TokenReader {
 public:
  explicit TokenReader(std::string_view text) : text_(text) { advance(); }

  Error error() const { return model_error(point_at(text_, error_offset_, error_)); }

 protected:
  const Token& token() const { return token_; }
  Token token_after() const;  // the one after token()
  void advance();

  bool fail_at(size_t offset, std::string message);  // false
  bool expected(std::string_view what);              // false
  bool not_at_end() const { return token_.kind != Token::Kind::kEnd; }

  bool accept(std::string_view symbol);
  bool accept_word(std::string_view word);
  bool expect(std::string_view symbol);
  bool expect_word(std::string_view word);
  bool word(std::string_view what, std::string_view& result);
  bool type(DType& result);

  bool at_float() const;                        // a float literal is next
  bool float_literal(float& value);             // 1.5, -1e-9, inf:f32, nan:7fc00000
  bool integer(std::string& digits);            // with its sign, of any size
  bool integer_of(DType type, int64_t& value);  // of an integer type or bool, in range
  bool fit(DType type, const std::string& digits, size_t offset, int64_t& value);

 private:
  bool nan_bits(float& value);

  std::string_view text_;
  size_t position_ = 0;  // after token_
  Token token_;
  std::string error_;
  size_t error_offset_ = 0;
};

}  // namespace midge::loop
