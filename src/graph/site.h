// One node at the moment it is checked: its operands by number, and error messages that name it.
//
// A Site is only made of a node whose ids are in range, whose arity is right and whose values have sane
// shapes
// (`open_site`), so that the rules of infer_*.cc can compute with extents without overflow: at most kMostAxes
// axes, every extent and every product of extents in 1 ... kMostElements.
#pragma once

#include <fmt/format.h>

#include <array>
#include <initializer_list>
#include <string>

#include "graph/graph.h"
#include "graph/text.h"

namespace midge::graph {

constexpr size_t kMostAxes = 8;
constexpr int64_t kMostElements = INT32_MAX;  // indices are int32 on the chip

// Shape within the limits above, and a constant's bytes as many as its shape needs.
Result<void> check_value(const Value& value);

class Site {
 public:
  Site(const Graph& graph, const Node& node) : graph_(&graph), node_(&node) {}

  const Node& node() const { return *node_; }
  size_t inputs() const { return node_->inputs.size(); }
  bool has(size_t i) const { return i < node_->inputs.size() && node_->inputs[i].valid(); }
  const Value& in(size_t i) const { return graph_->value(node_->inputs.at(i)); }
  const Value& out() const { return graph_->value(node_->outputs.at(0)); }

  std::string who() const;           // CONV_2D#3
  std::string show(size_t i) const;  // weights 'w' i8[8,3,3,4]

  template <class... Args>
  Error error(fmt::format_string<Args...> format, Args&&... args) const {
    return model_error(fmt::format("{}: {}", who(), fmt::format(format, std::forward<Args>(args)...)));
  }
  Result<void> expect_rank(size_t i, size_t rank) const;
  Result<void> expect_dtype(size_t i, std::initializer_list<DType> allowed) const;
  Result<void> expect_same_dtype(size_t i, size_t j) const;

 private:
  const Graph* graph_;
  const Node* node_;
};

// Checks ids, arity and the values' shapes.
Result<Site> open_site(const Graph& graph, const Node& node);

// What the inputs of an operator are called, and how many of them must be there.
struct Arity {
  size_t least = 1, most = 1;
  std::array<std::string_view, 3> roles;  // empty: "input 3"
};
const Arity& arity_of(const Op& op);

// The rules: the type of an operator's output, or what is wrong with the node. One file per operator family.
#define MIDGE_RULE(type, name) Result<TensorType> infer_op(const Site& site, const type& op);
MIDGE_FOR_EACH_OP(MIDGE_RULE)
#undef MIDGE_RULE

// The quantisation that an operator needs of its operands (verify_quantization.cc).
Result<void> check_quantization(const Site& site);

}  // namespace midge::graph
