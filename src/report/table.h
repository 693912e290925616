// Aligned text tables.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace midge::report {

enum class Align { kLeft, kRight };

class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells);  // one per column
  // Titles, a rule, the rows; each line begins with `indent`, ends with a newline and has no trailing blanks.
  std::string text(std::string_view indent = {}) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// 1234567 → "1,234,567".
std::string grouped(int64_t value);

}  // namespace midge::report
