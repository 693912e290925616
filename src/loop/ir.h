// The loop IR: what one kernel does, as loops over loads, integer or float arithmetic and stores.
//
// Expressions and statements are immutable and shared; a transformation builds new nodes. One uniform node
// struct for each (kind + type + operands) keeps printing, parsing, comparing and rewriting a few lines each;
// the kind lists are written once below. Rejected: a class per node (four hundred lines of visitors for the
// same facts).
//
// Exact meaning. Every expression has one DType, that of its value.
//  - signed integers: a result outside the type is forbidden (the interpreter reports it; the emitter may
//  rely on it).
//  - unsigned integers wrap modulo 2^bits. Code that wants to wrap casts to unsigned, computes, casts back.
//  - cast to an integer type is modulo 2^bits of the target (from f32: truncates toward zero; out of range
//  forbidden);
//    from bool it gives 0 or 1; to f32 it rounds to nearest even. There is no cast to bool: compare with
//    zero.
//  - div and rem of integers truncate toward zero as in C; a zero divisor is forbidden, and so are both of
//  the least
//    signed value by -1.
//  - shr of a signed value is arithmetic (floor(a / 2^b)); 0 <= b < bits. shl of a signed value is a * 2^b,
//  and must fit.
//  - f32 arithmetic is IEEE single, each node rounded once, no contraction; a division by zero gives what
//  IEEE says.
//  - min(a, b) is `b < a ? b : a`, max(a, b) is `a < b ? b : a`: that decides NaN and signed zeros.
//  Comparisons with
//    NaN are false, but for ne.
//  - eq, ne and select are defined on every type; the other comparisons, min and max on all but bool. A bool
//  in memory
//    is a byte of 0 or 1. `select` evaluates only the chosen side, `land`/`lor` are evaluated left to right
//    and stop early, so a guarded load is safe.
//  - loads are inside the buffer's extents (checked by the interpreter).
//  - the limits of a loop are evaluated once, before it; verify allows no load in them, so that nobody can
//  tell.
//  - an alloc'd buffer is used inside its alloc only; a kScratch buffer without any alloc lives in the whole
//  kernel.
//    One buffer may have several allocs side by side, never one within another.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/dtype.h"
#include "base/ids.h"
#include "base/result.h"

namespace midge::loop {

// X(Kind, name in print, number of operands; -1: any)
#define MIDGE_FOR_EACH_EXPR(X)                                              \
  X(IntImm, int, 0)     /* `value`, of an integer type or bool */           \
  X(FloatImm, float, 0) /* `float_value` */                                 \
  X(Var, var, 0)        /* a loop variable (i32) or a let */                \
  X(Load, load, -1)     /* buffer[operands...], one index (i32) per axis */ \
  X(Add, add, 2)                                                            \
  X(Sub, sub, 2)                                                            \
  X(Mul, mul, 2)                                                            \
  X(Div, div, 2)                                                            \
  X(Rem, rem, 2)                                                            \
  X(Min, min, 2)                                                            \
  X(Max, max, 2)                                                            \
  X(Shl, shl, 2) /* the count has the type of the value */                  \
  X(Shr, shr, 2)                                                            \
  X(And, and, 2) /* bitwise, integers */                                    \
  X(Or, or, 2)                                                              \
  X(Xor, xor, 2)                                                            \
  X(Eq, eq, 2) /* comparisons: operands of one type, result bool */         \
  X(Ne, ne, 2)                                                              \
  X(Lt, lt, 2)                                                              \
  X(Le, le, 2)                                                              \
  X(LogicalAnd, land, 2) /* bool */                                         \
  X(LogicalOr, lor, 2)                                                      \
  X(LogicalNot, lnot, 1)                                                    \
  X(Select, select, 3) /* condition, then, else */                          \
  X(Cast, cast, 1)                                                          \
  X(Bitcast, bitcast, 1) /* same number of bytes, same bits */              \
  X(Sqrt, sqrt, 1)       /* f32, correctly rounded; forbidden below 0 */    \
  X(Clz, clz, 1)         /* u32 → i32: leading zero bits, 32 for 0 */       \
  X(Call, call, -1)      /* `instruction`(operands...): an entry of the target's instruction table */

enum class ExprKind : uint8_t {
#define MIDGE_KIND(kind, name, arity) k##kind,
  MIDGE_FOR_EACH_EXPR(MIDGE_KIND)
#undef MIDGE_KIND
};

struct ExprNode;
using Expr = std::shared_ptr<const ExprNode>;

struct ExprNode {
  ExprKind kind;
  DType type;
  int64_t value = 0;             // kIntImm
  float float_value = 0;         // kFloatImm
  VarId var = {};                // kVar
  BufferId buffer = {};          // kLoad
  std::string instruction = {};  // kCall
  std::vector<Expr> operands = {};
};

// Factories check operand types (MIDGE_CHECK) and fold nothing; simplification is a pass of its own.
Expr int_imm(DType type, int64_t value);
Expr float_imm(float value);
Expr i32(int64_t value);  // int_imm(kI32, value)
Expr make_bool(bool value);
Expr var(VarId id, DType type);
Expr load(BufferId buffer, DType type, std::vector<Expr> indices);
Expr binary(ExprKind kind, Expr a, Expr b);  // any two-operand kind
Expr unary(ExprKind kind, Expr a);           // kLogicalNot, kSqrt, kClz
Expr select(Expr condition, Expr then, Expr otherwise);
Expr cast(DType type, Expr a);  // returns `a` itself where the type is already right; to bool it is `a != 0`
Expr bitcast(DType type, Expr a);
Expr call(std::string instruction, DType type, std::vector<Expr> operands);
// Short forms used by the lowering.
Expr operator+(Expr a, Expr b);
Expr operator-(Expr a, Expr b);
Expr operator*(Expr a, Expr b);
Expr min(Expr a, Expr b);
Expr max(Expr a, Expr b);
Expr div(Expr a, Expr b);
Expr rem(Expr a, Expr b);
Expr shl(Expr a, int64_t bits);
Expr shr(Expr a, int64_t bits);
Expr lt(Expr a, Expr b);
Expr le(Expr a, Expr b);
Expr gt(Expr a, Expr b);  // b < a
Expr ge(Expr a, Expr b);  // b <= a
Expr eq(Expr a, Expr b);
Expr ne(Expr a, Expr b);
Expr land(Expr a, Expr b);
Expr lor(Expr a, Expr b);
Expr lnot(Expr a);

// The typing rules, which the factories, verify and the parser share: the type of the result, or nothing
// where the operation is not defined on such operands.
std::optional<DType> binary_type(ExprKind kind, DType a, DType b);
std::optional<DType> unary_type(ExprKind kind, DType a);
bool fits(DType type,
          int64_t value);  // `value` is an integer or bool immediate of this type (kU64: its bits)

// X(Kind, name)
#define MIDGE_FOR_EACH_STMT(X)                                                                              \
  X(Block, block) /* children in order; may be empty */                                                     \
  X(For, for)      /* var from operands[0] while < operands[1], step 1; children[0] */                      \
  X(If, if)        /* operands[0]; children[0], and children[1] if present */                               \
  X(Store, store) /* buffer[operands[1...]] = operands[0], whose type is the buffer's */                    \
  X(Let, let)     /* var = operands[0]; visible in children[0] */                                           \
  X(Alloc, alloc) /* `buffer` (memory kLocal or kScratch) lives in children[0]; contents undefined at entry \
                   */

enum class StmtKind : uint8_t {
#define MIDGE_KIND(kind, name) k##kind,
  MIDGE_FOR_EACH_STMT(MIDGE_KIND)
#undef MIDGE_KIND
};

// kUnrolled: the loop pass `unroll` replaces it by copies of its body; bounds must be constant by then.
enum class ForKind : uint8_t { kSerial, kUnrolled };

struct StmtNode;
using Stmt = std::shared_ptr<const StmtNode>;

struct StmtNode {
  StmtKind kind;
  ForKind for_kind = ForKind::kSerial;
  VarId var = {};        // kFor, kLet
  BufferId buffer = {};  // kStore, kAlloc
  std::vector<Expr> operands = {};
  std::vector<Stmt> children = {};
};

Stmt block(std::vector<Stmt> children);
Stmt make_for(VarId var, Expr begin, Expr end, Stmt body, ForKind kind = ForKind::kSerial);
Stmt make_for(VarId var, int64_t extent, Stmt body);  // from 0
Stmt make_if(Expr condition, Stmt then, Stmt otherwise = nullptr);
Stmt store(BufferId buffer, std::vector<Expr> indices, Expr value);
Stmt let(VarId var, Expr value, Stmt body);
Stmt alloc(BufferId buffer, Stmt body);

enum class Memory : uint8_t {
  kInput,    // an argument that is read
  kOutput,   // an argument that is written; may be read back after it was written
  kConst,    // data known when compiling: `data` holds it
  kScratch,  // work space from the arena, given to the kernel as an argument
  kLocal,    // C locals: scalars where every index is constant, else a local array
};

struct Buffer {
  std::string name;  // unique within the kernel, variables included
  DType dtype = DType::kI8;
  Shape shape = {};  // no axes: one element
  Memory memory = Memory::kInput;
  std::vector<int64_t> strides =
      {};  // in elements, per axis; empty: dense row-major. Lets an output be a slice of a larger one.
  std::shared_ptr<const std::vector<uint8_t>> data = {};  // kConst: dense, little-endian
};

struct Var {
  std::string name;  // unique within the kernel
  DType type = DType::kI32;
};

// One function on the chip. Arguments are the kInput, kOutput and kScratch buffers in table order.
struct Kernel {
  std::string name;    // a C identifier
  std::string source;  // which operators it computes: "CONV_2D#3 + RELU#4"
  std::vector<Var> vars;
  std::vector<Buffer> buffers;
  Stmt body;

  VarId add_var(std::string name, DType type = DType::kI32);  // makes the name unique
  BufferId add_buffer(Buffer buffer);                         // makes the name unique
  const Var& var(VarId id) const { return vars.at(id.at()); }
  const Buffer& buffer(BufferId id) const { return buffers.at(id.at()); }
  Buffer& buffer(BufferId id) { return buffers.at(id.at()); }
};

// Rewriting. `rewrite(e, f)`: f is asked for every node, outermost first; it returns a replacement (not
// visited further) or null to go into the operands. Shared subtrees stay shared; unchanged nodes are returned
// as they are.
using ExprRewriter = std::function<Expr(const Expr&)>;
using StmtRewriter = std::function<Stmt(const Stmt&)>;
Expr rewrite(const Expr& expr, const ExprRewriter& on_expr);
Stmt rewrite(const Stmt& stmt, const StmtRewriter& on_stmt, const ExprRewriter& on_expr = nullptr);
Expr substitute(const Expr& expr, VarId var, const Expr& value);
Stmt substitute(const Stmt& stmt, VarId var, const Expr& value);
// Every node, outermost first.
void visit(const Expr& expr, const std::function<void(const Expr&)>& f);
void visit(const Stmt& stmt, const std::function<void(const Stmt&)>& on_stmt,
           const std::function<void(const Expr&)>& on_expr = nullptr);
bool equal(const Expr& a, const Expr& b);
bool equal(const Stmt& a, const Stmt& b);

// Structural check: types, arities, ids, scopes (a variable is read only where it is visible, bound once),
// buffers stored to only if writable, index counts. The message prints the offending node.
Result<void> verify(const Kernel& kernel);

// Text form; print(parse(t)) == t for every t that print made. Constant data is printed in full.
std::string print(const Kernel& kernel);
std::string print(const Kernel& kernel, const Expr& expr);
std::string print(const Kernel& kernel, const Stmt& stmt);
Result<Kernel> parse(std::string_view text);

}  // namespace midge::loop
