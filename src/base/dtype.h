// Element types and shapes, shared by both IRs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace midge {

enum class DType : uint8_t { kBool, kI8, kU8, kI16, kU16, kI32, kU32, kI64, kU64, kF32 };

int64_t size_of(DType type);             // bytes of one element (kBool: 1)
std::string_view name_of(DType type);    // "i8", "f32", "bool"
std::string_view c_name_of(DType type);  // "int8_t", "float", "uint8_t" for bool
std::optional<DType> parse_dtype(std::string_view name);
bool is_integer(DType type);  // neither bool nor float
bool is_signed(DType type);   // signed integer
int64_t min_of(DType type);   // of an integer type; kU64 is not asked for
int64_t max_of(DType type);

// Extents, outermost first; empty: a scalar.
using Shape = std::vector<int64_t>;

// Number of elements, or nothing when an extent is negative or the product exceeds 2^40.
std::optional<int64_t> element_count(const Shape& shape);

}  // namespace midge
