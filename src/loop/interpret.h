// Runs a kernel on the host, exactly as loop/ir.h defines it. The oracle for every transformation and for
// emitted C.
//
// The kernel is verified, then compiled once into a tree of functions (interpret_node.h), so that whole
// layers run in well under a second: a hundred million expression nodes a second, roughly.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "loop/ir.h"

namespace midge::loop {

// What an instruction computes: `value`, in which Var i is its operand i. No loads.
struct Meaning {
  std::vector<DType> parameters;
  Expr value;
};
// The meaning of the instruction of this name, or null.
using Meanings = std::function<const Meaning*(std::string_view instruction)>;

// memory[i]: the bytes behind buffer i of the kernel (kInput, kOutput, kScratch: exactly its size, strided
// extent included; others: empty, the interpreter makes them). kLocal and kScratch start as garbage on
// purpose. An access out of bounds, a signed overflow, a division by zero or a bad shift is an error that
// names the statement; so is running more than `max_steps` statements (0: no limit), and a call of an
// instruction whose meaning is not known.
Result<void> interpret(const Kernel& kernel, std::span<const std::span<uint8_t>> memory,
                       int64_t max_steps = 0, const Meanings& meanings = nullptr);

// The value of an expression of immediates alone, as an immediate; null where it is not one or the operation
// is forbidden on these values. For constant folding.
Expr evaluate(const Expr& expr);

// Bytes that buffer's storage spans (strides included). The buffer has passed verify.
int64_t byte_span(const Buffer& buffer);

}  // namespace midge::loop
