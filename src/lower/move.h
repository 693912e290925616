// Moves: how a box of output elements maps onto a source, and the loops that walk over it.
//
// Most operators that only rearrange elements are one or a few boxes of the output whose elements sit at
// regular distances in the source: transposes, slices (also backwards), tiles, concatenations, block
// permutations, paddings. They all become a `Move`; `walk` merges neighbouring axes that are regular on both
// sides, so that a plain copy is one loop, whatever its rank. Sources are addressed flat, the output by the
// context's runs. Rejected: one loop per axis and as many indices. It is the same address in the end, with
// more loops around it, and permutations that split an axis (space to depth) would need divisions.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "lower/context.h"

namespace midge::lower {

// One loop of a move: `extent` iterations, each `step` further along the output's axis `axis` and `from`
// elements further in the source. With a table, iteration i is table[i] * from elements away instead. Step 0:
// only the source moves, as in a reduction.
struct MoveAxis {
  int64_t extent = 1;
  size_t axis = 0;
  int64_t step = 1;
  int64_t from = 0;
  std::vector<int64_t> table;
};

struct Move {
  Shape begin;                 // the first output element; empty: all zero
  int64_t from = 0;            // the first source element
  std::vector<MoveAxis> axes;  // outermost first
};

// Elements between neighbours along each axis of a dense tensor.
std::vector<int64_t> dense_strides(const Shape& shape);

// The whole of `extents`, one step at a time, from a source with these distances between neighbours.
Move box(const Shape& extents, const std::vector<int64_t>& from);

// Adds what reads source index indices[i], `from` elements apart, at i of output axis `axis`: regular loops
// where every index is repeated equally often and they are in arithmetic progression, else a table.
void add_indexed_axis(Move& move, const std::vector<int64_t>& indices, size_t axis, int64_t from);

// values[index] (i32) from a constant of the narrowest type.
Expr table_entry(Context& ctx, std::string_view name, const std::vector<int64_t>& values, const Expr& index);

// The loops of a move, and the element of output (an index per run) and source in their innermost iteration.
struct Walk {
  std::vector<Loop> loops;
  std::vector<std::vector<std::pair<VarId, Expr>>> lets;  // per loop: names bound just inside it
  std::vector<Expr> to;
  Expr from;

  Stmt wrap(Stmt body) const;
};
// Uses the context's runs, which are set by then. `name` starts the loops' names.
Walk walk(Context& ctx, const Move& move, std::string_view name = "i");

// Sets the runs that suit an operator which rearranges: as merged as the fused operators allow.
void set_move_runs(Context& ctx);

// Flat access to all elements of an input.
BufferId bind_flat(Context& ctx, size_t input, std::string_view name = "x");

// The nest that sets every output element of the move to `element(source index)`, a value of the output's
// type.
using ElementOf = std::function<Result<Expr>(Lets& lets, const Expr& from)>;
Result<Stmt> move_elements(Context& ctx, const Move& move, const ElementOf& element);
// The same, with input `input`'s elements as they are.
Result<Stmt> copy_elements(Context& ctx, const Move& move, size_t input = 0);

}  // namespace midge::lower
