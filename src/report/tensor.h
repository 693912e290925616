// Tensor bytes as numbers for people and scripts.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace midge::report {

// Element `index` as stored, as a number.
double stored(const graph::Value& value, std::span<const uint8_t> bytes, int64_t index);
// The same as a real number: dequantised where the tensor is quantised per tensor.
double real(const graph::Value& value, std::span<const uint8_t> bytes, int64_t index);

// {name, shape, dtype, data}, data as stored and flat.
nlohmann::ordered_json tensor_json(const graph::Value& value, std::span<const uint8_t> bytes);

// Indented. A name that is not UTF-8 gets replacement characters, since JSON has no other letters.
std::string json_text(const nlohmann::ordered_json& object);

// "[1,10]"
std::string shape_text(const Shape& shape);

}  // namespace midge::report
