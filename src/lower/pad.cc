// PAD, PADV2 and MIRROR_PAD: the output falls into boxes that are each filled or copied by a nest without any
// test.
//
// A constant padding fills, axis by axis from the outermost, what lies before and after the input with all of
// the remaining axes, so the boxes are 2 per padded axis and the interior. A mirrored one differs in every
// direction: each axis is cut into (at most) three parts that are read forwards or backwards, a nest for
// every combination.
#include <algorithm>

#include "lower/families.h"
#include "lower/move.h"

namespace midge::lower {

namespace {

// A part of one output axis and the input's indices it shows: from, from + step, ...
struct Part {
  int64_t begin, extent, from, step;
};

Expr padding_value(const graph::Value& output, double value) {
  if (output.dtype == DType::kF32) return loop::float_imm(static_cast<float>(value));
  return loop::int_imm(output.dtype, static_cast<int64_t>(value));
}

Move part_of(const Context& ctx, const std::vector<Part>& parts) {
  const std::vector<int64_t> strides = dense_strides(ctx.input(0).shape);
  Move move;
  for (size_t axis = 0; axis < parts.size(); ++axis) {
    const Part& part = parts[axis];
    move.begin.push_back(part.begin);
    move.from += part.from * strides[axis];
    move.axes.push_back({part.extent, axis, 1, part.step * strides[axis], {}});
  }
  return move;
}

bool is_empty(const std::vector<Part>& parts) {
  return std::ranges::any_of(parts, [](const Part& part) { return part.extent == 0; });
}

Result<Stmt> pad_constant(Context& ctx, const graph::Pad& op) {
  const Shape& x = ctx.input(0).shape;
  const Shape& y = ctx.output().shape;
  std::vector<Part> parts;
  for (const int64_t extent : y) parts.push_back({0, extent, 0, 0});
  std::vector<Stmt> nests;
  const auto fill = [&](size_t axis, int64_t begin, int64_t extent) -> Result<void> {
    std::vector<Part> filled = parts;
    filled[axis] = {begin, extent, 0, 0};
    if (is_empty(filled)) return {};
    MIDGE_ASSIGN(Stmt nest, move_elements(ctx, part_of(ctx, filled), [&](Lets&, const Expr&) -> Result<Expr> {
                   return padding_value(ctx.output(), op.value);
                 }));
    nests.push_back(std::move(nest));
    return {};
  };
  for (size_t axis = 0; axis < y.size(); ++axis) {
    MIDGE_TRY(fill(axis, 0, op.before[axis]));
    MIDGE_TRY(fill(axis, op.before[axis] + x[axis], op.after[axis]));
    parts[axis] = {op.before[axis], x[axis], 0, 0};
  }
  for (Part& part : parts) part.step = 1;
  if (!is_empty(parts)) {
    MIDGE_ASSIGN(Stmt copy, copy_elements(ctx, part_of(ctx, parts)));
    nests.push_back(std::move(copy));
  }
  return loop::block(std::move(nests));
}

// Reflection leaves out the edge element, symmetry repeats it.
std::vector<Part> mirrored_parts(int64_t before, int64_t extent, int64_t after, bool symmetric) {
  const int64_t edge = symmetric ? 0 : 1;
  std::vector<Part> parts;
  if (before > 0) parts.push_back({0, before, before - 1 + edge, -1});
  parts.push_back({before, extent, 0, 1});
  if (after > 0) parts.push_back({before + extent, after, extent - 1 - edge, -1});
  return parts;
}

Result<Stmt> pad_mirrored(Context& ctx, const graph::Pad& op) {
  const graph::Value& input = ctx.input(0);
  const bool symmetric = op.mode == graph::PadMode::kSymmetric;
  std::vector<std::vector<Part>> boxes(1);
  for (size_t axis = 0; axis < input.shape.size(); ++axis) {
    const int64_t extent = input.shape[axis];
    if (std::max(op.before[axis], op.after[axis]) > extent - (symmetric ? 0 : 1))
      return ctx.unsupported(input, "a mirrored padding wider than the tensor");
    std::vector<std::vector<Part>> split;
    for (const std::vector<Part>& outer : boxes) {
      for (const Part& part : mirrored_parts(op.before[axis], extent, op.after[axis], symmetric)) {
        split.push_back(outer);
        split.back().push_back(part);
      }
    }
    boxes = std::move(split);
  }
  std::vector<Stmt> nests;
  for (const std::vector<Part>& parts : boxes) {
    MIDGE_ASSIGN(Stmt copy, copy_elements(ctx, part_of(ctx, parts)));
    nests.push_back(std::move(copy));
  }
  return loop::block(std::move(nests));
}

}  // namespace

Result<Stmt> lower_pad(Context& ctx, const graph::Pad& op) {
  set_move_runs(ctx);
  return op.mode == graph::PadMode::kConstant ? pad_constant(ctx, op) : pad_mirrored(ctx, op);
}

}  // namespace midge::lower
