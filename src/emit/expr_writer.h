// Loop expressions → C99 text.
//
// Every value is written so that its C type is exactly its IR type once stored: arithmetic below 32 bits is
// cast back (C promotes to int), signed left shifts go through unsigned, minima and maxima call small inline
// helpers. Helpers that were used are remembered, so that the file gets only those.
#pragma once

#include <set>
#include <string>

#include "loop/ir.h"

namespace midge::emit {

class ExprWriter {
 public:
  // `scalars`: local buffers that are written as one C variable per element.
  ExprWriter(const loop::Kernel& kernel, const std::set<BufferId>& scalars, std::set<std::string>& helpers)
      : kernel_(kernel), scalars_(scalars), helpers_(helpers) {}

  std::string write(const loop::Expr& expr);
  // The element of a buffer as an lvalue: `y[12 * oh + oc]`, `acc_3`.
  std::string access(BufferId buffer, const std::vector<loop::Expr>& indices);

 private:
  struct Text {
    std::string text;
    int precedence;  // of the outermost operator, C's; higher binds tighter
  };
  Text write_node(const loop::Expr& expr);
  Text infix(const loop::Expr& expr, const char* symbol, int precedence);
  Text shift_left(const loop::Expr& expr);
  Text small_multiply(const loop::Expr& expr);
  Text cast_to(DType type, const loop::Expr& operand);
  Text bitcast(const loop::Expr& expr);
  Text helper(std::string name, const loop::Expr& expr);
  std::string operand(const loop::Expr& expr, int least_precedence);

  const loop::Kernel& kernel_;
  const std::set<BufferId>& scalars_;
  std::set<std::string>& helpers_;
};

std::string integer_literal(DType type, int64_t value);
std::string float_literal(float value);

// The C text of one helper function that an ExprWriter asked for by name.
std::string helper_text(const std::string& name);

}  // namespace midge::emit
