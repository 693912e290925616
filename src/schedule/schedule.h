// A schedule: a list of small comparable steps that turn one loop nest into a faster one with the same
// results.
//
// A step names loops and buffers by the names in the kernel's text form, so a schedule is also the log line,
// the cache value and what a tuner searches. Each step applies or declines with a reason; a step that
// declines changes nothing. After a step the original names go on where they still make sense: split(oc, 4)
// yields loops `oc_o` and `oc_i`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "loop/ir.h"

namespace midge::schedule {

// Loop `var` of constant extent E → var_o (E / factor) × var_i (factor); a remainder becomes a second nest
// after it (loops renamed var_r...). factor >= E declines.
struct Split {
  std::string var;
  int64_t factor = 1;
  friend bool operator==(const Split&, const Split&) = default;
};

// Moves loop `var` inwards until it is the innermost loop around `var`'s uses: through `for` (interchange),
// `block` (distribution: a loop per child) and `alloc` (a kLocal buffer gets a leading axis of var's extent,
// one slot an iteration). Stops at the body's innermost statements. Legal when iterations of `var` are
// independent: every buffer it stores to is indexed by `var` injectively or is a local of its body. Bounds of
// inner loops must not use `var`.
struct Sink {
  std::string var;
  friend bool operator==(const Sink&, const Sink&) = default;
};

// Puts directly nested loops (each the only statement of the one before) into this order.
struct Reorder {
  std::vector<std::string> vars;
  friend bool operator==(const Reorder&, const Reorder&) = default;
};

// Marks the loop kUnrolled.
struct Unroll {
  std::string var;
  friend bool operator==(const Unroll&, const Unroll&) = default;
};

// Splits the range of `var` into before / middle / after so that in the middle every condition in its body
// that depends on `var` is decided by loop ranges alone, and simplifies each copy. The middle keeps the name;
// the others are var_lo, var_hi (they are absent where empty).
struct Partition {
  std::string var;
  friend bool operator==(const Partition&, const Partition&) = default;
};

// `for var { if (c) body }` with c a conjunction of linear comparisons in `var` → tighter loop bounds
// (max/min of expressions evaluated once), no test inside.
struct Trim {
  std::string var;
  friend bool operator==(const Trim&, const Trim&) = default;
};

// Copies the part of `buffer` that one iteration of loop `at` reads into a new buffer of the given element
// type (wider or equal) and memory just inside that loop, and redirects the reads. Elements the guards
// exclude hold `padding`. The part must be a box of constant extents.
struct Stage {
  std::string buffer;
  std::string at;
  DType dtype = DType::kI8;
  loop::Memory memory = loop::Memory::kScratch;
  int64_t padding = 0;
  friend bool operator==(const Stage&, const Stage&) = default;
};

// `outer` with `inner` directly inside → one loop `outer_inner` over both ranges, in the same order. Legal
// when every index uses the two as outer*E + inner (E: inner's constant extent), if need be after the buffers
// they index are seen as fewer, longer axes, as their layout allows.
struct Fuse {
  std::string outer, inner;
  friend bool operator==(const Fuse&, const Fuse&) = default;
};

using Step = std::variant<Split, Sink, Reorder, Unroll, Partition, Trim, Stage, Fuse>;
using Schedule = std::vector<Step>;

std::string print(const Step& step);          // "split(oc, 4)"
std::string print(const Schedule& schedule);  // "split(oc, 4); unroll(oc_i)"
Result<Schedule> parse(std::string_view text);

// The kernel after the step, or why the step does not apply (kUsage).
Result<loop::Kernel> apply(const loop::Kernel& kernel, const Step& step);

// A plain default for any nest, from its structure alone (which loops reduce, what is contiguous, what is
// guarded): borders partitioned, accumulators in blocks of locals, short inner loops unrolled within a code
// budget. Returns only steps that apply, in order, together with the resulting kernel.
struct Scheduled {
  Schedule schedule;
  loop::Kernel kernel;
};
Scheduled default_schedule(const loop::Kernel& kernel);

}  // namespace midge::schedule
