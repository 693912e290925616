#include "graph/graph.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace midge::graph {
namespace {

bool has_name(const Graph& graph, std::string_view name) {
  return std::any_of(graph.values.begin(), graph.values.end(),
                     [&](const Value& value) { return value.name == name; });
}

// Calls f on every value id that the graph holds, absent optional inputs included.
template <class F>
void for_each_id(Graph& graph, F&& f) {
  for (ValueId& id : graph.inputs) f(id);
  for (ValueId& id : graph.outputs) f(id);
  for (Node& node : graph.nodes) {
    for (ValueId& id : node.inputs) f(id);
    for (ValueId& id : node.outputs) f(id);
  }
}

}  // namespace

ValueId Graph::add_value(Value value) {
  const auto id = ValueId{static_cast<int32_t>(values.size())};
  if (value.name.empty()) value.name = std::string("v");  // GCC 12 warns wrongly of assigning the literal
  if (has_name(*this, value.name)) {
    // The id makes a first guess that is nearly always free, so that many equal names stay cheap.
    const std::string base = value.name;
    for (int32_t suffix = id.index; has_name(*this, value.name); ++suffix)
      value.name = fmt::format("{}_{}", base, suffix);
  }
  values.push_back(std::move(value));
  return id;
}

bool Graph::is_output(ValueId id) const {
  return std::find(outputs.begin(), outputs.end(), id) != outputs.end();
}

NodeId producer(const Graph& graph, ValueId id) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const std::vector<ValueId>& outputs = graph.nodes[i].outputs;
    if (std::find(outputs.begin(), outputs.end(), id) != outputs.end())
      return NodeId{static_cast<int32_t>(i)};
  }
  return NodeId{};
}

std::vector<NodeId> consumers(const Graph& graph, ValueId id) {
  std::vector<NodeId> found;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const std::vector<ValueId>& inputs = graph.nodes[i].inputs;
    if (std::find(inputs.begin(), inputs.end(), id) != inputs.end())
      found.push_back(NodeId{static_cast<int32_t>(i)});
  }
  return found;
}

void compact(Graph& graph) {
  std::erase_if(graph.nodes, [](const Node& node) { return node.outputs.empty(); });
  std::vector<bool> named(graph.values.size(), false);
  for_each_id(graph, [&](ValueId& id) {
    if (id.valid()) named.at(id.at()) = true;
  });
  std::vector<ValueId> renumbered(graph.values.size());
  std::vector<Value> kept;
  for (size_t i = 0; i < graph.values.size(); ++i) {
    if (!named[i]) continue;
    renumbered[i] = ValueId{static_cast<int32_t>(kept.size())};
    kept.push_back(std::move(graph.values[i]));
  }
  graph.values = std::move(kept);
  for_each_id(graph, [&](ValueId& id) {
    if (id.valid()) id = renumbered.at(id.at());
  });
}

std::string_view op_name(const Op& op) {
  struct Namer {
#define MIDGE_OP_NAME(type, name)                  \
  std::string_view operator()(const type&) const { \
    return #name;                                  \
  }
    MIDGE_FOR_EACH_OP(MIDGE_OP_NAME)
#undef MIDGE_OP_NAME
    std::string_view operator()(std::monostate) const { return "none"; }
  };
  return std::visit(Namer{}, op);
}

int64_t byte_size(const Value& value) {
  const std::optional<int64_t> count = element_count(value.shape);
  MIDGE_CHECK(count.has_value());
  return *count * size_of(value.dtype);
}

}  // namespace midge::graph
