#include "loop/flatten.h"

#include <span>
#include <utility>
#include <vector>

#include "loop/in_place.h"
#include "loop/simplify.h"

namespace midge::loop {
namespace {

// Merges an axis into the one before it where steps along the two continue each other.
struct Merged {
  Shape shape;
  std::vector<int64_t> strides;
  std::vector<std::vector<size_t>> groups;  // the old axes behind each new one
};

Merged merge_axes(const Buffer& buffer) {
  const std::vector<int64_t> strides = strides_of(buffer);
  Merged merged;
  for (size_t axis = 0; axis < buffer.shape.size(); ++axis) {
    const int64_t extent = buffer.shape[axis], stride = strides[axis];
    const bool continues =
        axis > 0 && (extent == 1 || merged.shape.back() == 1 || merged.strides.back() == stride * extent);
    if (!continues) {
      merged.shape.push_back(extent);
      merged.strides.push_back(stride);
      merged.groups.push_back({axis});
      continue;
    }
    merged.shape.back() *= extent;
    if (extent != 1) merged.strides.back() = stride;
    merged.groups.back().push_back(axis);
  }
  return merged;
}

std::vector<Expr> merged_indices(const Merged& merged, const Shape& old_shape,
                                 std::span<const Expr> indices) {
  std::vector<Expr> result;
  for (const std::vector<size_t>& group : merged.groups) {
    Expr sum;
    for (const size_t axis : group) sum = sum ? sum * i32(old_shape[axis]) + indices[axis] : indices[axis];
    result.push_back(sum);
  }
  return result;
}

class AxisMerger {
 public:
  AxisMerger(BufferId id, const Buffer& buffer)
      : id_(id), old_shape_(buffer.shape), merged_(merge_axes(buffer)) {}

  bool does_nothing() const { return merged_.shape.size() == old_shape_.size(); }

  void apply(Kernel& kernel) const {
    Buffer& buffer = kernel.buffer(id_);
    buffer.shape = merged_.shape;
    buffer.strides.clear();
    if (strides_of(buffer) != merged_.strides) buffer.strides = merged_.strides;
    kernel.body =
        rewrite(kernel.body, [&](const Stmt& s) { return write(s); }, [&](const Expr& e) { return read(e); });
  }

 private:
  std::vector<Expr> indices(std::span<const Expr> old) const {
    std::vector<Expr> inside;
    for (const Expr& index : old) inside.push_back(rewrite(index, [&](const Expr& e) { return read(e); }));
    return merged_indices(merged_, old_shape_, inside);
  }
  Expr read(const Expr& e) const {
    if (e->kind != ExprKind::kLoad || e->buffer != id_) return nullptr;
    return load(id_, e->type, indices(e->operands));
  }
  Stmt write(const Stmt& s) const {
    if (s->kind != StmtKind::kStore || s->buffer != id_) return nullptr;
    return store(id_, indices(std::span(s->operands).subspan(1)),
                 rewrite(s->operands[0], [&](const Expr& e) { return read(e); }));
  }

  BufferId id_;
  Shape old_shape_;
  Merged merged_;
};

}  // namespace

void merge_axes(Kernel& kernel, BufferId buffer) {
  const AxisMerger merger(buffer, kernel.buffer(buffer));
  if (!merger.does_nothing()) merger.apply(kernel);
}

Kernel flatten(const Kernel& kernel) {
  Kernel result = kernel;
  for (size_t i = 0; i < kernel.buffers.size(); ++i) merge_axes(result, {static_cast<int32_t>(i)});
  return simplify(result);
}

}  // namespace midge::loop
