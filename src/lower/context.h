// The builder every lowering works with: one kernel under construction, its buffers bound to graph values,
// and the epilogue that stands between the anchor's result and the output.
//
// A lowering declares loops, loads, computes the anchor's output element in its stored type, and hands it to
// `store_output`, which runs it through the fused operators and stores what comes out:
//
//   Result<Stmt> lower_foo(Context& ctx, const graph::Foo&) {
//     const BufferId x = ctx.bind_input(0, "x");
//     const Loop i = ctx.loop("i", ctx.output().shape[0]);
//     MIDGE_ASSIGN(Stmt body, ctx.store_output({i.index}, load(x, DType::kI8, {i.index})));
//     return nest({i}, body);
//   }
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/result.h"
#include "graph/graph.h"
#include "loop/ir.h"
#include "lower/lower.h"

namespace midge::lower {

using loop::Expr;
using loop::Stmt;

// Values that are used more than once get a name: `bind` collects lets, `wrap` puts them around the statement
// that uses them, in the order of binding.
class Lets {
 public:
  explicit Lets(loop::Kernel& kernel) : kernel_(kernel) {}
  // The variable that stands for `value`; variables and immediates are returned as they are.
  Expr bind(std::string_view name, const Expr& value);
  Stmt wrap(Stmt body) const;

 private:
  loop::Kernel& kernel_;
  std::vector<std::pair<VarId, Expr>> lets_;
};

// One iteration makes no loop: `var` is none then, and `index` 0.
struct Loop {
  VarId var;
  Expr index;
  int64_t extent = 0;
};
// for loops[0] { for loops[1] { ... body } }
Stmt nest(const std::vector<Loop>& loops, Stmt body);

// Per-tensor quantisation: real = scale * (code - zero_point).
struct Affine {
  float scale = 1.0f;
  int32_t zero_point = 0;
  friend bool operator==(const Affine&, const Affine&) = default;
};

class Context {
 public:
  // The group is not empty.
  Context(const graph::Graph& graph, const Group& group);

  const graph::Graph& graph() const { return graph_; }
  loop::Kernel& kernel() { return kernel_; }

  // The anchor and its tensors. `output` is the anchor's own, not that of the last fused operator.
  const graph::Node& node() const;
  bool has_input(size_t i) const;
  const graph::Value& input(size_t i) const;
  const graph::Value& output() const;

  // Buffers. A computed value becomes a kInput, a constant a kConst buffer; `shape` may show the same
  // elements under other extents. Binding the same value and shape again gives the same buffer.
  BufferId bind(ValueId id, std::string_view name, const Shape& shape);
  BufferId bind_input(size_t i, std::string_view name) { return bind_input(i, name, input(i).shape); }
  BufferId bind_input(size_t i, std::string_view name, const Shape& shape);
  // Data computed while lowering (tables, multipliers); the same data again gives the same buffer.
  template <class T>
  BufferId constant(std::string_view name, const std::vector<T>& values) {
    return constant(name, values, {static_cast<int64_t>(values.size())});
  }
  template <class T>
  BufferId constant(std::string_view name, const std::vector<T>& values, const Shape& shape);
  // Needs an `alloc` around its uses. No shape: one element.
  BufferId local(std::string_view name, DType dtype, const Shape& shape = {});
  BufferId scratch(std::string_view name, DType dtype, const Shape& shape);

  Loop loop(std::string_view name, int64_t extent);

  // The output seen under fewer axes: each run [begin, end) of the output's axes is addressed by one index
  // (an empty run by an index that is 0). To be called before the first store; without it every axis has its
  // own index.
  struct Run {
    size_t begin = 0, end = 0;
  };
  void set_runs(std::vector<Run> runs) { runs_ = std::move(runs); }
  // The longest runs over which no operand of the group's nodes, from number `first` on, starts or stops
  // broadcasting (1: of the fused operators alone, for an anchor that does not read element by element).
  std::vector<Run> mergeable_runs(size_t first = 0) const;
  const std::vector<Run>& runs() const { return runs_; }
  // Extents of the output's runs, for the loops.
  Shape run_extents() const;

  // One element of input `i` of a node of the group, for the output element at `indices` (one per run),
  // broadcast.
  Expr load_broadcast(const graph::Node& node, size_t i, const std::vector<Expr>& indices);
  // The position of the output element at `indices` along the output's axis.
  Expr axis_index(size_t axis, const std::vector<Expr>& indices) const;

  // y[indices] = epilogue(value); `value` has the anchor's output type.
  Result<Stmt> store_output(const std::vector<Expr>& indices, const Expr& value);

  // "not supported: CONV_2D#3: tensor 'x': <what>"; the forms without a node mean the anchor.
  static Error unsupported(const graph::Node& node, const graph::Value& value, std::string_view what);
  Error unsupported(const graph::Value& value, std::string_view what) const;

  // The quantisation of an int8 value that must be per tensor.
  static Result<Affine> affine(const graph::Node& node, const graph::Value& value);
  Result<Affine> affine(const graph::Value& value) const { return affine(node(), value); }

  Lowered finish(Stmt body) &&;

 private:
  BufferId output_buffer();
  BufferId add_constant(std::string_view name, DType dtype, const Shape& shape,
                        std::shared_ptr<const graph::Bytes>);

  const graph::Graph& graph_;
  const Group& group_;
  loop::Kernel kernel_;
  std::vector<Run> runs_;
  struct Binding {
    ValueId value;  // none: not a graph value
    BufferId buffer;
  };
  std::vector<Binding> bindings_;
  BufferId output_;
};

template <class T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, int8_t>)
    return DType::kI8;
  else if constexpr (std::is_same_v<T, uint8_t>)
    return DType::kU8;
  else if constexpr (std::is_same_v<T, int16_t>)
    return DType::kI16;
  else if constexpr (std::is_same_v<T, uint16_t>)
    return DType::kU16;
  else if constexpr (std::is_same_v<T, int32_t>)
    return DType::kI32;
  else if constexpr (std::is_same_v<T, uint32_t>)
    return DType::kU32;
  else if constexpr (std::is_same_v<T, int64_t>)
    return DType::kI64;
  else if constexpr (std::is_same_v<T, uint64_t>)
    return DType::kU64;
  else {
    static_assert(std::is_same_v<T, float>);
    return DType::kF32;
  }
}

template <class T>
BufferId Context::constant(std::string_view name, const std::vector<T>& values, const Shape& shape) {
  graph::Bytes bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return add_constant(name, dtype_of<T>(), shape, std::make_shared<graph::Bytes>(std::move(bytes)));
}

// The elements of a constant of type T.
template <class T>
std::vector<T> constant_values(const graph::Value& value) {
  MIDGE_CHECK(value.is_constant() && value.dtype == dtype_of<T>());
  std::vector<T> values(value.data->size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), value.data->data(), values.size() * sizeof(T));
  return values;
}

}  // namespace midge::lower
