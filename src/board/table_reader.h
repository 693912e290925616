// A strict reader of one TOML table: every key is asked for by name and type, and what was not asked for is
// an error. The first thing that is wrong is kept, as one line with file:line; reading goes on with empty
// values.
#pragma once

#include <fmt/format.h>
#include <toml++/toml.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace midge::board {

// The file that is being read, and what is wrong with it.
class Diagnosis {
 public:
  explicit Diagnosis(std::string file) : file_(std::move(file)) {}

  void report(const toml::source_region& where, std::string_view what);
  bool failed() const { return error_.has_value(); }
  const Error& error() const { return *error_; }

 private:
  std::string file_;
  std::optional<Error> error_;
};

class TableReader {
 public:
  // `name` for messages: "[cpu]".
  TableReader(const toml::table& table, std::string name, Diagnosis& diagnosis)
      : table_(table), name_(std::move(name)), diagnosis_(diagnosis) {}

  std::string text(std::string_view key);
  std::string text_or(std::string_view key, std::string fallback);
  int64_t integer(std::string_view key, int64_t low, int64_t high);
  int64_t integer_or(std::string_view key, int64_t low, int64_t high, int64_t fallback);
  std::vector<std::string> texts(std::string_view key);          // a list, which may be empty
  const toml::table* table(std::string_view key);                // nullptr: not there
  std::vector<const toml::table*> tables(std::string_view key);  // [[key]]

  // To be called last: reports the keys that nobody asked for.
  void finish();

  const toml::source_region& where() const { return table_.source(); }
  const toml::source_region& where(std::string_view key) const;

 private:
  const toml::node* find(std::string_view key, bool required);
  void wrong_type(const toml::node& node, std::string_view key, std::string_view wanted);

  const toml::table& table_;
  std::string name_;
  Diagnosis& diagnosis_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace midge::board
