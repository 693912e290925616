#include "cli/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace midge::cli {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

struct Descr {
  std::string_view text;
  DType dtype;
};
constexpr std::array<Descr, 9> kDescrs = {{{"|i1", DType::kI8},
                                           {"|u1", DType::kU8},
                                           {"|b1", DType::kBool},
                                           {"<i2", DType::kI16},
                                           {"<u2", DType::kU16},
                                           {"<i4", DType::kI32},
                                           {"<u4", DType::kU32},
                                           {"<i8", DType::kI64},
                                           {"<f4", DType::kF32}}};

// The text behind `'key':`, blanks skipped; empty if the key is not there.
std::string_view after_key(std::string_view header, std::string_view key) {
  const size_t at = header.find(fmt::format("'{}':", key));
  if (at == std::string_view::npos) return {};
  header.remove_prefix(at + key.size() + 3);
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  return header;
}

std::optional<Shape> parse_shape(std::string_view text) {
  if (!text.starts_with('(')) return std::nullopt;
  const size_t end = text.find(')');
  if (end == std::string_view::npos) return std::nullopt;
  text = text.substr(1, end - 1);
  Shape shape;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(", "), text.size()));
    if (text.empty()) return shape;
    int64_t extent = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), extent);
    if (error != std::errc() || extent < 0 || shape.size() >= 8) return std::nullopt;
    shape.push_back(extent);
    text.remove_prefix(static_cast<size_t>(stop - text.data()));
  }
}

}  // namespace

Result<NpyArray> parse_npy(std::span<const uint8_t> bytes, std::string_view name) {
  const auto bad = [&](std::string_view what) {
    return usage_error(fmt::format("{}: not a readable .npy file: {}", name, what));
  };
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic) || text.size() < 10)
    return bad("it does not start with \\x93NUMPY and a header");
  const uint8_t version = bytes[6];
  if (version < 1 || version > 3) return bad(fmt::format("version {} is not known", version));
  size_t length = bytes[8] | bytes[9] << 8, start = 10;
  if (version >= 2) {
    if (text.size() < 12) return bad("the header is cut short");
    length |= static_cast<size_t>(bytes[10]) << 16 | static_cast<size_t>(bytes[11]) << 24;
    start = 12;
  }
  if (length > text.size() - start) return bad("the header is cut short");
  const std::string_view header = text.substr(start, length);

  NpyArray array;
  const std::string_view descr = after_key(header, "descr");
  const auto* found = std::find_if(kDescrs.begin(), kDescrs.end(), [&](const Descr& row) {
    return descr.size() >= 5 && descr.substr(1, 3) == row.text;
  });
  if (found == kDescrs.end())
    return bad(
        fmt::format("its element type is {}; save x.astype(np.float32), or integers or bool, little-endian",
                    descr.substr(0, descr.find_first_of(",}"))));
  array.dtype = found->dtype;
  if (!after_key(header, "fortran_order").starts_with("False"))
    return bad("it is in Fortran order; save np.ascontiguousarray(x)");
  const auto shape = parse_shape(after_key(header, "shape"));
  const auto count = shape ? element_count(*shape) : std::nullopt;
  if (!count) return bad("its shape cannot be read");
  array.shape = *shape;
  array.data = bytes.subspan(start + length);
  const auto wanted = static_cast<size_t>(*count * size_of(array.dtype));
  if (array.data.size() != wanted)
    return bad(fmt::format("it should hold {} bytes of data, but has {}", wanted, array.data.size()));
  return array;
}

}  // namespace midge::cli
