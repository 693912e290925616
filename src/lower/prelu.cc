// PRELU: x where x >= 0, else x * alpha, alpha broadcast to x. int8: one multiplier for each side.
#include "lower/accumulate.h"
#include "lower/families.h"
#include "lower/requantize.h"

namespace midge::lower {

using loop::i32;

Result<Expr> pointwise_prelu(Element& element, const graph::PRelu&) {
  const DType type = element.input(0).dtype;
  if (element.input(1).dtype != type || element.output().dtype != type)
    return Context::unsupported(element.node, element.output(), "operands of different element types");
  const Expr &x = element.operands[0], &alpha = element.operands[1];
  if (type == DType::kF32) return loop::select(loop::le(loop::float_imm(0.0f), x), x, x * alpha);
  if (type != DType::kI8)
    return Context::unsupported(element.node, element.input(0), "element types other than i8 and f32");
  MIDGE_ASSIGN(const Affine in, Context::affine(element.node, element.input(0)));
  MIDGE_ASSIGN(const Affine slope, Context::affine(element.node, element.input(1)));
  MIDGE_ASSIGN(const Affine out, Context::affine(element.node, element.output()));
  const quant::Multiplier identity = quant::quantize_multiplier(double{in.scale} / double{out.scale});
  const quant::Multiplier product =
      quant::quantize_multiplier(double{in.scale} * double{slope.scale} / double{out.scale});
  const Expr centred = element.lets.bind("c", loop::cast(DType::kI32, x) - i32(in.zero_point));
  const Expr scaled =
      element.lets.bind("p", centred * (loop::cast(DType::kI32, alpha) - i32(slope.zero_point)));
  const Expr value = loop::select(loop::le(i32(0), centred), requantize(element.lets, centred, identity),
                                  requantize(element.lets, scaled, product));
  return to_stored_i8(element.lets.bind("q", value), out.zero_point, {});
}

}  // namespace midge::lower
