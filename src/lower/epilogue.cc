#include "lower/families.h"
#include "lower/lower.h"

namespace midge::lower {

Result<Expr> pointwise(Element& element) {
  const graph::Op& op = element.node.op;
  if (const auto* binary = std::get_if<graph::Binary>(&op)) return pointwise_binary(element, *binary);
  if (const auto* unary = std::get_if<graph::Unary>(&op)) return pointwise_unary(element, *unary);
  if (const auto* prelu = std::get_if<graph::PRelu>(&op)) return pointwise_prelu(element, *prelu);
  if (const auto* quantize = std::get_if<graph::Quantize>(&op)) return pointwise_quantize(element, *quantize);
  if (const auto* dequantize = std::get_if<graph::Dequantize>(&op))
    return pointwise_dequantize(element, *dequantize);
  const auto* cast = std::get_if<graph::Cast>(&op);
  MIDGE_CHECK(cast != nullptr);
  return pointwise_cast(element, *cast);
}

Result<Stmt> lower_elementwise(Context& ctx) {
  ctx.set_runs(ctx.mergeable_runs());
  const Shape extents = ctx.run_extents();
  std::vector<Loop> loops;
  std::vector<Expr> indices;
  for (size_t r = 0; r < extents.size(); ++r) {
    loops.push_back(ctx.loop("i" + (extents.size() > 1 ? std::to_string(r) : ""), extents[r]));
    indices.push_back(loops.back().index);
  }
  Lets lets(ctx.kernel());
  Element element{ctx, lets, ctx.node(), {}, indices};
  for (size_t i = 0; i < ctx.node().inputs.size(); ++i)
    element.operands.push_back(lets.bind(i == 0 ? "a" : "b", ctx.load_broadcast(ctx.node(), i, indices)));
  MIDGE_ASSIGN(const Expr value, pointwise(element));
  MIDGE_ASSIGN(Stmt body, ctx.store_output(indices, value));
  return nest(loops, lets.wrap(std::move(body)));
}

namespace {

bool has_formula(const graph::Op& op) {
  return std::holds_alternative<graph::Binary>(op) || std::holds_alternative<graph::Unary>(op) ||
         std::holds_alternative<graph::PRelu>(op) || std::holds_alternative<graph::Quantize>(op) ||
         std::holds_alternative<graph::Dequantize>(op) || std::holds_alternative<graph::Cast>(op);
}

}  // namespace

bool is_elementwise(const graph::Graph& graph, const graph::Node& node) {
  if (!has_formula(node.op) || node.outputs.size() != 1) return false;
  ValueId computed;
  for (const ValueId input : node.inputs) {
    if (!input.valid() || graph.value(input).is_constant()) continue;
    if (computed.valid() && computed != input) return false;
    computed = input;
  }
  return computed.valid() && graph.value(computed).shape == graph.value(node.outputs[0]).shape;
}

}  // namespace midge::lower
