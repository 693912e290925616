// Rules of the operators that compute: products, elementwise, reductions, conversions.
#include <algorithm>
#include <cmath>

#include "graph/site.h"

namespace midge::graph {
namespace {

// Shapes aligned at their last axes; extents equal or 1.
std::optional<Shape> broadcast(const Shape& a, const Shape& b) {
  Shape out(std::max(a.size(), b.size()), 1);
  for (size_t back = 1; back <= out.size(); ++back) {
    const int64_t ea = back <= a.size() ? a[a.size() - back] : 1;
    const int64_t eb = back <= b.size() ? b[b.size() - back] : 1;
    if (ea != eb && ea != 1 && eb != 1) return std::nullopt;
    out[out.size() - back] = std::max(ea, eb);
  }
  return out;
}

int64_t elements(const Shape& shape) {
  int64_t count = 1;  // open_site has bounded the product
  for (int64_t extent : shape) count *= extent;
  return count;
}

}  // namespace

Result<TensorType> infer_op(const Site& site, const FullyConnected&) {
  MIDGE_TRY(site.expect_dtype(0, {DType::kI8, DType::kF32}));
  MIDGE_TRY(site.expect_same_dtype(0, 1));
  MIDGE_TRY(site.expect_rank(1, 2));
  const Shape& w = site.in(1).shape;
  const int64_t count = elements(site.in(0).shape);
  if (count % w[1] != 0)
    return site.error("{} does not divide into rows of {}, as {} needs", site.show(0), w[1], site.show(1));
  if (site.has(2)) {
    MIDGE_TRY(site.expect_dtype(2, {site.in(0).dtype == DType::kI8 ? DType::kI32 : DType::kF32}));
    MIDGE_TRY(site.expect_rank(2, 1));
    if (site.in(2).shape[0] != w[0])
      return site.error("{} must have {} elements, one per row of {}", site.show(2), w[0], site.show(1));
  }
  // The rows may be arranged in any leading axes: the file's choice (keep_num_dims).
  const Value& y = site.out();
  if (y.shape.empty() || y.shape.back() != w[0] || elements(y.shape) / w[0] != count / w[1])
    return site.error("output {} must have {} rows of {}, found shape {}", shown_name(y.name), count / w[1],
                      w[0], to_text(y.shape));
  return TensorType{site.in(0).dtype, y.shape};
}

Result<TensorType> infer_op(const Site& site, const BatchMatMul& op) {
  MIDGE_TRY(site.expect_dtype(0, {DType::kI8, DType::kF32}));
  MIDGE_TRY(site.expect_same_dtype(0, 1));
  const Shape& x = site.in(0).shape;
  const Shape& y = site.in(1).shape;
  for (size_t i : {size_t{0}, size_t{1}})
    if (site.in(i).shape.size() < 2) return site.error("{} must have 2 axes or more", site.show(i));
  const auto matrix = [](const Shape& s, bool swap) {
    const int64_t rows = s[s.size() - 2], columns = s.back();
    return swap ? std::pair{columns, rows} : std::pair{rows, columns};
  };
  const auto [m, k] = matrix(x, op.adj_x);
  const auto [ky, n] = matrix(y, op.adj_y);
  if (k != ky)
    return site.error("inner extents of {} and {} must agree, found {} and {}", site.show(0), site.show(1), k,
                      ky);
  std::optional<Shape> out = broadcast(Shape(x.begin(), x.end() - 2), Shape(y.begin(), y.end() - 2));
  if (!out) return site.error("leading axes of {} and {} do not broadcast", site.show(0), site.show(1));
  out->push_back(m);
  out->push_back(n);
  return TensorType{site.in(0).dtype, std::move(*out)};
}

Result<TensorType> infer_op(const Site& site, const Binary& op) {
  MIDGE_TRY(site.expect_dtype(0, {DType::kI8, DType::kI32, DType::kI64, DType::kF32}));
  MIDGE_TRY(site.expect_same_dtype(0, 1));
  const bool picks = op.kind == BinaryKind::kMaximum || op.kind == BinaryKind::kMinimum;
  if (picks && op.activation != Activation::kNone)
    return site.error("a maximum or minimum has no fused activation");
  std::optional<Shape> out = broadcast(site.in(0).shape, site.in(1).shape);
  if (!out) return site.error("{} and {} do not broadcast", site.show(0), site.show(1));
  return TensorType{site.in(0).dtype, std::move(*out)};
}

Result<TensorType> infer_op(const Site& site, const Unary& op) {
  MIDGE_TRY(site.expect_dtype(0, {DType::kI8, DType::kF32}));
  if (!std::isfinite(op.alpha)) return site.error("the slope must be finite, found {}", op.alpha);
  return TensorType{site.in(0).dtype, site.in(0).shape};
}

Result<TensorType> infer_op(const Site& site, const PRelu&) {
  MIDGE_TRY(site.expect_dtype(0, {DType::kI8, DType::kF32}));
  MIDGE_TRY(site.expect_same_dtype(0, 1));
  if (broadcast(site.in(0).shape, site.in(1).shape) != site.in(0).shape)
    return site.error("{} does not broadcast to {}", site.show(1), site.show(0));
  return TensorType{site.in(0).dtype, site.in(0).shape};
}

Result<TensorType> infer_op(const Site& site, const Softmax& op) {
  MIDGE_TRY(site.expect_dtype(0, {DType::kI8, DType::kF32}));
  if (site.in(0).shape.empty()) return site.error("{} must have 1 axis or more", site.show(0));
  if (!std::isfinite(op.beta) || op.beta <= 0)
    return site.error("not supported: beta {}; it must be finite and above 0", op.beta);
  return TensorType{site.in(0).dtype, site.in(0).shape};
}

Result<TensorType> infer_op(const Site& site, const Reduce& op) {
  MIDGE_TRY(site.expect_dtype(0, {DType::kI8, DType::kI32, DType::kI64, DType::kF32}));
  const Shape& x = site.in(0).shape;
  const auto rank = static_cast<int32_t>(x.size());
  for (size_t i = 0; i < op.axes.size(); ++i)
    if (op.axes[i] < 0 || op.axes[i] >= rank || (i > 0 && op.axes[i] <= op.axes[i - 1]))
      return site.error("axes must be distinct, ascending and below {}, found [{}]", rank,
                        fmt::join(op.axes, ","));
  Shape out;
  for (int32_t axis = 0; axis < rank; ++axis) {
    const bool reduced = std::binary_search(op.axes.begin(), op.axes.end(), axis);
    if (!reduced)
      out.push_back(x[static_cast<size_t>(axis)]);
    else if (op.keep_dims)
      out.push_back(1);
  }
  return TensorType{site.in(0).dtype, std::move(out)};
}

Result<TensorType> infer_op(const Site& site, const ArgMax& op) {
  MIDGE_TRY(site.expect_dtype(0, {DType::kI8, DType::kI32, DType::kF32}));
  Shape out = site.in(0).shape;
  if (op.axis < 0 || op.axis >= static_cast<int32_t>(out.size()))
    return site.error("axis {} is not one of the {} axes of {}", op.axis, out.size(), site.show(0));
  out.erase(out.begin() + op.axis);
  const DType dtype = site.out().dtype;
  if (dtype != DType::kI32 && dtype != DType::kI64)
    return site.error("not supported: output {} must be i32 or i64, found {}", shown_name(site.out().name),
                      name_of(dtype));
  return TensorType{dtype, std::move(out)};
}

Result<TensorType> infer_op(const Site& site, const Quantize&) {
  MIDGE_TRY(site.expect_dtype(0, {DType::kF32, DType::kI8}));
  return TensorType{DType::kI8, site.in(0).shape};
}

Result<TensorType> infer_op(const Site& site, const Dequantize&) {
  MIDGE_TRY(site.expect_dtype(0, {DType::kI8}));
  return TensorType{DType::kF32, site.in(0).shape};
}

Result<TensorType> infer_op(const Site& site, const Cast&) {
  return TensorType{site.out().dtype, site.in(0).shape};
}

}  // namespace midge::graph
