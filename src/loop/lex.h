// Cuts the text form into tokens. Hostile text is the normal case: nothing here reads past the end or
// allocates.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace midge::loop {

struct Token {
  enum class Kind { kEnd, kWord, kNumber, kString, kSymbol, kBad };
  Kind kind = Kind::kEnd;
  std::string_view text;  // of a string: without its quotes, escapes as written
  size_t offset = 0;

  bool is(std::string_view symbol) const { return kind == Kind::kSymbol && text == symbol; }
  bool is_word(std::string_view word) const { return kind == Kind::kWord && text == word; }
};

// The token at or after `offset`, past blanks and comments; `end`: where it stops.
Token next_token(std::string_view text, size_t offset, size_t& end);

// "3:14: message", the line and a caret under the place.
std::string point_at(std::string_view text, size_t offset, std::string_view message);

}  // namespace midge::loop
