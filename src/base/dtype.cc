#include "base/dtype.h"

#include <array>
#include <limits>

#include "base/check.h"

namespace midge {
namespace {

struct Row {
  DType type;
  std::string_view name, c_name;
  int64_t bytes, min, max;
};

template <class T>
constexpr Row integer_row(DType type, std::string_view name, std::string_view c_name) {
  return {type,
          name,
          c_name,
          sizeof(T),
          std::numeric_limits<T>::min(),
          sizeof(T) == 8 ? INT64_MAX : static_cast<int64_t>(std::numeric_limits<T>::max())};
}

constexpr std::array<Row, 10> kRows = {{
    {DType::kBool, "bool", "uint8_t", 1, 0, 1},
    integer_row<int8_t>(DType::kI8, "i8", "int8_t"),
    integer_row<uint8_t>(DType::kU8, "u8", "uint8_t"),
    integer_row<int16_t>(DType::kI16, "i16", "int16_t"),
    integer_row<uint16_t>(DType::kU16, "u16", "uint16_t"),
    integer_row<int32_t>(DType::kI32, "i32", "int32_t"),
    integer_row<uint32_t>(DType::kU32, "u32", "uint32_t"),
    integer_row<int64_t>(DType::kI64, "i64", "int64_t"),
    integer_row<uint64_t>(DType::kU64, "u64", "uint64_t"),
    {DType::kF32, "f32", "float", 4, 0, 0},
}};

const Row& row(DType type) {
  const Row& found = kRows.at(static_cast<size_t>(type));
  MIDGE_CHECK(found.type == type);
  return found;
}

}  // namespace

int64_t size_of(DType type) {
  return row(type).bytes;
}
std::string_view name_of(DType type) {
  return row(type).name;
}
std::string_view c_name_of(DType type) {
  return row(type).c_name;
}
bool is_integer(DType type) {
  return type != DType::kBool && type != DType::kF32;
}
bool is_signed(DType type) {
  return is_integer(type) && row(type).min < 0;
}
int64_t min_of(DType type) {
  return row(type).min;
}
int64_t max_of(DType type) {
  return row(type).max;
}

std::optional<DType> parse_dtype(std::string_view name) {
  for (const Row& candidate : kRows)
    if (candidate.name == name) return candidate.type;
  return std::nullopt;
}

std::optional<int64_t> element_count(const Shape& shape) {
  constexpr int64_t kMost = int64_t{1} << 40;
  int64_t count = 1;
  for (int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    if (extent > 0 && count > kMost / extent) return std::nullopt;
    count *= extent;
  }
  return count;
}

}  // namespace midge
