#include "lower/context.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <ranges>

#include "lower/families.h"

namespace midge::lower {

Expr Lets::bind(std::string_view name, const Expr& value) {
  using loop::ExprKind;
  const ExprKind kind = value->kind;
  if (kind == ExprKind::kVar || kind == ExprKind::kIntImm || kind == ExprKind::kFloatImm) return value;
  const VarId var = kernel_.add_var(std::string(name), value->type);
  lets_.emplace_back(var, value);
  return loop::var(var, value->type);
}

Stmt Lets::wrap(Stmt body) const {
  for (const auto& [var, value] : std::views::reverse(lets_)) body = loop::let(var, value, std::move(body));
  return body;
}

Stmt nest(const std::vector<Loop>& loops, Stmt body) {
  for (const Loop& loop : std::views::reverse(loops))
    if (loop.var.valid()) body = loop::make_for(loop.var, loop.extent, std::move(body));
  return body;
}

namespace {

// "CONV_2D#3" → "conv_2d_3".
std::string identifier(std::string_view source) {
  std::string name;
  for (const char c : source) {
    const auto u = static_cast<unsigned char>(c);
    name += std::isalnum(u) != 0 ? static_cast<char>(std::tolower(u)) : '_';
  }
  return name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0 ? "kernel_" + name : name;
}

std::string joined_sources(const graph::Graph& graph, const Group& group) {
  std::string text;
  for (const NodeId id : group.nodes) text += (text.empty() ? "" : " + ") + graph.node(id).source;
  return text;
}

// Extent of `shape` along axis `axis` of an output of rank `rank`: shapes are aligned at their last axes.
int64_t aligned_extent(const Shape& shape, size_t rank, size_t axis) {
  const size_t missing = rank - shape.size();
  return axis < missing ? 1 : shape[axis - missing];
}

// The one element of a constant, for the types that operands of arithmetic have; none for the others.
Expr scalar_immediate(const graph::Value& value) {
  switch (value.dtype) {
    case DType::kI8:
      return loop::int_imm(DType::kI8, constant_values<int8_t>(value).at(0));
    case DType::kI32:
      return loop::i32(constant_values<int32_t>(value).at(0));
    case DType::kF32:
      return loop::float_imm(constant_values<float>(value).at(0));
    default:
      return nullptr;
  }
}

int64_t product(const Shape& shape, size_t begin, size_t end) {
  int64_t n = 1;
  for (size_t axis = begin; axis < end; ++axis) n *= shape[axis];
  return n;
}

}  // namespace

Context::Context(const graph::Graph& graph, const Group& group) : graph_(graph), group_(group) {
  MIDGE_CHECK(!group.nodes.empty());
  kernel_.name = identifier(node().source);
  kernel_.source = joined_sources(graph, group);
  for (size_t axis = 0; axis < output().shape.size(); ++axis) runs_.push_back({axis, axis + 1});
}

const graph::Node& Context::node() const {
  return graph_.node(group_.nodes.front());
}

bool Context::has_input(size_t i) const {
  return i < node().inputs.size() && node().inputs[i].valid();
}

const graph::Value& Context::input(size_t i) const {
  return graph_.value(node().inputs.at(i));
}

const graph::Value& Context::output() const {
  return graph_.value(node().outputs.at(0));
}

BufferId Context::bind(ValueId id, std::string_view name, const Shape& shape) {
  for (const Binding& binding : bindings_)
    if (binding.value == id && binding.buffer != output_ && kernel_.buffer(binding.buffer).shape == shape)
      return binding.buffer;
  const graph::Value& value = graph_.value(id);
  MIDGE_CHECK(element_count(shape) == element_count(value.shape));
  loop::Buffer buffer{.name = std::string(name), .dtype = value.dtype, .shape = shape};
  buffer.memory = value.is_constant() ? loop::Memory::kConst : loop::Memory::kInput;
  buffer.data = value.data;
  const BufferId made = kernel_.add_buffer(std::move(buffer));
  bindings_.push_back({id, made});
  return made;
}

BufferId Context::bind_input(size_t i, std::string_view name, const Shape& shape) {
  return bind(node().inputs.at(i), name, shape);
}

BufferId Context::add_constant(std::string_view name, DType dtype, const Shape& shape,
                               std::shared_ptr<const graph::Bytes> data) {
  MIDGE_CHECK(element_count(shape).value_or(-1) * size_of(dtype) == static_cast<int64_t>(data->size()));
  for (size_t b = 0; b < kernel_.buffers.size(); ++b) {
    const loop::Buffer& known = kernel_.buffers[b];
    if (known.data && known.dtype == dtype && known.shape == shape && *known.data == *data)
      return {static_cast<int32_t>(b)};
  }
  loop::Buffer buffer{.name = std::string(name), .dtype = dtype, .shape = shape};
  buffer.memory = loop::Memory::kConst;
  buffer.data = std::move(data);
  return kernel_.add_buffer(std::move(buffer));
}

BufferId Context::local(std::string_view name, DType dtype, const Shape& shape) {
  loop::Buffer buffer{.name = std::string(name), .dtype = dtype, .shape = shape};
  buffer.memory = loop::Memory::kLocal;
  return kernel_.add_buffer(std::move(buffer));
}

BufferId Context::scratch(std::string_view name, DType dtype, const Shape& shape) {
  loop::Buffer buffer{.name = std::string(name), .dtype = dtype, .shape = shape};
  buffer.memory = loop::Memory::kScratch;
  return kernel_.add_buffer(std::move(buffer));
}

Loop Context::loop(std::string_view name, int64_t extent) {
  if (extent == 1) return {{}, loop::i32(0), 1};
  const VarId var = kernel_.add_var(std::string(name));
  return {var, loop::var(var, DType::kI32), extent};
}

Shape Context::run_extents() const {
  Shape extents;
  for (const Run& run : runs_) extents.push_back(product(output().shape, run.begin, run.end));
  return extents;
}

std::vector<Context::Run> Context::mergeable_runs(size_t first) const {
  const Shape& shape = output().shape;
  const auto broadcasts = [&](size_t axis) {
    std::vector<bool> flags;
    for (size_t n = first; n < group_.nodes.size(); ++n)
      for (const ValueId input : graph_.node(group_.nodes[n]).inputs)
        if (input.valid())
          flags.push_back(aligned_extent(graph_.value(input).shape, shape.size(), axis) == 1);
    return flags;
  };
  std::vector<Run> runs;
  std::optional<std::vector<bool>> current;  // of the run being extended; none: only axes of extent 1 so far
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    std::optional<std::vector<bool>> here;
    if (shape[axis] != 1) here = broadcasts(axis);
    if (runs.empty() || (here && current && *here != *current)) {
      runs.push_back({axis, axis});
      current.reset();
    }
    runs.back().end = axis + 1;
    if (here) current = here;
  }
  return runs;
}

Expr Context::axis_index(size_t axis, const std::vector<Expr>& indices) const {
  const Shape& shape = output().shape;
  if (shape[axis] == 1) return loop::i32(0);
  size_t r = 0;
  while (axis < runs_[r].begin || axis >= runs_[r].end) ++r;
  Expr index = indices.at(r);
  const int64_t inner = product(shape, axis + 1, runs_[r].end);
  const int64_t outer = product(shape, runs_[r].begin, axis);
  if (inner != 1) index = loop::binary(loop::ExprKind::kDiv, index, loop::i32(inner));
  if (outer != 1) index = loop::binary(loop::ExprKind::kRem, index, loop::i32(shape[axis]));
  return index;
}

Expr Context::load_broadcast(const graph::Node& node, size_t i, const std::vector<Expr>& indices) {
  const ValueId id = node.inputs.at(i);
  const graph::Value& value = graph_.value(id);
  const Shape& shape = output().shape;
  const size_t rank = shape.size();
  MIDGE_CHECK(indices.size() == runs_.size() && value.shape.size() <= rank);
  if (value.is_constant() && element_count(value.shape) == 1) {
    if (const Expr immediate = scalar_immediate(value)) return immediate;
  }
  // Axes over which the operand is constant need no index; a run it covers in full needs the run's.
  Shape merged;
  std::vector<Expr> merged_indices;
  bool mergeable = true;
  for (size_t r = 0; r < runs_.size(); ++r) {
    int64_t covered = 1;
    for (size_t axis = runs_[r].begin; axis < runs_[r].end; ++axis)
      covered *= aligned_extent(value.shape, rank, axis);
    if (covered == 1) continue;
    mergeable = mergeable && covered == product(shape, runs_[r].begin, runs_[r].end);
    merged.push_back(covered);
    merged_indices.push_back(indices[r]);
  }
  const std::string name = i == 0 ? "x" : "b";
  if (mergeable) return loop::load(bind(id, name, merged), value.dtype, merged_indices);
  std::vector<Expr> full;
  for (size_t axis = rank - value.shape.size(); axis < rank; ++axis)
    full.push_back(aligned_extent(value.shape, rank, axis) == 1 ? loop::i32(0) : axis_index(axis, indices));
  return loop::load(bind(id, name, value.shape), value.dtype, full);
}

BufferId Context::output_buffer() {
  if (output_.valid()) return output_;
  const ValueId id = graph_.node(group_.nodes.back()).outputs.at(0);
  loop::Buffer buffer{.name = "y", .dtype = graph_.value(id).dtype, .shape = run_extents()};
  buffer.memory = loop::Memory::kOutput;
  output_ = kernel_.add_buffer(std::move(buffer));
  bindings_.push_back({id, output_});
  return output_;
}

Result<Stmt> Context::store_output(const std::vector<Expr>& indices, const Expr& value) {
  MIDGE_CHECK(value->type == output().dtype);
  Lets lets(kernel_);
  Expr result = value;
  ValueId previous = node().outputs.at(0);
  for (size_t n = 1; n < group_.nodes.size(); ++n) {
    const graph::Node& fused = graph_.node(group_.nodes[n]);
    result = lets.bind("v", result);
    Element element{*this, lets, fused, {}, indices};
    for (size_t i = 0; i < fused.inputs.size(); ++i)
      element.operands.push_back(
          fused.inputs[i] == previous ? result : lets.bind("b", load_broadcast(fused, i, indices)));
    MIDGE_ASSIGN(result, pointwise(element));
    previous = fused.outputs.at(0);
  }
  return lets.wrap(loop::store(output_buffer(), indices, result));
}

Error Context::unsupported(const graph::Node& node, const graph::Value& value, std::string_view what) {
  return model_error(fmt::format("not supported: {}: tensor '{}': {}", node.source, value.name, what));
}

Error Context::unsupported(const graph::Value& value, std::string_view what) const {
  return unsupported(node(), value, what);
}

Result<Affine> Context::affine(const graph::Node& node, const graph::Value& value) {
  if (!value.quantization) return unsupported(node, value, "an i8 tensor without quantisation");
  if (value.quantization->per_axis()) return unsupported(node, value, "quantisation per axis");
  return Affine{value.quantization->scale(), value.quantization->zero_point()};
}

Lowered Context::finish(Stmt body) && {
  kernel_.body = std::move(body);
  Lowered lowered;
  for (size_t b = 0; b < kernel_.buffers.size(); ++b) {
    const loop::Memory memory = kernel_.buffers[b].memory;
    if (memory != loop::Memory::kInput && memory != loop::Memory::kOutput) continue;
    const auto binding = std::ranges::find(bindings_, BufferId{static_cast<int32_t>(b)}, &Binding::buffer);
    MIDGE_CHECK(binding != bindings_.end());
    lowered.arguments.push_back(binding->value);
  }
  lowered.kernel = std::move(kernel_);
  return lowered;
}

}  // namespace midge::lower
