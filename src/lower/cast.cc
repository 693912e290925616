// CAST: the number, not its code, so quantisation plays no part. To bool: whether it is not zero.
#include "lower/families.h"

namespace midge::lower {

Result<Expr> pointwise_cast(Element& element, const graph::Cast&) {
  const Expr& x = element.operands.at(0);
  const DType to = element.output().dtype;
  if (to != DType::kBool || x->type == DType::kBool) return loop::cast(to, x);
  const Expr zero = x->type == DType::kF32 ? loop::float_imm(0.0f) : loop::int_imm(x->type, 0);
  return loop::binary(loop::ExprKind::kNe, x, zero);
}

}  // namespace midge::lower
