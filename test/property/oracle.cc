#include "property/oracle.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "loop/interpret.h"
#include "report/tensor.h"

namespace midge::test {
namespace {

constexpr int64_t kMostSteps = 100'000'000;

class Arena {
 public:
  explicit Arena(const compile::Program& program)
      : program_(program), bytes_(static_cast<size_t>(program.plan.arena_bytes), 0xa5) {}

  std::span<uint8_t> tensor(int32_t index, int64_t bytes) {
    const auto offset = static_cast<size_t>(program_.plan.offsets.at(static_cast<size_t>(index)));
    return std::span(bytes_).subspan(offset, static_cast<size_t>(bytes));
  }
  std::span<uint8_t> value(ValueId id) {
    return tensor(program_.tensor_of_value.at(id.at()), graph::byte_size(program_.graph.value(id)));
  }

  Result<void> run(const compile::Step& step) {
    std::vector<std::span<uint8_t>> memory;
    size_t argument = 0, scratch = 0;
    for (const loop::Buffer& buffer : step.kernel.buffers) {
      if (buffer.memory == loop::Memory::kInput || buffer.memory == loop::Memory::kOutput)
        memory.push_back(value(step.arguments.at(argument++)));
      else if (buffer.memory == loop::Memory::kScratch)
        memory.push_back(tensor(step.scratch.at(scratch++), loop::byte_span(buffer)));
      else
        memory.emplace_back();
    }
    return loop::interpret(step.kernel, memory, kMostSteps);
  }

 private:
  const compile::Program& program_;
  graph::Bytes bytes_;
};

// Whether element `i` of two tensors is the same.
bool same_element(const graph::Value& value, const graph::Bytes& a, const graph::Bytes& b, size_t i) {
  const auto size = static_cast<size_t>(size_of(value.dtype));
  if (std::memcmp(&a[i * size], &b[i * size], size) == 0) return true;
  const auto at = static_cast<int64_t>(i);
  return value.dtype == DType::kF32 && std::isnan(report::stored(value, a, at)) &&
         std::isnan(report::stored(value, b, at));
}

std::string mismatch(const graph::Value& value, const graph::Bytes& got, const graph::Bytes& expected) {
  if (got.size() != expected.size())
    return fmt::format("{}: {} bytes, expected {}", value.name, got.size(), expected.size());
  const auto count = static_cast<size_t>(element_count(value.shape).value_or(0));
  size_t first = count, differing = 0;
  for (size_t i = 0; i < count; ++i) {
    if (same_element(value, got, expected, i)) continue;
    first = std::min(first, i);
    ++differing;
  }
  if (differing == 0) return {};
  const auto at = static_cast<int64_t>(first);
  return fmt::format("{}[{}]: {}, expected {} ({} of {} differ)", value.name, first,
                     report::stored(value, got, at), report::stored(value, expected, at), differing, count);
}

}  // namespace

Result<std::vector<graph::Bytes>> interpret_program(const compile::Program& program,
                                                    std::span<const graph::Bytes> inputs) {
  Arena arena(program);
  for (size_t i = 0; i < inputs.size(); ++i)
    if (!inputs[i].empty())
      std::memcpy(arena.value(program.graph.inputs.at(i)).data(), inputs[i].data(), inputs[i].size());
  for (const compile::Step& step : program.steps) MIDGE_TRY(arena.run(step));
  std::vector<graph::Bytes> outputs;
  for (ValueId id : program.graph.outputs) {
    const std::span<uint8_t> bytes = arena.value(id);
    outputs.emplace_back(bytes.begin(), bytes.end());
  }
  return outputs;
}

std::string mismatch(const graph::Graph& graph, std::span<const graph::Bytes> got,
                     std::span<const graph::Bytes> expected) {
  if (got.size() != expected.size() || got.size() != graph.outputs.size())
    return fmt::format("{} outputs, expected {}", got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i)
    if (std::string what = mismatch(graph.value(graph.outputs[i]), got[i], expected[i]); !what.empty())
      return what;
  return {};
}

}  // namespace midge::test
