#include "board/table_reader.h"

namespace midge::board {

void Diagnosis::report(const toml::source_region& where, std::string_view what) {
  if (!error_) error_ = usage_error(fmt::format("{}:{}: {}", file_, where.begin.line, what));
}

const toml::node* TableReader::find(std::string_view key, bool required) {
  asked_.emplace(key);
  const toml::node* node = table_.get(key);
  if (node == nullptr && required)
    diagnosis_.report(table_.source(), fmt::format("{} needs `{}`", name_, key));
  return node;
}

void TableReader::wrong_type(const toml::node& node, std::string_view key, std::string_view wanted) {
  diagnosis_.report(node.source(), fmt::format("`{}` must be {}", key, wanted));
}

std::string TableReader::text(std::string_view key) {
  const toml::node* node = find(key, true);
  if (node == nullptr) return {};
  if (const auto* value = node->as_string(); value != nullptr && !value->get().empty()) return value->get();
  wrong_type(*node, key, "a string that is not empty");
  return {};
}

std::string TableReader::text_or(std::string_view key, std::string fallback) {
  return table_.contains(key) ? text(key) : (asked_.emplace(key), std::move(fallback));
}

int64_t TableReader::integer(std::string_view key, int64_t low, int64_t high) {
  const toml::node* node = find(key, true);
  if (node == nullptr) return low;
  if (const auto* value = node->as_integer();
      value != nullptr && value->get() >= low && value->get() <= high) {
    return value->get();
  }
  wrong_type(*node, key, fmt::format("an integer from {} to {}", low, high));
  return low;
}

int64_t TableReader::integer_or(std::string_view key, int64_t low, int64_t high, int64_t fallback) {
  return table_.contains(key) ? integer(key, low, high) : (asked_.emplace(key), fallback);
}

std::vector<std::string> TableReader::texts(std::string_view key) {
  std::vector<std::string> result;
  const toml::node* node = find(key, true);
  if (node == nullptr) return result;
  if (const toml::array* array = node->as_array(); array != nullptr) {
    for (const toml::node& entry : *array) {
      if (const auto* value = entry.as_string()) result.push_back(value->get());
    }
    if (result.size() == array->size()) return result;
  }
  wrong_type(*node, key, "a list of strings");
  return {};
}

const toml::table* TableReader::table(std::string_view key) {
  const toml::node* node = find(key, false);
  if (node == nullptr) return nullptr;
  if (node->is_table()) return node->as_table();
  wrong_type(*node, key, fmt::format("a section, [{}]", key));
  return nullptr;
}

std::vector<const toml::table*> TableReader::tables(std::string_view key) {
  std::vector<const toml::table*> result;
  const toml::node* node = find(key, false);
  if (node == nullptr) return result;
  if (const toml::array* array = node->as_array(); array != nullptr) {
    for (const toml::node& entry : *array) {
      if (entry.is_table()) result.push_back(entry.as_table());
    }
    if (result.size() == array->size()) return result;
  }
  wrong_type(*node, key, fmt::format("sections, [[{}]]", key));
  return {};
}

void TableReader::finish() {
  for (const auto& [key, node] : table_) {
    if (!asked_.contains(key.str())) {
      diagnosis_.report(key.source(), fmt::format("{} has no key `{}`", name_, key.str()));
    }
  }
}

const toml::source_region& TableReader::where(std::string_view key) const {
  const toml::node* node = table_.get(key);
  return node != nullptr ? node->source() : table_.source();
}

}  // namespace midge::board
