// CONCATENATION: a box of the output per input. Elements move as they are where input and output mean the
// same by them; else they are requantised as by QUANTIZE (TensorFlow Lite refuses those models) and clamped
// to the activation.
#include "lower/accumulate.h"
#include "lower/families.h"
#include "lower/move.h"
#include "lower/quantize.h"

namespace midge::lower {

namespace {

// How to change an element of `input` on its way; a null function: not at all.
Result<ElementOf> conversion(Context& ctx, const graph::Concat& op, size_t input) {
  const graph::Value& value = ctx.input(input);
  const bool active = op.activation != graph::Activation::kNone;
  const BufferId x = bind_flat(ctx, input);
  if (value.dtype == DType::kF32 && active)
    return [=](Lets&, const Expr& index) -> Result<Expr> {
      return activate_f32(op.activation, loop::load(x, DType::kF32, {index}));
    };
  const bool same = value.dtype != DType::kI8 || value.quantization == ctx.output().quantization;
  if (same && !active) return ElementOf();
  if (value.dtype != DType::kI8) return ctx.unsupported(value, "an activation on elements of this type");
  MIDGE_ASSIGN(const Affine from, ctx.affine(value));
  MIDGE_ASSIGN(const Affine to, ctx.affine(ctx.output()));
  const quant::Range range = quant::activation_range(op.activation, *ctx.output().quantization);
  return [=](Lets& lets, const Expr& index) -> Result<Expr> {
    return rescale(lets, loop::load(x, DType::kI8, {index}), from, to, range);
  };
}

Result<Stmt> concat_input(Context& ctx, const graph::Concat& op, size_t input, int64_t offset) {
  const Shape& shape = ctx.input(input).shape;
  Move move = box(shape, dense_strides(shape));
  move.begin.assign(shape.size(), 0);
  move.begin[static_cast<size_t>(op.axis)] = offset;
  MIDGE_ASSIGN(const ElementOf converted, conversion(ctx, op, input));
  return converted ? move_elements(ctx, move, converted) : copy_elements(ctx, move, input);
}

}  // namespace

Result<Stmt> lower_concat(Context& ctx, const graph::Concat& op) {
  set_move_runs(ctx);
  std::vector<Stmt> nests;
  int64_t offset = 0;
  for (size_t input = 0; input < ctx.node().inputs.size(); ++input) {
    MIDGE_ASSIGN(Stmt nest, concat_input(ctx, op, input, offset));
    nests.push_back(std::move(nest));
    offset += ctx.input(input).shape[static_cast<size_t>(op.axis)];
  }
  return loop::block(std::move(nests));
}

}  // namespace midge::lower
