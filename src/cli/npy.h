// NumPy's .npy files, versions 1 to 3, little-endian, C order. The format: "\x93NUMPY", two version bytes,
// the header's length (2 or 4 bytes), a Python dict literal with 'descr', 'fortran_order' and 'shape', then
// the data.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/dtype.h"
#include "base/result.h"

namespace midge::cli {

struct NpyArray {
  DType dtype = DType::kF32;
  Shape shape;
  std::span<const uint8_t> data;  // inside the given bytes, exactly the array's
};

Result<NpyArray> parse_npy(std::span<const uint8_t> bytes, std::string_view name);

}  // namespace midge::cli
