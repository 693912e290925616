// .tflite (schema version 3) → Graph. A model file is hostile: it is verified before it is read, and every
// index, offset, shape product and buffer size is checked before it is used.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "graph/graph.h"

namespace midge::import {

// `name`: what messages call the file, and the graph's name. Errors are kModel, one line: either what is
// broken and where, or "not supported: ..." with the operator, its index and its tensor.
Result<graph::Graph> import_tflite(std::span<const uint8_t> bytes, std::string_view name);

}  // namespace midge::import
