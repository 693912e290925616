// Rules of the operators that only move elements: any element type goes.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "graph/site.h"

namespace midge::graph {
namespace {

Error axis_error(const Site& site, int32_t axis) {
  return site.error("axis {} is not one of the {} axes of {}", axis, site.in(0).shape.size(), site.show(0));
}

bool is_axis(int32_t axis, size_t rank) {
  return axis >= 0 && static_cast<size_t>(axis) < rank;
}

// One attribute entry per axis of the input.
Result<void> expect_per_axis(const Site& site, const char* what, size_t found) {
  const size_t rank = site.in(0).shape.size();
  if (found == rank) return {};
  return site.error("{} must have {} entries, one per axis of {}; found {}", what, rank, site.show(0), found);
}

// A stored code that the element type can hold.
bool holds_code(DType dtype, double code) {
  if (dtype == DType::kF32)
    return std::isinf(code) || std::abs(code) <= static_cast<double>(std::numeric_limits<float>::max());
  if (dtype == DType::kBool) return code == 0 || code == 1;
  // The largest 64-bit value is not a double; its successor is.
  return code == std::trunc(code) && code >= static_cast<double>(min_of(dtype)) &&
         code < static_cast<double>(max_of(dtype)) + 1;
}

// The batch and channels of an image operator whose output extents the file states.
Result<void> expect_image_out(const Site& site) {
  MIDGE_TRY(site.expect_rank(0, 4));
  const Shape& x = site.in(0).shape;
  const Shape& y = site.out().shape;
  if (y.size() == 4 && y[0] == x[0] && y[3] == x[3]) return {};
  return site.error("output {} must have the shape [{},height,width,{}], found {}",
                    shown_name(site.out().name), x[0], x[3], to_text(y));
}

int64_t read_index(const Value& indices, int64_t i) {
  if (indices.dtype == DType::kI32) {
    int32_t index;
    std::memcpy(&index, indices.data->data() + i * 4, 4);
    return index;
  }
  int64_t index;
  std::memcpy(&index, indices.data->data() + i * 8, 8);
  return index;
}

}  // namespace

Result<TensorType> infer_op(const Site& site, const Reshape&) {
  const Value& x = site.in(0);
  const Value& y = site.out();
  if (element_count(x.shape) != element_count(y.shape))
    return site.error("{} cannot take the shape {}: the element counts differ", site.show(0),
                      to_text(y.shape));
  return TensorType{x.dtype, y.shape};
}

Result<TensorType> infer_op(const Site& site, const Transpose& op) {
  const Shape& x = site.in(0).shape;
  std::vector<bool> seen(x.size(), false);
  bool legal = op.perm.size() == x.size();
  Shape out;
  for (size_t i = 0; legal && i < op.perm.size(); ++i) {
    legal = is_axis(op.perm[i], x.size()) && !seen[static_cast<size_t>(op.perm[i])];
    if (!legal) break;
    seen[static_cast<size_t>(op.perm[i])] = true;
    out.push_back(x[static_cast<size_t>(op.perm[i])]);
  }
  if (!legal)
    return site.error("[{}] is not a permutation of the axes of {}", fmt::join(op.perm, ","), site.show(0));
  return TensorType{site.in(0).dtype, std::move(out)};
}

Result<TensorType> infer_op(const Site& site, const Pad& op) {
  MIDGE_TRY(expect_per_axis(site, "padding before", op.before.size()));
  MIDGE_TRY(expect_per_axis(site, "padding after", op.after.size()));
  Shape out = site.in(0).shape;
  for (size_t i = 0; i < out.size(); ++i) {
    // A mirror has one border's worth of elements to give; the reflection leaves out the border itself.
    const int64_t most =
        op.mode == PadMode::kConstant ? kMostElements : out[i] - (op.mode == PadMode::kReflect);
    for (int64_t pad : {op.before[i], op.after[i]})
      if (pad < 0 || pad > most)
        return site.error("padding of axis {} must be 0 ... {}, found {}", i, most, pad);
    out[i] += op.before[i] + op.after[i];
  }
  if (op.mode == PadMode::kConstant && !holds_code(site.in(0).dtype, op.value))
    return site.error("the padding value {} does not fit {}", op.value, name_of(site.in(0).dtype));
  return TensorType{site.in(0).dtype, std::move(out)};
}

Result<TensorType> infer_op(const Site& site, const Concat& op) {
  Shape out = site.in(0).shape;
  if (!is_axis(op.axis, out.size())) return axis_error(site, op.axis);
  const auto along = static_cast<size_t>(op.axis);
  for (size_t i = 1; i < site.inputs(); ++i) {
    MIDGE_TRY(site.expect_same_dtype(0, i));
    MIDGE_TRY(site.expect_rank(i, out.size()));
    Shape other = site.in(i).shape;
    out[along] += other[along];
    if (out[along] > kMostElements)
      return site.error("not supported: more than {} along the axis", kMostElements);
    other[along] = out[along];
    if (other != out)
      return site.error("{} and {} may only differ along axis {}", site.show(0), site.show(i), op.axis);
  }
  return TensorType{site.in(0).dtype, std::move(out)};
}

Result<TensorType> infer_op(const Site& site, const Slice& op) {
  MIDGE_TRY(expect_per_axis(site, "begin", op.begin.size()));
  MIDGE_TRY(expect_per_axis(site, "stride", op.stride.size()));
  const Shape& x = site.in(0).shape;
  const Shape& y = site.out().shape;
  if (y.size() != x.size())
    return site.error("output {} must have {} axes, found {}", shown_name(site.out().name), x.size(),
                      y.size());
  for (size_t i = 0; i < x.size(); ++i) {
    const int64_t begin = op.begin[i], stride = op.stride[i];
    // |stride| below 2^31 and extents below 2^31: `last` cannot overflow.
    if (stride == 0 || stride > kMostElements || stride < -kMostElements)
      return site.error("stride {} of axis {} is not supported", stride, i);
    const bool begins_inside = begin >= 0 && begin < x[i];
    const int64_t last = begins_inside ? begin + (y[i] - 1) * stride : -1;
    if (last < 0 || last >= x[i])
      return site.error("{} elements from {} by {} leave axis {} of {}", y[i], begin, stride, i,
                        site.show(0));
  }
  return TensorType{site.in(0).dtype, y};
}

Result<TensorType> infer_op(const Site& site, const Gather& op) {
  MIDGE_TRY(site.expect_dtype(1, {DType::kI32, DType::kI64}));
  const Shape& x = site.in(0).shape;
  const Value& indices = site.in(1);
  if (!is_axis(op.axis, x.size())) return axis_error(site, op.axis);
  if (op.batch_dims < 0 || op.batch_dims > op.axis ||
      static_cast<size_t>(op.batch_dims) > indices.shape.size() ||
      !std::equal(x.begin(), x.begin() + op.batch_dims, indices.shape.begin()))
    return site.error("{} and {} do not share {} batch axes", site.show(0), site.show(1), op.batch_dims);
  if (!indices.is_constant()) return site.error("not supported: {} must be constant", site.show(1));
  const int64_t extent = x[static_cast<size_t>(op.axis)];
  const int64_t count = *element_count(indices.shape);
  for (int64_t i = 0; i < count; ++i)
    if (const int64_t index = read_index(indices, i); index < 0 || index >= extent)
      return site.error("index {} is not inside axis {} of {}", index, op.axis, site.show(0));
  Shape out(x.begin(), x.begin() + op.axis);
  out.insert(out.end(), indices.shape.begin() + op.batch_dims, indices.shape.end());
  out.insert(out.end(), x.begin() + op.axis + 1, x.end());
  return TensorType{site.in(0).dtype, std::move(out)};
}

Result<TensorType> infer_op(const Site& site, const Tile& op) {
  MIDGE_TRY(expect_per_axis(site, "multiples", op.multiples.size()));
  Shape out = site.in(0).shape;
  for (size_t i = 0; i < out.size(); ++i) {
    if (op.multiples[i] < 1 || op.multiples[i] > kMostElements)
      return site.error("not supported: multiple {} of axis {}", op.multiples[i], i);
    out[i] *= op.multiples[i];
  }
  return TensorType{site.in(0).dtype, std::move(out)};
}

Result<TensorType> infer_op(const Site& site, const Resize& op) {
  MIDGE_TRY(expect_image_out(site));
  if (op.kind == ResizeKind::kBilinear) MIDGE_TRY(site.expect_dtype(0, {DType::kI8, DType::kF32}));
  if (op.align_corners && op.half_pixel_centers)
    return site.error("align_corners and half_pixel_centers exclude each other");
  return TensorType{site.in(0).dtype, site.out().shape};
}

Result<TensorType> infer_op(const Site& site, const SpaceToDepth& op) {
  MIDGE_TRY(site.expect_rank(0, 4));
  const Shape& x = site.in(0).shape;
  const int64_t block = op.block;
  if (block < 1 || x[1] % block != 0 || x[2] % block != 0)
    return site.error("{} does not divide into blocks of {}", site.show(0), block);
  return TensorType{site.in(0).dtype, {x[0], x[1] / block, x[2] / block, x[3] * block * block}};
}

Result<TensorType> infer_op(const Site& site, const DepthToSpace& op) {
  MIDGE_TRY(site.expect_rank(0, 4));
  const Shape& x = site.in(0).shape;
  const int64_t block = op.block;
  if (block < 1 || block > x[3] || x[3] % (block * block) != 0)
    return site.error("the channels of {} do not divide into blocks of {} x {}", site.show(0), block, block);
  return TensorType{site.in(0).dtype, {x[0], x[1] * block, x[2] * block, x[3] / (block * block)}};
}

}  // namespace midge::graph
