// The graph IR: a network as values (tensors) and nodes (operators), mutated in place by passes.
//
// Values and nodes sit in flat tables and are named by ids. Nodes are kept in an order in which every value
// is made before it is used. A pass that drops a node or value calls `compact`, which renumbers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/dtype.h"
#include "base/ids.h"
#include "base/result.h"
#include "graph/ops.h"

namespace midge::graph {

// real = scale * (code - zero_point). Per tensor: one entry. Per axis: one entry per index of `axis`.
struct Quantization {
  std::vector<float> scales;
  std::vector<int32_t> zero_points;
  int32_t axis = -1;  // -1: per tensor

  bool per_axis() const { return axis >= 0; }
  float scale() const { return scales.front(); }
  int32_t zero_point() const { return zero_points.front(); }
  friend bool operator==(const Quantization&, const Quantization&) = default;
};

using Bytes = std::vector<uint8_t>;

struct Value {
  std::string name;  // unique within the graph
  DType dtype = DType::kI8;
  Shape shape;
  std::optional<Quantization> quantization;
  std::shared_ptr<const Bytes> data;  // a constant's elements, little-endian, row-major; null: computed

  bool is_constant() const { return data != nullptr; }
};

struct Node {
  Op op;
  std::vector<ValueId> inputs;  // invalid id: an optional input that is absent
  std::vector<ValueId> outputs;
  std::string source;  // the operator it came from, as the user knows it: "CONV_2D#3"
};

struct Graph {
  std::string name;
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<ValueId> inputs, outputs;

  Value& value(ValueId id) { return values.at(id.at()); }
  const Value& value(ValueId id) const { return values.at(id.at()); }
  Node& node(NodeId id) { return nodes.at(id.at()); }
  const Node& node(NodeId id) const { return nodes.at(id.at()); }
  ValueId add_value(Value value);  // makes the name unique
  bool is_output(ValueId id) const;
};

// The node that makes `id`, or an invalid id (a graph input or a constant).
NodeId producer(const Graph& graph, ValueId id);
// Every node that reads `id`, in order.
std::vector<NodeId> consumers(const Graph& graph, ValueId id);

// Drops values that nobody names and nodes marked by an empty `outputs`; renumbers both tables.
void compact(Graph& graph);

// Checks the whole graph: ids in range, order, arity, dtypes, shapes and quantisation of every operator
// (against shape inference). The message names the node and the value. What a file can cause is a kModel
// error.
Result<void> verify(const Graph& graph);

// The shapes and element types that `node`'s outputs must have, from its inputs (quantisation is not
// inferred).
struct TensorType {
  DType dtype;
  Shape shape;
};
Result<std::vector<TensorType>> infer(const Graph& graph, const Node& node);

// Text form; print(parse(t)) == t for every t that print made. Constants are printed in full.
std::string print(const Graph& graph);
Result<Graph> parse(std::string_view text);

// Multiply-accumulates of one node (0 for operators without any), and stored bytes of a value.
int64_t macs(const Graph& graph, const Node& node);
int64_t byte_size(const Value& value);

}  // namespace midge::graph
