#include "report/table.h"

#include <algorithm>
#include <cstdint>

#include "base/check.h"

namespace midge::report {
namespace {

// Columns on a terminal: code points, which is right for the letters that tensor names use.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string padded(const std::string& text, size_t width, Align align) {
  const std::string blanks(width - std::min(width, width_of(text)), ' ');
  return align == Align::kLeft ? text + blanks : blanks + text;
}

}  // namespace

void Table::add(std::vector<std::string> cells) {
  MIDGE_CHECK(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::text(std::string_view indent) const {
  std::vector<size_t> widths;
  for (const Column& column : columns_) widths.push_back(width_of(column.title));
  for (const auto& row : rows_)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));

  std::string text;
  const auto line = [&](auto cell) {
    std::string out(indent);
    for (size_t i = 0; i < columns_.size(); ++i)
      out += (i ? "  " : "") + padded(cell(i), widths[i], columns_[i].align);
    text += out.substr(0, out.find_last_not_of(' ') + 1) + "\n";
  };
  line([&](size_t i) { return columns_[i].title; });
  line([&](size_t i) { return std::string(widths[i], '-'); });
  for (const auto& row : rows_) line([&](size_t i) { return row[i]; });
  return text;
}

std::string grouped(int64_t value) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  for (auto at = static_cast<int64_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return value < 0 ? "-" + digits : digits;
}

}  // namespace midge::report
