// Tokens of the graph's text form, with errors that show the line and a caret.
//
// The reader keeps the first error and then pretends to be at the end of the text, so that a parser needs no
// check after every token: it asks `failed()` where it loops and at its end.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace midge::graph {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) { skip_space(); }

  bool failed() const { return error_.has_value(); }
  Error error() const { return *error_; }
  bool at_end() const { return position_ >= text_.size(); }
  size_t position() const { return position_; }

  bool peek(std::string_view token) const { return text_.substr(position_).starts_with(token); }
  bool accept(std::string_view token);  // punctuation
  void expect(std::string_view token);
  std::string word();          // letters, digits, underscores; at least one
  std::string name();          // what follows % : plain or quoted
  std::string string();        // "..."
  std::vector<uint8_t> hex();  // 0x0102

  // An integer or a floating point number of type T, within its range.
  template <class T>
  T number() {
    T value{};
    const char* begin = text_.data() + position_;
    const char* end = text_.data() + text_.size();
    const auto [stop, code] = std::from_chars(begin, end, value);
    if (code == std::errc::invalid_argument) return fail("a number expected"), T{};
    if (code == std::errc::result_out_of_range) return fail("number out of range"), T{};
    advance(static_cast<size_t>(stop - begin));
    return value;
  }

  void fail(std::string_view what) { fail_at(position_, what); }
  void fail_at(size_t position, std::string_view what);

 private:
  void advance(size_t count);
  void skip_space();

  std::string_view text_;
  size_t position_ = 0;
  std::optional<Error> error_;
};

}  // namespace midge::graph
