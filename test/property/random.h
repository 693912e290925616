// Choices of a property test, all from one seed.
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <vector>

#include "base/dtype.h"

namespace midge::test {

class Random {
 public:
  explicit Random(std::seed_seq& seed) : engine_(seed) {}

  uint32_t bits() { return engine_(); }
  int64_t pick(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(engine_() % static_cast<uint64_t>(high - low + 1));
  }
  bool one_in(int64_t n) { return pick(1, n) == 1; }
  float uniform(float low, float high) {
    return low + (high - low) * static_cast<float>(engine_() % 1'000'003) / 1'000'003.0f;
  }
  // Every order of magnitude is as likely as every other.
  float log_uniform(float low, float high) { return std::exp2(uniform(std::log2(low), std::log2(high))); }
  template <class T>
  T one_of(std::initializer_list<T> options) {
    return options.begin()[static_cast<size_t>(pick(0, static_cast<int64_t>(options.size()) - 1))];
  }
  template <class T>
  const T& element_of(const std::vector<T>& options) {
    return options[static_cast<size_t>(pick(0, std::ssize(options) - 1))];
  }
  Shape shape(int64_t rank) {
    Shape shape(static_cast<size_t>(rank));
    for (int64_t& extent : shape) extent = one_in(4) ? 1 : pick(1, rank > 3 ? 4 : 7);
    if (rank > 0 && one_in(6)) shape[static_cast<size_t>(pick(0, rank - 1))] = pick(8, 40);
    return shape;
  }
  // Not std::shuffle: its choices may differ between libraries, and a seed must mean the same everywhere.
  template <class T>
  void shuffle(std::vector<T>& items) {
    for (int64_t i = std::ssize(items) - 1; i > 0; --i)
      std::swap(items[static_cast<size_t>(i)], items[static_cast<size_t>(pick(0, i))]);
  }

 private:
  std::mt19937 engine_;
};

}  // namespace midge::test
