// What the printer and the parser of the loop IR's text form must agree on.
//
//   kernel relu "RELU#4" {
//     buffer x: i8[8, 4] input
//     buffer bias: i32[4] const = {1, -2, 3, 4}
//     buffer y: i8[8, 4] strides [16, 1] output
//     buffer acc: i32[] local
//
//     for i in 0..8 {                       // a comment; `unrolled` may stand before the brace
//       for c in 0..4 {
//         alloc acc                         // reaches to the end of the enclosing braces, as does a let
//         acc[] = i32(x[i, c]) + bias[c]
//         let t: i32 = max(acc[], 0) {      // ... unless it has braces of its own
//           if t < 128 && true { y[i, c] = i8(t) } else { y[i, c] = i8(127) }
//         }
//         block { }                         // a block inside a list of statements, or of one statement
//       }
//     }
//   }
//
// Infix operators have the precedence of C and group to the left. Immediates: 5 is i32, 5:i64 another integer
// type, true and false are bool, 1.5 is f32, as are inf:f32, -inf:f32 and nan:7fc00000 (its bits). Other
// operations are written as functions: min max select sqrt clz, i8(x) for a cast, bitcast<u32>(x),
// @instruction:i32(x, y) for a call. Line breaks mean nothing. Variables have no declarations of their own: a
// name is a variable from its first `for` or `let`, and the variable table is in that order.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "loop/ir.h"

namespace midge::loop {

struct Infix {
  ExprKind kind;
  std::string_view token;
  int precedence;  // higher binds tighter
};
std::span<const Infix> infix_operators();

// Operations of one to three operands written name(operands...), except those that carry a type.
struct Function {
  ExprKind kind;
  std::string_view name;
  size_t arity;
};
std::span<const Function> functions();

std::string_view name_of(Memory memory);
std::optional<Memory> parse_memory(std::string_view name);

// A name that C and the text form can use: letters, digits, underscores, not a keyword of C.
bool is_identifier(std::string_view name);

// One statement without what it encloses, or one expression; shortened to fit a message.
std::string headline(const Kernel& kernel, const StmtNode& stmt);
std::string headline(const Kernel& kernel, const ExprNode& expr);

}  // namespace midge::loop
