#include "import/operator_rows.h"

namespace midge::import {

const OperatorRow* find_row(schema::BuiltinOperator code) {
  for (std::span<const OperatorRow> rows : {windowed_rows(), arithmetic_rows(), layout_rows(), slice_rows()})
    for (const OperatorRow& row : rows)
      if (row.code == code) return &row;
  return nullptr;
}

}  // namespace midge::import
