// The C writer: a compiled program → C99 sources.
//
// Everything comes from the loop IR through one writer; fixed text (headers' opening, the requirements note)
// lives in templates. Output is stable: the same program gives the same bytes. It compiles without a warning
// under -Wall -Wextra -Wconversion -Wshadow -pedantic -Werror with GCC and Clang; needs stdint.h and string.h
// only; no heap, recursion or mutable globals; all names carry the program's prefix, so several models link
// into one program.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "compile/compile.h"

namespace midge::emit {

struct File {
  std::string name;  // "model.c" with the program's name in place of `model`
  std::string text;
};

// The stack that `invoke` was seen to need, for the header.
struct StackUse {
  int64_t bytes = 0;
  std::string board;  // where it was measured
};

// <name>.c, <name>.h, <name>_weights.c. For a program `sine` the header offers:
//   #define SINE_ARENA_BYTES, SINE_ARENA_ALIGNMENT, SINE_INPUT_COUNT, SINE_OUTPUT_COUNT,
//   #define SINE_INPUT_0_OFFSET / _BYTES (in the arena), the same for outputs,
//   int8_t *sine_input_0(void *arena);  const int8_t *sine_output_0(const void *arena);
//   void sine_invoke(void *arena);     /* reads the inputs from, leaves the outputs in, the arena */
// with shapes, dtypes and quantisation in comments. An input's bytes may be overwritten by sine_invoke.
// Kernels that are equal but for their constants share one C function.
std::vector<File> emit(const compile::Program& program, const std::optional<StackUse>& stack = std::nullopt);

}  // namespace midge::emit
