// One operator of a .tflite file while it is turned into nodes: its tensors by position, its options, its
// constant parameters, and messages that name it. The table of operators (operator_rows.h) has checked how
// many tensors there are and that each is one of the file's, so positions below those counts are always good.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "import/tflite_generated.h"
#include "import/tflite_tensors.h"

namespace midge::import {

// The graph under construction: tensors become values of the graph when a node first names them, so that
// tensors which only carry parameters (axes, paddings) stay outside.
class GraphBuilder {
 public:
  GraphBuilder(std::string name, std::vector<graph::Value> tensors, Budget& budget);

  const graph::Value& tensor(int32_t index) const { return tensors_.at(static_cast<size_t>(index)); }
  ValueId value(int32_t index);
  // The int8 constant `index` as float32; invalid: the budget is exhausted.
  ValueId dequantized(int32_t index);
  ValueId add(graph::Value value) { return graph_.add_value(std::move(value)); }
  void add(graph::Node node) { graph_.nodes.push_back(std::move(node)); }
  graph::Graph& graph() { return graph_; }

 private:
  std::vector<graph::Value> tensors_;
  std::vector<ValueId> ids_;                // of each tensor; invalid: not in the graph yet
  std::map<int32_t, ValueId> dequantized_;  // by tensor
  Budget& budget_;
  graph::Graph graph_;
};

class OperatorReader {
 public:
  OperatorReader(GraphBuilder& builder, const schema::Operator& op, const schema::SubGraph& subgraph,
                 Place place)
      : builder_(builder), op_(op), subgraph_(subgraph), place_(std::move(place)) {}

  size_t input_count() const { return op_.inputs() == nullptr ? 0 : op_.inputs()->size(); }
  size_t output_count() const { return op_.outputs() == nullptr ? 0 : op_.outputs()->size(); }
  bool has_input(size_t i) const { return i < input_count() && input_index(i) >= 0; }
  const graph::Value& input(size_t i) const { return builder_.tensor(input_index(i)); }
  const graph::Value& output(size_t i = 0) const { return builder_.tensor(output_index(i)); }

  const Place& place() const { return place_; }
  Place input_place(size_t i) const {
    return tensor_place(place_.file, place_.part, subgraph_, at(input_index(i)));
  }
  Place output_place(size_t i) const {
    return tensor_place(place_.file, place_.part, subgraph_, at(output_index(i)));
  }

  // The options of the operator. An old file may leave out options that are all zero: then `T`'s defaults
  // hold, where the caller can do with them (a null pointer); options of another kind are an error.
  template <class T>
  Result<const T*> options_if_any() const {
    if (op_.builtin_options() == nullptr) return {nullptr};
    if (const T* options = op_.builtin_options_as<T>()) return {options};
    return place_.broken("its options are those of another operator");
  }
  template <class T>
  Result<const T*> options() const {
    MIDGE_ASSIGN(const T* options, options_if_any<T>());
    if (options == nullptr) return place_.broken("its options are missing");
    return {options};
  }

  Result<void> expect_rank(size_t i, size_t rank) const;
  // For nodes whose output's extents are free: a file must not ask for another part than the operator says.
  Result<void> expect_output_shape(size_t i, const Shape& shape) const;

  // The elements of a constant int32 or int64 input; `what` says what they are.
  Result<std::vector<int64_t>> constants(size_t i, std::string_view what) const;
  // The same for exactly `count` elements.
  Result<std::vector<int64_t>> constants(size_t i, std::string_view what, size_t count) const;
  // An axis of something with `rank` axes; negative counts from the end.
  Result<int32_t> axis(int64_t axis, size_t rank) const;

  ValueId input_value(size_t i) { return has_input(i) ? builder_.value(input_index(i)) : ValueId{}; }
  ValueId output_value(size_t i = 0) { return builder_.value(output_index(i)); }
  // A value between two nodes of this operator: as `like`, with another shape.
  ValueId between(const graph::Value& like, Shape shape, std::string_view name_of);

  // Adds a node that reads the inputs at `inputs` and makes output 0.
  void emit(graph::Op op, std::initializer_list<size_t> inputs);
  void emit(graph::Op op, std::vector<ValueId> inputs, ValueId output);
  // Adds a node that reads x, weights and bias (which may be absent). Float activations with int8 weights, as
  // "dynamic range" conversion makes them, become float throughout.
  Result<void> emit_weighted(graph::Op op, size_t x, size_t weights, size_t bias);

 private:
  static size_t at(int32_t index) { return static_cast<size_t>(index); }
  int32_t input_index(size_t i) const { return op_.inputs()->Get(static_cast<uint32_t>(i)); }
  int32_t output_index(size_t i) const { return op_.outputs()->Get(static_cast<uint32_t>(i)); }

  GraphBuilder& builder_;
  const schema::Operator& op_;
  const schema::SubGraph& subgraph_;
  Place place_;
};

Result<graph::Activation> read_activation(const OperatorReader& reader, schema::ActivationFunctionType type);

}  // namespace midge::import
