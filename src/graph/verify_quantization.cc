// The quantisation that int8 operators need of their operands.
//
// Arithmetic needs per-tensor parameters on every int8 operand; weights may be per axis and their zero point
// is 0. Moving elements needs none. Further demands are those of TensorFlow Lite Micro's kernels and no more:
// it refuses other parameters for softmax, logistic, tanh and the maximum over axes; pools, maximum and
// reshape just pass codes on.
#include <cmath>

#include "graph/site.h"

namespace midge::graph {
namespace {

template <class... Ops>
bool holds_any(const Op& op) {
  return (std::holds_alternative<Ops>(op) || ...);
}

// Whether the operator's codes stand for numbers that it computes with.
bool computes(const Op& op) {
  return !holds_any<Reshape, Transpose, Pad, Slice, Gather, Tile, Resize, SpaceToDepth, DepthToSpace, Cast,
                    ArgMax>(op);
}

// The axis along which the weights (input 1) may be quantised; nothing: the operator has no weights.
std::optional<int32_t> weights_axis(const Op& op) {
  if (holds_any<Conv2D, TransposeConv2D, FullyConnected>(op)) return 0;
  if (holds_any<DepthwiseConv2D>(op)) return 3;
  return std::nullopt;
}

Result<void> check_weights(const Site& site, int32_t axis) {
  const Quantization& q = *site.in(1).quantization;
  if (q.per_axis() && q.axis != axis)
    return site.error("not supported: {} is quantised along axis {}; only axis {} is", site.show(1), q.axis,
                      axis);
  for (int32_t zero_point : q.zero_points)
    if (zero_point != 0)
      return site.error("not supported: {} has zero point {}; weights must have 0", site.show(1), zero_point);
  return {};
}

Result<void> check_input(const Site& site, size_t i) {
  const Value& value = site.in(i);
  if (value.dtype != DType::kI8) return {};
  if (!value.quantization) {
    if (!computes(site.node().op)) return {};
    return site.error("{} has no quantisation", site.show(i));
  }
  const std::optional<int32_t> axis = weights_axis(site.node().op);
  if (axis && i == 1) return check_weights(site, *axis);
  if (value.quantization->per_axis())
    return site.error("not supported: {} is quantised per axis; only weights may be", site.show(i));
  return {};
}

Result<void> check_output(const Site& site) {
  const Value& value = site.out();
  if (value.dtype != DType::kI8) return {};
  if (!value.quantization) {
    if (!computes(site.node().op)) return {};
    return site.error("output {} has no quantisation", shown_name(value.name));
  }
  if (value.quantization->per_axis())
    return site.error("not supported: output {} is quantised per axis", shown_name(value.name));
  return {};
}

Result<void> expect_output(const Site& site, std::optional<float> scale, int32_t zero_point) {
  const Quantization& q = *site.out().quantization;
  if ((!scale || q.scale() == *scale) && q.zero_point() == zero_point) return {};
  return site.error("not supported: output {} must have {}zero point {}, found {}",
                    shown_name(site.out().name), scale ? fmt::format("scale {} and ", *scale) : "",
                    zero_point, to_text(q));
}

}  // namespace

Result<void> check_quantization(const Site& site) {
  for (size_t i = 0; i < site.inputs(); ++i)
    if (site.has(i)) MIDGE_TRY(check_input(site, i));
  MIDGE_TRY(check_output(site));
  if (site.out().dtype != DType::kI8) return {};
  const Op& op = site.node().op;
  if (holds_any<Softmax>(op)) return expect_output(site, 1.0f / 256, -128);
  if (const auto* unary = std::get_if<Unary>(&op)) {
    if (unary->kind == UnaryKind::kLogistic) return expect_output(site, std::nullopt, -128);
    if (unary->kind == UnaryKind::kTanh) return expect_output(site, std::nullopt, 0);
  }
  if (const auto* reduce = std::get_if<Reduce>(&op); reduce != nullptr && reduce->kind == ReduceKind::kMax)
    if (*site.in(0).quantization != *site.out().quantization)
      return site.error(
          "not supported: the maximum over axes must keep its input's quantisation ({}), found {}",
          to_text(*site.in(0).quantization), to_text(*site.out().quantization));
  return {};
}

}  // namespace midge::graph
