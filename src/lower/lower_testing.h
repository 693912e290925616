// For the tests of lowerings: a small network with its inputs' elements, lowered as one group and
// interpreted.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "loop/interpret.h"
#include "loop/ir.h"
#include "lower/context.h"
#include "lower/lower.h"

namespace midge::lower::testing {

inline graph::Quantization affine(float scale, int32_t zero_point) {
  return {{scale}, {zero_point}, -1};
}

inline size_t count_of(const Shape& shape) {
  return static_cast<size_t>(element_count(shape).value());
}

// The position of the element at `index` in row-major order.
inline size_t flat(const Shape& shape, const Shape& index) {
  int64_t at = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis) at = at * shape[axis] + index[axis];
  return static_cast<size_t>(at);
}

template <class F>
void for_each_index(const Shape& shape, F&& f) {
  Shape index(shape.size(), 0);
  for (size_t n = count_of(shape); n > 0; --n) {
    f(std::as_const(index));
    for (size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
}

inline int64_t pick(std::mt19937& random, int64_t low, int64_t high) {
  return low + static_cast<int64_t>(random() % static_cast<uint64_t>(high - low + 1));
}

inline Shape random_shape(std::mt19937& random, size_t rank) {
  Shape shape(rank);
  for (int64_t& extent : shape) extent = std::max<int64_t>(1, pick(random, -1, 4));  // often 1
  return shape;
}

// first, first + 1, ...
template <class T>
std::vector<T> counting(const Shape& shape, T first = 0) {
  std::vector<T> elements(count_of(shape));
  for (T& element : elements) element = first++;
  return elements;
}

template <class T>
std::vector<T> random_elements(const Shape& shape, std::mt19937& random, int low = -128, int high = 127) {
  std::vector<T> elements(count_of(shape));
  for (T& element : elements) element = static_cast<T>(pick(random, low, high));
  return elements;
}

template <class T>
graph::Bytes to_bytes(const std::vector<T>& elements) {
  graph::Bytes bytes(elements.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), elements.data(), bytes.size());
  return bytes;
}

class Net {
 public:
  Net() { graph_.name = "net"; }

  template <class T>
  ValueId input(const Shape& shape, const std::vector<T>& elements,
                std::optional<graph::Quantization> quantization = {}) {
    const ValueId id = add({"x", dtype_of<T>(), shape, std::move(quantization), nullptr});
    graph_.inputs.push_back(id);
    contents_.emplace_back(id, to_bytes(elements));
    return id;
  }
  template <class T>
  ValueId constant(const Shape& shape, const std::vector<T>& elements,
                   std::optional<graph::Quantization> quantization = {}) {
    const auto data = std::make_shared<const graph::Bytes>(to_bytes(elements));
    return add({"c", dtype_of<T>(), shape, std::move(quantization), data});
  }
  // Appends an operator; the last one makes the network's output.
  ValueId node(graph::Op op, std::vector<ValueId> inputs, DType dtype, const Shape& shape,
               std::optional<graph::Quantization> quantization = {}) {
    const ValueId id = add({"y", dtype, shape, std::move(quantization), nullptr});
    const std::string source = "NODE#" + std::to_string(graph_.nodes.size());
    graph_.nodes.push_back({std::move(op), std::move(inputs), {id}, source});
    graph_.outputs = {id};
    return id;
  }

  // The output's elements, by the kernel of all nodes as one group.
  template <class T>
  std::vector<T> run() {
    const graph::Bytes bytes = run_bytes();
    std::vector<T> elements(bytes.size() / sizeof(T));
    if (!elements.empty()) std::memcpy(elements.data(), bytes.data(), bytes.size());
    return elements;
  }
  // Why the group cannot be lowered; empty if it can.
  std::string fault() {
    const auto lowered = lower(graph_, group());
    return lowered ? "" : lowered.error().message;
  }
  // The kernel as text.
  std::string text() const {
    const auto lowered = lower(graph_, group());
    return lowered ? loop::print(lowered->kernel) : lowered.error().message;
  }

 private:
  ValueId add(graph::Value value) { return graph_.add_value(std::move(value)); }

  Group group() const {
    Group all;
    for (size_t n = 0; n < graph_.nodes.size(); ++n) all.nodes.push_back({static_cast<int32_t>(n)});
    return all;
  }

  graph::Bytes run_bytes() {
    const auto valid = graph::verify(graph_);
    EXPECT_TRUE(valid) << valid.error().message;
    const auto lowered = lower(graph_, group());
    if (!lowered) {
      ADD_FAILURE() << lowered.error().message;
      return {};
    }
    const loop::Kernel& kernel = lowered->kernel;
    const auto sound = loop::verify(kernel);
    EXPECT_TRUE(sound) << sound.error().message;
    graph::Bytes output;
    std::vector<std::span<uint8_t>> memory(kernel.buffers.size());
    std::vector<graph::Bytes> scratch(kernel.buffers.size());
    size_t argument = 0;
    for (size_t b = 0; b < kernel.buffers.size(); ++b) {
      const loop::Buffer& buffer = kernel.buffers[b];
      scratch[b].resize(static_cast<size_t>(loop::byte_span(buffer)));
      if (buffer.memory == loop::Memory::kScratch) memory[b] = scratch[b];
      if (buffer.memory != loop::Memory::kInput && buffer.memory != loop::Memory::kOutput) continue;
      const ValueId value = lowered->arguments.at(argument++);
      if (buffer.memory == loop::Memory::kInput) {
        for (auto& [id, bytes] : contents_)
          if (id == value) memory[b] = bytes;
      } else {
        output.assign(scratch[b].size(), 0xa5);  // garbage, so that an element nobody stores shows
        memory[b] = output;
      }
    }
    const auto done = loop::interpret(kernel, memory);
    EXPECT_TRUE(done) << done.error().message << "\n" << loop::print(kernel);
    return output;
  }

  graph::Graph graph_;
  std::vector<std::pair<ValueId, graph::Bytes>> contents_;
};

}  // namespace midge::lower::testing
