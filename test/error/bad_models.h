// Hand-made model files that must be refused, each with one thing wrong. Case NAME's exact message stands in
// bad-NAME.txt beside this file; MIDGE_REWRITE_GOLDEN=1 writes these files anew.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "import/model_testing.h"

namespace midge::import {

struct BadModel {
  std::string name;
  std::function<std::vector<uint8_t>()> make;
};

// The small convolution model, spoilt.
inline BadModel spoilt(std::string name, const std::function<void(ModelFile&)>& spoil) {
  return {std::move(name), [spoil] {
            ModelFile file = small_conv_model();
            spoil(file);
            return file.bytes();
          }};
}

std::vector<BadModel> bad_structures();  // the file, its tables, the graph's wiring
std::vector<BadModel> bad_tensors();     // types, shapes, quantisation, data
std::vector<BadModel> bad_operators();   // options and constant parameters

}  // namespace midge::import
