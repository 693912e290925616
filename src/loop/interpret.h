// Runs a kernel on the host, exactly as loop/ir.h defines it. The oracle for every transformation and for emitted C.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "loop/ir.h"

namespace midge::loop {

// memory[i]: the bytes behind buffer i of the kernel (kInput, kOutput, kScratch: exactly its size, strided extent
// included; others: empty, the interpreter makes them). kLocal and kScratch start as garbage on purpose. An access out
// of bounds, a signed overflow, a division by zero or a bad shift is an error that names the statement; so is running
// more than `max_steps` statements (0: no limit).
Result<void> interpret(const Kernel& kernel, std::span<const std::span<uint8_t>> memory, int64_t max_steps = 0);

// Bytes that buffer's storage spans (strides included).
int64_t byte_span(const Buffer& buffer);

}  // namespace midge::loop
