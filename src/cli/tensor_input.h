// Files → the bytes of an input tensor: .bin (raw), .npy (NumPy), .png (an image).
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"

namespace midge::cli {

// Pixels become (pixel / 255 - mean) / std, then the tensor's element type (quantised where it is).
struct Normalisation {
  double mean = 0.0, std = 1.0;
};

Result<std::vector<uint8_t>> read_tensor(const std::filesystem::path& file, const graph::Value& value,
                                         const Normalisation& normalisation);

// The fixed pseudo-random input: code (i * 37 + 11) & 0xff for element i; for float32, that code / 255.
std::vector<uint8_t> pseudo_random_tensor(const graph::Value& value);

// From real numbers, row-major, one per element; out of range saturates.
Result<std::vector<uint8_t>> encode_reals(const std::vector<double>& reals, const graph::Value& value);

}  // namespace midge::cli
