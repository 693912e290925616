#include "loop/lex.h"

#include <fmt/format.h>

#include <algorithm>

namespace midge::loop {

namespace {

constexpr size_t kShownBefore = 80, kShownWidth = 120;

constexpr std::string_view kSymbols[] = {"||", "&&", "==", "!=", "<=", "<<", ">>", "..", "<", "|",
                                         "^",  "&",  "+",  "-",  "*",  "/",  "%",  "!",  "=", "(",
                                         ")",  "[",  "]",  "{",  "}",  ",",  ":",  "@"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

size_t after_blanks(std::string_view text, size_t at) {
  while (at < text.size()) {
    if (is_blank(text[at])) {
      ++at;
    } else if (text.substr(at).starts_with("//")) {
      at = std::min(text.find('\n', at), text.size());
    } else {
      break;
    }
  }
  return at;
}

// Digits, letters, a point that is not a range's, and the sign of an exponent.
size_t end_of_number(std::string_view text, size_t at) {
  for (; at < text.size(); ++at) {
    const char c = text[at];
    const bool point = c == '.' && !text.substr(at).starts_with("..");
    const bool sign = (c == '+' || c == '-') && text[at - 1] == 'e';
    if (!is_word(c) && !point && !sign) break;
  }
  return at;
}

Token string_token(std::string_view text, size_t at, size_t& end) {
  for (size_t i = at + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      end = i + 1;
      return {Token::Kind::kString, text.substr(at + 1, i - at - 1), at};
    }
  }
  end = text.size();
  return {Token::Kind::kBad, text.substr(at, 1), at};
}

}  // namespace

Token next_token(std::string_view text, size_t offset, size_t& end) {
  const size_t at = after_blanks(text, offset);
  end = at;
  if (at == text.size()) return {Token::Kind::kEnd, {}, at};
  if (is_digit(text[at])) {
    end = end_of_number(text, at);
    return {Token::Kind::kNumber, text.substr(at, end - at), at};
  }
  if (is_word(text[at])) {
    while (end < text.size() && is_word(text[end])) ++end;
    return {Token::Kind::kWord, text.substr(at, end - at), at};
  }
  if (text[at] == '"') return string_token(text, at, end);
  for (const std::string_view symbol : kSymbols) {
    if (!text.substr(at).starts_with(symbol)) continue;
    end = at + symbol.size();
    return {Token::Kind::kSymbol, symbol, at};
  }
  end = at + 1;
  return {Token::Kind::kBad, text.substr(at, 1), at};
}

std::string point_at(std::string_view text, size_t offset, std::string_view message) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const size_t line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t start = before.rfind('\n') + 1;  // npos + 1 is 0
  const size_t column = offset - start;
  const size_t cut = column > kShownBefore ? column - kShownBefore : 0;
  const size_t stop = std::min(text.find('\n', offset), text.size());
  std::string shown(text.substr(start + cut, std::min(stop - start - cut, kShownWidth)));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return fmt::format("{}:{}: {}\n{}\n{}^", line, column + 1, message, shown, std::string(column - cut, ' '));
}

}  // namespace midge::loop
