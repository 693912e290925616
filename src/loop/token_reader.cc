#include "loop/token_reader.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <limits>
#include <utility>

#include "loop/ir.h"

namespace midge::loop {

namespace {

template <class T>
bool read_number(std::string_view text, T& value, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size();
}

bool read_number(std::string_view text, float& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_float(const Token& token) {
  return token.kind == Token::Kind::kNumber && token.text.find_first_of(".e") != std::string_view::npos;
}

}  // namespace

Token TokenReader::token_after() const {
  size_t end = 0;
  return next_token(text_, position_, end);
}

void TokenReader::advance() {
  size_t end = 0;
  token_ = next_token(text_, position_, end);
  position_ = end;
}

bool TokenReader::fail_at(size_t offset, std::string message) {
  if (error_.empty()) {
    error_ = std::move(message);
    error_offset_ = offset;
  }
  return false;
}

bool TokenReader::expected(std::string_view what) {
  return fail_at(token_.offset,
                 fmt::format("{} expected{}", what, not_at_end() ? "" : ", but the text ends"));
}

bool TokenReader::accept(std::string_view symbol) {
  if (!token_.is(symbol)) return false;
  advance();
  return true;
}

bool TokenReader::accept_word(std::string_view word) {
  if (!token_.is_word(word)) return false;
  advance();
  return true;
}

bool TokenReader::expect(std::string_view symbol) {
  return accept(symbol) || expected(fmt::format("'{}'", symbol));
}
bool TokenReader::expect_word(std::string_view word) {
  return accept_word(word) || expected(fmt::format("'{}'", word));
}

bool TokenReader::word(std::string_view what, std::string_view& result) {
  if (token_.kind != Token::Kind::kWord) return expected(what);
  result = token_.text;
  advance();
  return true;
}

bool TokenReader::type(DType& result) {
  const size_t at = token_.offset;
  std::string_view name;
  if (!word("a type", name)) return false;
  const std::optional<DType> found = parse_dtype(name);
  if (!found) return fail_at(at, fmt::format("'{}' is not a type", name));
  result = *found;
  return true;
}

bool TokenReader::at_float() const {
  const Token first = token_.is("-") ? token_after() : token_;
  if (is_float(first)) return true;
  if (!first.is_word("inf") && !first.is_word("nan")) return false;
  return token_.is("-") || token_after().is(":");  // else a variable of that name
}

bool TokenReader::float_literal(float& value) {
  const size_t at = token_.offset;
  if (accept_word("nan")) return expect(":") && nan_bits(value);
  const bool negative = accept("-");
  if (accept_word("inf")) {
    value = negative ? -std::numeric_limits<float>::infinity() : std::numeric_limits<float>::infinity();
    return expect(":") && expect_word("f32");
  }
  if (token_.kind != Token::Kind::kNumber) return expected("a number");
  if (!is_float(token_) || !read_number(token_.text, value)) {
    return fail_at(at, fmt::format("'{}' is not an f32", token_.text));
  }
  if (negative) value = -value;
  advance();
  return true;
}

bool TokenReader::nan_bits(float& value) {
  uint32_t bits = 0;
  const bool good = token_.text.size() == 8 && read_number(token_.text, bits, 16);
  value = std::bit_cast<float>(bits);
  if (!good || value == value) return expected("the bits of a NaN in eight hex digits");
  advance();
  return true;
}

bool TokenReader::integer(std::string& digits) {
  digits = accept("-") ? "-" : "";
  if (token_.kind != Token::Kind::kNumber) return expected("an integer");
  digits += token_.text;
  advance();
  return true;
}

bool TokenReader::integer_of(DType type, int64_t& value) {
  const size_t at = token_.offset;
  std::string digits;
  return integer(digits) && fit(type, digits, at, value);
}

bool TokenReader::fit(DType type, const std::string& digits, size_t offset, int64_t& value) {
  uint64_t bits = 0;
  bool good = false;
  if (type == DType::kU64) {
    good = read_number(digits, bits, 10);
    value = static_cast<int64_t>(bits);
  } else {
    good = read_number(digits, value, 10) && fits(type, value);
  }
  return good || fail_at(offset, fmt::format("'{}' does not fit {}", digits, midge::name_of(type)));
}

}  // namespace midge::loop
