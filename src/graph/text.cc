#include "graph/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace midge::graph {

bool is_plain_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '/';
  };
  const bool like_comment = name.starts_with("//");
  return !name.empty() && !like_comment && std::all_of(name.begin(), name.end(), plain);
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      out += fmt::format("\\{}", c);
    else if (c >= ' ' && c <= '~')
      out += c;
    else
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return out + '"';
}

std::string shown_name(std::string_view name) {
  constexpr size_t kLongest = 120;
  if (name.size() > kLongest) return quote(name.substr(0, kLongest)) + "...";
  return is_plain_name(name) ? fmt::format("'{}'", name) : quote(name);
}

namespace {
constexpr std::array<std::string_view, 4> kActivations = {"none", "relu", "relu6", "relu_n1_to_1"};
constexpr std::array<std::string_view, 5> kBinaries = {"add", "sub", "mul", "maximum", "minimum"};
constexpr std::array<std::string_view, 13> kUnaries = {
    "logistic", "tanh", "relu", "relu6", "relu_n1_to_1", "leaky_relu", "hard_swish",
    "elu",      "exp",  "sqrt", "rsqrt", "abs",          "neg"};
constexpr std::array<std::string_view, 2> kPools = {"max", "average"};
constexpr std::array<std::string_view, 3> kReductions = {"mean", "sum", "max"};
constexpr std::array<std::string_view, 3> kPadModes = {"constant", "reflect", "symmetric"};
constexpr std::array<std::string_view, 2> kResizes = {"nearest", "bilinear"};
static_assert(kUnaries.size() == static_cast<size_t>(UnaryKind::kNeg) + 1);
static_assert(kBinaries.size() == static_cast<size_t>(BinaryKind::kMinimum) + 1);
}  // namespace

std::span<const std::string_view> names_of(Activation) {
  return kActivations;
}
std::span<const std::string_view> names_of(BinaryKind) {
  return kBinaries;
}
std::span<const std::string_view> names_of(UnaryKind) {
  return kUnaries;
}
std::span<const std::string_view> names_of(PoolKind) {
  return kPools;
}
std::span<const std::string_view> names_of(ReduceKind) {
  return kReductions;
}
std::span<const std::string_view> names_of(PadMode) {
  return kPadModes;
}
std::span<const std::string_view> names_of(ResizeKind) {
  return kResizes;
}

std::string to_text(const Shape& shape) {
  return fmt::format("[{}]", fmt::join(shape, ","));
}

std::string to_text(DType dtype, const Shape& shape) {
  return fmt::format("{}{}", name_of(dtype), to_text(shape));
}

std::string to_text(const Quantization& q) {
  if (!q.per_axis() && q.scales.size() == 1 && q.zero_points.size() == 1)
    return fmt::format("scale {} zero {}", q.scale(), q.zero_point());
  return fmt::format("axis {} scale [{}] zero [{}]", q.axis, fmt::join(q.scales, ","),
                     fmt::join(q.zero_points, ","));
}

std::string short_text(const Quantization& q) {
  if (!q.per_axis()) return to_text(q);
  return fmt::format("axis {}, {} scales", q.axis, q.scales.size());
}

}  // namespace midge::graph
