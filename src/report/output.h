// What a network answered, for people: the class and its probability, the largest elements.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace midge::report {

// Elements' indices, the largest first, of equal ones the first first; NaN counts as the smallest.
std::vector<int64_t> ranked(const graph::Value& value, std::span<const uint8_t> bytes);

// The largest element's class, when the elements are a probability distribution: none below 0, and their sum
// is 1 but for their rounding. A regression or raw scores have no class to tell.
struct Class {
  int64_t index = 0;
  double probability = 0;
};
std::optional<Class> most_probable(const graph::Value& value, std::span<const uint8_t> bytes);

// A line with the tensor's name and type, then a table of its largest elements. `labels`: one per element, or
// empty.
std::string output_text(const graph::Value& value, std::span<const uint8_t> bytes,
                        std::span<const std::string> labels);

}  // namespace midge::report
