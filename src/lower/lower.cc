#include "lower/lower.h"

#include "lower/families.h"

namespace midge::lower {

namespace {

// The table: which function lowers which operator.
Result<Stmt> dispatch(Context& ctx, const graph::Conv2D& op) {
  return lower_conv2d(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::DepthwiseConv2D& op) {
  return lower_depthwise_conv2d(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::TransposeConv2D& op) {
  return lower_transpose_conv2d(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::FullyConnected& op) {
  return lower_fully_connected(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::BatchMatMul& op) {
  return lower_batch_matmul(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::Binary&) {
  return lower_elementwise(ctx);
}
Result<Stmt> dispatch(Context& ctx, const graph::Pool2D& op) {
  return lower_pool2d(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::Reduce& op) {
  return lower_reduce(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::ArgMax& op) {
  return lower_arg_max(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::Softmax& op) {
  return lower_softmax(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::Unary&) {
  return lower_elementwise(ctx);
}
Result<Stmt> dispatch(Context& ctx, const graph::PRelu&) {
  return lower_elementwise(ctx);
}
Result<Stmt> dispatch(Context& ctx, const graph::Reshape& op) {
  return lower_reshape(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::Transpose& op) {
  return lower_transpose(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::Pad& op) {
  return lower_pad(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::Concat& op) {
  return lower_concat(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::Slice& op) {
  return lower_slice(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::Gather& op) {
  return lower_gather(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::Tile& op) {
  return lower_tile(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::Resize& op) {
  return lower_resize(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::SpaceToDepth& op) {
  return lower_space_to_depth(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::DepthToSpace& op) {
  return lower_depth_to_space(ctx, op);
}
Result<Stmt> dispatch(Context& ctx, const graph::Quantize&) {
  return lower_elementwise(ctx);
}
Result<Stmt> dispatch(Context& ctx, const graph::Dequantize&) {
  return lower_elementwise(ctx);
}
Result<Stmt> dispatch(Context& ctx, const graph::Cast&) {
  return lower_elementwise(ctx);
}
Result<Stmt> dispatch(Context&, std::monostate) {
  check_failed(__FILE__, __LINE__, "a node holds an operator");
}

}  // namespace

Result<Lowered> lower(const graph::Graph& graph, const Group& group) {
  Context ctx(graph, group);
  auto body = std::visit([&](const auto& op) { return dispatch(ctx, op); }, ctx.node().op);
  if (!body) return std::move(body).error();
  return std::move(ctx).finish(std::move(*body));
}

}  // namespace midge::lower
