#include "compile/storage.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/check.h"
#include "loop/in_place.h"
#include "loop/interpret.h"
#include "passes/passes.h"

namespace midge::compile {
namespace {

using loop::Memory;

std::vector<BufferId> argument_buffers(const loop::Kernel& kernel) {
  std::vector<BufferId> ids;
  for (size_t i = 0; i < kernel.buffers.size(); ++i)
    if (kernel.buffers[i].memory == Memory::kInput || kernel.buffers[i].memory == Memory::kOutput)
      ids.push_back({static_cast<int32_t>(i)});
  return ids;
}

class Storage {
 public:
  explicit Storage(Program& program) : program_(program), tensor_of_(program.tensor_of_value) {}

  void build(const std::vector<InPlaceArguments>& in_place) {
    assign_tensors();
    set_lifetimes();
    add_scratch();
    for (size_t step = 0; step < program_.steps.size(); ++step)
      allow_in_place(static_cast<int32_t>(step), in_place[step]);
    program_.plan = plan::make_plan(program_.problem);
  }

 private:
  graph::Graph& graph() { return program_.graph; }
  std::vector<plan::Tensor>& tensors() { return program_.problem.tensors; }
  plan::Tensor& tensor_behind(ValueId id) {
    return tensors().at(static_cast<size_t>(tensor_of_.at(id.at())));
  }

  // One tensor per computed value; a view shares its input's.
  void assign_tensors() {
    tensor_of_.assign(graph().values.size(), -1);
    program_.problem.alignment = 4;
    for (ValueId id : graph().inputs) add_tensor(id);
    for (const graph::Node& node : graph().nodes) {
      if (passes::is_view(graph(), node)) {
        tensor_of_[node.outputs[0].at()] = tensor_of_.at(node.inputs[0].at());
        continue;
      }
      for (ValueId id : node.outputs) add_tensor(id);
    }
  }

  void add_tensor(ValueId id) {
    const graph::Value& value = graph().value(id);
    tensor_of_[id.at()] = static_cast<int32_t>(tensors().size());
    tensors().push_back({value.name, graph::byte_size(value), INT32_MAX, INT32_MIN});
    program_.problem.alignment = std::max(program_.problem.alignment, size_of(value.dtype));
  }

  void live_at(ValueId id, int32_t step) {
    plan::Tensor& tensor = tensor_behind(id);
    tensor.first = std::min(tensor.first, step);
    tensor.last = std::max(tensor.last, step);
  }

  void set_lifetimes() {
    const auto end = static_cast<int32_t>(program_.steps.size());
    for (ValueId id : graph().inputs) live_at(id, -1);
    for (int32_t step = 0; step < end; ++step)
      for (ValueId id : program_.steps[static_cast<size_t>(step)].arguments) live_at(id, step);
    for (ValueId id : graph().outputs) live_at(id, end);
    drop_unused();
  }

  // Values inside a fused group never exist: they have a tensor that no step touches.
  void drop_unused() {
    std::vector<int32_t> renumbered(tensors().size(), -1);
    std::vector<plan::Tensor> kept;
    for (size_t i = 0; i < tensors().size(); ++i) {
      if (tensors()[i].first > tensors()[i].last) continue;
      renumbered[i] = static_cast<int32_t>(kept.size());
      kept.push_back(tensors()[i]);
    }
    tensors() = std::move(kept);
    for (int32_t& tensor : tensor_of_)
      if (tensor >= 0) tensor = renumbered[static_cast<size_t>(tensor)];
  }

  void add_scratch() {
    for (size_t step = 0; step < program_.steps.size(); ++step) {
      Step& current = program_.steps[step];
      for (const loop::Buffer& buffer : current.kernel.buffers) {
        if (buffer.memory != Memory::kScratch) continue;
        current.scratch.push_back(static_cast<int32_t>(tensors().size()));
        const auto at = static_cast<int32_t>(step);
        tensors().push_back(
            {fmt::format("{}.{}", current.kernel.name, buffer.name), loop::byte_span(buffer), at, at});
      }
    }
  }

  void allow_in_place(int32_t step, const InPlaceArguments& pairs) {
    const Step& current = program_.steps[static_cast<size_t>(step)];
    for (const auto& [input, output] : pairs) {
      const int32_t from = tensor_of_.at(current.arguments[input].at()),
                    to = tensor_of_.at(current.arguments[output].at());
      const plan::Tensor &source = tensors()[static_cast<size_t>(from)],
                         &target = tensors()[static_cast<size_t>(to)];
      if (source.last == step && target.first == step && source.bytes == target.bytes)
        program_.problem.in_place.push_back({from, to});
    }
  }

  Program& program_;
  std::vector<int32_t>& tensor_of_;
};

}  // namespace

InPlaceArguments in_place_arguments(const Step& step) {
  const std::vector<BufferId> buffers = argument_buffers(step.kernel);
  MIDGE_CHECK(buffers.size() == step.arguments.size());
  InPlaceArguments pairs;
  for (size_t i = 0; i < buffers.size(); ++i) {
    if (step.kernel.buffer(buffers[i]).memory != Memory::kInput) continue;
    for (size_t o = 0; o < buffers.size(); ++o)
      if (step.kernel.buffer(buffers[o]).memory == Memory::kOutput &&
          loop::may_run_in_place(step.kernel, buffers[i], buffers[o]))
        pairs.push_back({i, o});
  }
  return pairs;
}

void plan_storage(Program& program, const std::vector<InPlaceArguments>& in_place) {
  Storage(program).build(in_place);
}

}  // namespace midge::compile
