// The operators of the .tflite format that can be imported: one row each, in one table per family.
//
// A row's function turns one operator into one or more nodes. Element types, quantisation and shapes are
// judged afterwards by graph::verify, once for all importers; the functions only check what they compute with
// themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "import/operator_reader.h"

namespace midge::import {

constexpr size_t kAny = SIZE_MAX;

struct OperatorRow {
  schema::BuiltinOperator code;
  size_t least_inputs,
      most_inputs;  // inputs from `least_inputs` on may be absent, unless most_inputs is kAny
  size_t outputs;   // kAny: one or more
  Result<void> (*read)(OperatorReader&);
};

std::span<const OperatorRow> windowed_rows();  // windowed_rows.cc: convolutions and pools
std::span<const OperatorRow>
arithmetic_rows();  // arithmetic_rows.cc: products, elementwise, reductions, conversions
std::span<const OperatorRow> layout_rows();  // layout_rows.cc: operators that move, join or repeat elements
std::span<const OperatorRow> slice_rows();   // slice_rows.cc: operators that take parts of a tensor

// Null: not supported.
const OperatorRow* find_row(schema::BuiltinOperator code);

}  // namespace midge::import
