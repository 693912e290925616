#include "report/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "report/table.h"
#include "report/tensor.h"

namespace midge::report {
namespace {

constexpr size_t kMostRows = 5;

std::vector<double> reals(const graph::Value& value, std::span<const uint8_t> bytes) {
  std::vector<double> all;
  const int64_t count = element_count(value.shape).value_or(0);
  for (int64_t i = 0; i < count; ++i) all.push_back(real(value, bytes, i));
  return all;
}

std::string number(const graph::Value& value, double x) {
  const bool whole = value.dtype != DType::kF32 && !value.quantization;
  if (whole) return fmt::format("{:.0f}", x);
  const double size = std::abs(x);
  return size == 0 || (size >= 1e-3 && size < 1e7) ? fmt::format("{:.4f}", x) : fmt::format("{:.4e}", x);
}

}  // namespace

std::vector<int64_t> ranked(const graph::Value& value, std::span<const uint8_t> bytes) {
  std::vector<double> keys = reals(value, bytes);
  for (double& key : keys)
    if (std::isnan(key)) key = -std::numeric_limits<double>::infinity();
  std::vector<int64_t> order(keys.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return keys[static_cast<size_t>(a)] > keys[static_cast<size_t>(b)];
  });
  return order;
}

std::optional<Class> most_probable(const graph::Value& value, std::span<const uint8_t> bytes) {
  const std::vector<double> all = reals(value, bytes);
  if (all.size() < 2) return std::nullopt;
  double sum = 0;
  for (const double x : all) {
    if (!(x >= 0)) return std::nullopt;
    sum += x;
  }
  // Each code is off by up to one step: half for its rounding, and the largest saturates at 255/256.
  const double step = value.quantization && !value.quantization->per_axis()
                          ? static_cast<double>(value.quantization->scale())
                          : 1e-5;
  if (std::abs(sum - 1) > step * static_cast<double>(all.size())) return std::nullopt;
  const int64_t best = ranked(value, bytes).front();
  return Class{best, all[static_cast<size_t>(best)]};
}

std::string output_text(const graph::Value& value, std::span<const uint8_t> bytes,
                        std::span<const std::string> labels) {
  const bool quantised = value.quantization && !value.quantization->per_axis();
  std::vector<Table::Column> columns = {{"index", Align::kRight}};
  if (!labels.empty()) columns.push_back({"label"});
  if (quantised) columns.push_back({"stored", Align::kRight});
  columns.push_back({"value", Align::kRight});
  Table table(std::move(columns));
  const std::vector<int64_t> order = ranked(value, bytes);
  for (size_t rank = 0; rank < std::min(kMostRows, order.size()); ++rank) {
    const int64_t index = order[rank];
    std::vector<std::string> cells = {std::to_string(index)};
    if (!labels.empty()) cells.push_back(labels[static_cast<size_t>(index)]);
    if (quantised) cells.push_back(fmt::format("{}", stored(value, bytes, index)));
    cells.push_back(number(value, real(value, bytes, index)));
    table.add(std::move(cells));
  }
  std::string text =
      fmt::format("output '{}' {}{}", value.name, name_of(value.dtype), shape_text(value.shape));
  if (order.size() > kMostRows) text += fmt::format(", the {} largest of {}", kMostRows, order.size());
  return text + "\n" + table.text("  ");
}

}  // namespace midge::report
