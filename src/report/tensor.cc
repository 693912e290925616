#include "report/tensor.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/check.h"

namespace midge::report {
namespace {

template <class T>
T read(const uint8_t* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

// Calls f with the element in its own C++ type.
template <class F>
auto with_element(DType type, const uint8_t* at, F f) {
  switch (type) {
    case DType::kBool:
      return f(read<uint8_t>(at) != 0);
    case DType::kI8:
      return f(read<int8_t>(at));
    case DType::kU8:
      return f(read<uint8_t>(at));
    case DType::kI16:
      return f(read<int16_t>(at));
    case DType::kU16:
      return f(read<uint16_t>(at));
    case DType::kI32:
      return f(read<int32_t>(at));
    case DType::kU32:
      return f(read<uint32_t>(at));
    case DType::kI64:
      return f(read<int64_t>(at));
    case DType::kU64:
      return f(read<uint64_t>(at));
    case DType::kF32:
      break;
  }
  return f(read<float>(at));
}

const uint8_t* element_at(const graph::Value& value, std::span<const uint8_t> bytes, int64_t index) {
  const auto offset = static_cast<size_t>(index * size_of(value.dtype));
  MIDGE_CHECK(index >= 0 && offset + static_cast<size_t>(size_of(value.dtype)) <= bytes.size());
  return bytes.data() + offset;
}

}  // namespace

double stored(const graph::Value& value, std::span<const uint8_t> bytes, int64_t index) {
  return with_element(value.dtype, element_at(value, bytes, index),
                      [](auto x) { return static_cast<double>(x); });
}

double real(const graph::Value& value, std::span<const uint8_t> bytes, int64_t index) {
  const double code = stored(value, bytes, index);
  if (value.dtype != DType::kI8 || !value.quantization || value.quantization->per_axis()) return code;
  return (code - value.quantization->zero_point()) * static_cast<double>(value.quantization->scale());
}

nlohmann::ordered_json tensor_json(const graph::Value& value, std::span<const uint8_t> bytes) {
  nlohmann::ordered_json data = nlohmann::ordered_json::array();
  const int64_t count = element_count(value.shape).value_or(0);
  for (int64_t i = 0; i < count; ++i)
    with_element(value.dtype, element_at(value, bytes, i), [&](auto x) {
      // JSON has no NaN or infinity: they become null, as most readers expect.
      if constexpr (std::is_same_v<decltype(x), float>) {
        if (!std::isfinite(x)) return data.push_back(nullptr);
      }
      data.push_back(x);
    });
  return {{"name", value.name},
          {"shape", value.shape},
          {"dtype", name_of(value.dtype)},
          {"data", std::move(data)}};
}

std::string json_text(const nlohmann::ordered_json& object) {
  return object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string shape_text(const Shape& shape) {
  return fmt::format("[{}]", fmt::join(shape, ","));
}

}  // namespace midge::report
