#include "lower/evaluate.h"

#include <fmt/format.h>

#include "base/check.h"
#include "loop/interpret.h"

namespace midge::lower {

Result<void> evaluate_group(const graph::Graph& graph, const Group& group,
                            std::vector<graph::Bytes>& values) {
  MIDGE_ASSIGN(const Lowered lowered, lower(graph, group));
  const loop::Kernel& kernel = lowered.kernel;
  std::vector<graph::Bytes> scratch(kernel.buffers.size());
  std::vector<std::span<uint8_t>> memory(kernel.buffers.size());
  size_t argument = 0;
  for (size_t i = 0; i < kernel.buffers.size(); ++i) {
    const loop::Buffer& buffer = kernel.buffers[i];
    if (buffer.memory == loop::Memory::kScratch) {
      scratch[i].resize(static_cast<size_t>(loop::byte_span(buffer)));
      memory[i] = scratch[i];
    } else if (buffer.memory == loop::Memory::kInput || buffer.memory == loop::Memory::kOutput) {
      const ValueId id = lowered.arguments.at(argument++);
      graph::Bytes& bytes = values.at(id.at());
      if (buffer.memory == loop::Memory::kOutput)
        bytes.assign(static_cast<size_t>(graph::byte_size(graph.value(id))), 0);
      memory[i] = bytes;
    }
  }
  MIDGE_CHECK(argument == lowered.arguments.size());
  return loop::interpret(kernel, memory);
}

Result<std::vector<graph::Bytes>> evaluate_all(const graph::Graph& graph,
                                               std::span<const graph::Bytes> inputs) {
  if (inputs.size() != graph.inputs.size())
    return usage_error(
        fmt::format("the network has {} inputs, {} given", graph.inputs.size(), inputs.size()));
  std::vector<graph::Bytes> values(graph.values.size());
  for (size_t i = 0; i < graph.values.size(); ++i)
    if (graph.values[i].is_constant()) values[i] = *graph.values[i].data;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const graph::Value& value = graph.value(graph.inputs[i]);
    if (static_cast<int64_t>(inputs[i].size()) != graph::byte_size(value))
      return usage_error(fmt::format("input {}: {} bytes expected, {} given", value.name,
                                     graph::byte_size(value), inputs[i].size()));
    values[graph.inputs[i].at()] = inputs[i];
  }
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    MIDGE_TRY(evaluate_group(graph, Group{{NodeId{static_cast<int32_t>(i)}}}, values));
  return values;
}

Result<std::vector<graph::Bytes>> evaluate(const graph::Graph& graph, std::span<const graph::Bytes> inputs) {
  MIDGE_ASSIGN(std::vector<graph::Bytes> values, evaluate_all(graph, inputs));
  std::vector<graph::Bytes> outputs;
  for (ValueId id : graph.outputs) outputs.push_back(std::move(values[id.at()]));
  return outputs;
}

}  // namespace midge::lower
