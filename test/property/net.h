// A network under construction from random choices, with the bytes of its inputs.
#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"
#include "property/random.h"

namespace midge::test {

// What the elements of an input are like.
enum class Tone {
  kPlain,  // all codes; reals around 0 whose sums and products stay finite
  kWild,   // also nothing but extremes; reals of every magnitude, infinities, NaN
};

graph::Bytes random_elements(Random& random, DType dtype, int64_t count, Tone tone);

class Net {
 public:
  Net(Random& random, Tone tone) : random_(random), tone_(tone) { graph_.name = "random"; }

  Random& random() { return random_; }
  const graph::Value& value(ValueId id) const { return graph_.value(id); }
  const Shape& shape(ValueId id) const { return value(id).shape; }
  DType dtype(ValueId id) const { return value(id).dtype; }
  bool is_input(ValueId id) const;

  // Scales of all magnitudes, zero points often at an end; per tensor.
  graph::Quantization parameters();

  ValueId input(DType dtype, Shape shape);
  // Gives the input other elements.
  void refill(ValueId input, graph::Bytes bytes);
  ValueId constant(DType dtype, Shape shape);
  ValueId constant_of(DType dtype, Shape shape, graph::Bytes bytes);
  // An input or a constant.
  ValueId operand(DType dtype, Shape shape);
  // Constant weights with zero point 0, per tensor or per index of `axis`.
  ValueId weights(DType dtype, Shape shape, int32_t axis);
  // For weights of that type; an absent one now and then.
  ValueId bias(DType weights, int64_t channels);

  // Appends an operator. Without a shape its output's shape and type are the inferred ones; a node that
  // cannot be inferred spoils the network. An int8 output gets random parameters.
  ValueId node(graph::Op op, std::vector<ValueId> inputs);
  ValueId node(graph::Op op, std::vector<ValueId> inputs, DType dtype, Shape shape);
  // The quantisation of `id` is that of `other`, or `quantization`.
  ValueId quantized_as(ValueId id, ValueId other);
  ValueId quantized_as(ValueId id, std::optional<graph::Quantization> quantization);

  bool spoilt() const { return spoilt_; }
  graph::Graph& graph() { return graph_; }
  std::vector<graph::Bytes>& contents() { return contents_; }

 private:
  ValueId add_value(DType dtype, Shape shape);

  Random& random_;
  Tone tone_;
  graph::Graph graph_;
  std::vector<graph::Bytes> contents_;  // per graph input
  bool spoilt_ = false;
};

}  // namespace midge::test
