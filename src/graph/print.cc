// Graph → text. The form is described in text.h.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "graph/text.h"

namespace midge::graph {
namespace {

std::string attribute_text(bool value) {
  return value ? "true" : "false";
}
std::string attribute_text(int32_t value) {
  return fmt::format("{}", value);
}
std::string attribute_text(float value) {
  return fmt::format("{}", value);
}
std::string attribute_text(double value) {
  return fmt::format("{}", value);
}
template <class T>
std::string attribute_text(const std::vector<T>& list) {
  return fmt::format("[{}]", fmt::join(list, ","));
}
template <class E>
  requires std::is_enum_v<E>
std::string attribute_text(E value) {
  return std::string(names_of(value)[static_cast<size_t>(value)]);
}

template <class OpType>
std::string attributes(const OpType& op) {
  std::vector<std::string> defaults;
  const OpType fresh;
  OpType::fields(fresh, [&](const char*, const auto& value) { defaults.push_back(attribute_text(value)); });
  std::string out;
  auto fallback = defaults.begin();
  OpType::fields(op, [&](const char* name, const auto& value) {
    const std::string text = attribute_text(value);
    const bool is_default = text == *fallback++;
    if (!is_default || name == std::string_view("kind")) out += fmt::format(" {}={}", name, text);
  });
  return out;
}

std::string attributes(std::monostate) {
  return "";
}

std::string reference(const Graph& graph, ValueId id) {
  if (!id.valid()) return "_";
  const std::string& name = graph.value(id).name;
  return "%" + (is_plain_name(name) ? name : quote(name));
}

std::string references(const Graph& graph, const std::vector<ValueId>& ids) {
  std::string out;
  for (ValueId id : ids) out += (out.empty() ? "" : ", ") + reference(graph, id);
  return out;
}

std::string value_line(const Graph& graph, ValueId id) {
  const Value& value = graph.value(id);
  std::string out = fmt::format("  {}: {}", reference(graph, id), to_text(value.dtype, value.shape));
  if (value.quantization) out += " " + to_text(*value.quantization);
  if (!value.is_constant()) return out + "\n";
  out += " = 0x";
  out.reserve(out.size() + value.data->size() * 2 + 1);
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (uint8_t byte : *value.data) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out + "\n";
}

std::string node_line(const Graph& graph, const Node& node) {
  std::string out = fmt::format("  {} = {}({})", references(graph, node.outputs), op_name(node.op),
                                references(graph, node.inputs));
  out += std::visit([](const auto& op) { return attributes(op); }, node.op);
  if (!node.source.empty()) out += " from " + quote(node.source);
  return out + "\n";
}

}  // namespace

std::string print(const Graph& graph) {
  std::string out = fmt::format("graph {} {{\n", quote(graph.name));
  for (size_t i = 0; i < graph.values.size(); ++i) out += value_line(graph, ValueId{static_cast<int32_t>(i)});
  if (!graph.inputs.empty()) out += fmt::format("  inputs {}\n", references(graph, graph.inputs));
  for (const Node& node : graph.nodes) out += node_line(graph, node);
  if (!graph.outputs.empty()) out += fmt::format("  outputs {}\n", references(graph, graph.outputs));
  return out + "}\n";
}

}  // namespace midge::graph
