// The lowering of every operator: declarations of what the family files define. lower.cc dispatches to them.
#pragma once

#include <vector>

#include "base/result.h"
#include "graph/graph.h"
#include "loop/ir.h"
#include "lower/context.h"

namespace midge::lower {

// Each returns the kernel's body. The element types and shapes were verified with the graph; what a lowering
// does not define is a kModel error (Context::unsupported).
Result<Stmt> lower_conv2d(Context& ctx, const graph::Conv2D& op);
Result<Stmt> lower_depthwise_conv2d(Context& ctx, const graph::DepthwiseConv2D& op);
Result<Stmt> lower_transpose_conv2d(Context& ctx, const graph::TransposeConv2D& op);
Result<Stmt> lower_fully_connected(Context& ctx, const graph::FullyConnected& op);
Result<Stmt> lower_batch_matmul(Context& ctx, const graph::BatchMatMul& op);
Result<Stmt> lower_pool2d(Context& ctx, const graph::Pool2D& op);
Result<Stmt> lower_reduce(Context& ctx, const graph::Reduce& op);
Result<Stmt> lower_arg_max(Context& ctx, const graph::ArgMax& op);
Result<Stmt> lower_softmax(Context& ctx, const graph::Softmax& op);
Result<Stmt> lower_reshape(Context& ctx, const graph::Reshape& op);
Result<Stmt> lower_transpose(Context& ctx, const graph::Transpose& op);
Result<Stmt> lower_pad(Context& ctx, const graph::Pad& op);
Result<Stmt> lower_concat(Context& ctx, const graph::Concat& op);
Result<Stmt> lower_slice(Context& ctx, const graph::Slice& op);
Result<Stmt> lower_gather(Context& ctx, const graph::Gather& op);
Result<Stmt> lower_tile(Context& ctx, const graph::Tile& op);
Result<Stmt> lower_resize(Context& ctx, const graph::Resize& op);
Result<Stmt> lower_space_to_depth(Context& ctx, const graph::SpaceToDepth& op);
Result<Stmt> lower_depth_to_space(Context& ctx, const graph::DepthToSpace& op);

// Elementwise operators: one formula each, used for a kernel of its own (lower_elementwise) and in an
// epilogue.
struct Element {
  Context& ctx;
  Lets& lets;                  // for what the formula uses more than once
  const graph::Node& node;     // not the anchor in an epilogue
  std::vector<Expr> operands;  // one element per input, in the input's stored type; bound or cheap to repeat
  std::vector<Expr> indices;   // of the output element, one per run: see Context::axis_index

  const graph::Value& input(size_t i) const { return ctx.graph().value(node.inputs.at(i)); }
  const graph::Value& output() const { return ctx.graph().value(node.outputs.at(0)); }
};
// Each returns the output element in the output's stored type.
Result<Expr> pointwise_binary(Element& element, const graph::Binary& op);
Result<Expr> pointwise_unary(Element& element, const graph::Unary& op);
Result<Expr> pointwise_prelu(Element& element, const graph::PRelu& op);
Result<Expr> pointwise_quantize(Element& element, const graph::Quantize& op);
Result<Expr> pointwise_dequantize(Element& element, const graph::Dequantize& op);
Result<Expr> pointwise_cast(Element& element, const graph::Cast& op);

// Whichever of the above `element.node` needs.
Result<Expr> pointwise(Element& element);
// A kernel that is one elementwise operator over its output, with as few loops as broadcasting allows.
Result<Stmt> lower_elementwise(Context& ctx);

}  // namespace midge::lower
