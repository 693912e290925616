#include "graph/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "graph/text.h"

namespace midge::graph {
namespace {

std::optional<uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
  return std::nullopt;
}

}  // namespace

void Reader::skip_space() {
  while (!at_end()) {
    const char c = text_[position_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
      ++position_;
    else if (peek("//"))
      position_ = std::min(text_.find('\n', position_), text_.size());
    else
      return;
  }
}

void Reader::advance(size_t count) {
  position_ += count;
  skip_space();
}

bool Reader::accept(std::string_view token) {
  if (!peek(token)) return false;
  advance(token.size());
  return true;
}

void Reader::expect(std::string_view token) {
  if (!accept(token)) fail(fmt::format("'{}' expected", token));
}

std::string Reader::word() {
  size_t end = position_;
  while (end < text_.size() &&
         (std::isalnum(static_cast<unsigned char>(text_[end])) != 0 || text_[end] == '_'))
    ++end;
  std::string found(text_.substr(position_, end - position_));
  if (found.empty()) fail("a word expected");
  advance(found.size());
  return found;
}

std::string Reader::name() {
  if (peek("\"")) return string();
  size_t end = position_;
  while (end < text_.size() && is_plain_name(text_.substr(end, 1))) ++end;
  std::string found(text_.substr(position_, end - position_));
  if (found.empty()) fail("a name expected");
  advance(found.size());
  return found;
}

std::string Reader::string() {
  std::string out;
  const size_t begin = position_;
  if (!peek("\"")) return fail("'\"' expected"), out;
  for (size_t i = begin + 1; i < text_.size() && text_[i] != '\n'; ++i) {
    const std::string_view rest = text_.substr(i);
    if (rest[0] == '"') {
      advance(i + 1 - begin);
      return out;
    }
    if (rest[0] != '\\') {
      out += rest[0];
    } else if (rest.size() > 1 && (rest[1] == '"' || rest[1] == '\\')) {
      out += rest[1];
      ++i;
    } else if (rest.size() > 3 && rest[1] == 'x' && hex_digit(rest[2]) && hex_digit(rest[3])) {
      out += static_cast<char>(*hex_digit(rest[2]) << 4 | *hex_digit(rest[3]));
      i += 3;
    } else {
      return fail_at(i, "unknown escape"), out;
    }
  }
  fail("the string has no end");
  return out;
}

std::vector<uint8_t> Reader::hex() {
  std::vector<uint8_t> bytes;
  if (!peek("0x")) return fail("'0x' expected"), bytes;
  size_t end = position_ + 2;
  while (end < text_.size() && hex_digit(text_[end])) ++end;
  const size_t begin = position_ + 2;
  if ((end - begin) % 2 != 0) return fail_at(end, "an even number of hexadecimal digits expected"), bytes;
  for (size_t i = begin; i < end; i += 2)
    bytes.push_back(static_cast<uint8_t>(*hex_digit(text_[i]) << 4 | *hex_digit(text_[i + 1])));
  advance(end - position_);
  return bytes;
}

void Reader::fail_at(size_t position, std::string_view what) {
  if (failed()) return;
  position = std::min(position, text_.size());
  const std::string_view before = text_.substr(0, position);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t newline = before.rfind('\n');
  const size_t line_begin = newline == std::string_view::npos ? 0 : newline + 1;
  const size_t line_end = std::min(text_.find('\n', position), text_.size());
  // A line may hold a megabyte of constant: show what stands around the place.
  constexpr size_t kBefore = 60, kAfter = 40;
  const size_t begin = std::max(line_begin, position - std::min(position, kBefore));
  const size_t end = std::min(line_end, position + kAfter);
  error_ = model_error(fmt::format("line {}, column {}: {}\n{}\n{:>{}}", line, position - line_begin + 1,
                                   what, text_.substr(begin, end - begin), "^", position - begin + 1));
  position_ = text_.size();
}

}  // namespace midge::graph
