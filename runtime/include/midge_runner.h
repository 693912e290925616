/* What the runner (runtime/src/runner.c) and a program's networks have in common.
 *
 * A program is linked from the networks' own C files, a table of them that the host side generates, and this runtime.
 *
 * Input stream, read to its end: runs, one after the other.
 *     u32 index into midge_networks; the bytes of that network's inputs, one after the other
 * Output stream, all words little-endian:
 *     per run  u32 MIDGE_TAG_RUN, u32 byte count, the bytes of the outputs, one after the other
 *     last     u32 MIDGE_TAG_END, u32 runs done, u32 deepest use of the stack in bytes
 *     or       u32 MIDGE_TAG_FAULT, u32 bytes of a word, struct midge_fault
 *     or       u32 MIDGE_TAG_BAD_INPUT, u32 runs done: an index out of range, or an input cut short
 * Runs are streamed: nothing grows with their number. */
#ifndef MIDGE_RUNNER_H
#define MIDGE_RUNNER_H

#include <stdint.h>

#define MIDGE_TAG_RUN 0x4e55524du       /* "MRUN" */
#define MIDGE_TAG_END 0x444e454du       /* "MEND" */
#define MIDGE_TAG_FAULT 0x544c464du     /* "MFLT" */
#define MIDGE_TAG_BAD_INPUT 0x4e49424du /* "MBIN" */

/* Bytes of the arena. */
struct midge_span {
  uint32_t offset;
  uint32_t bytes;
};

struct midge_network {
  const char *name;
  void (*invoke)(void *arena);
  uint32_t arena_bytes;
  uint32_t input_count;
  const struct midge_span *inputs;
  uint32_t output_count;
  const struct midge_span *outputs;
};

extern const struct midge_network midge_networks[];
extern const uint32_t midge_network_count;

/* As large as the largest arena_bytes, aligned to 16. It is placed by its name, so it must be an object of its own:
 *     uint8_t midge_arena[MAX_ARENA_BYTES] __attribute__((aligned(16))); */
extern uint8_t midge_arena[];

/* How the guest died, as its port (runtime/port/) saw it. */
#define MIDGE_FAULT_HAS_PC 1u
#define MIDGE_FAULT_HAS_ADDRESS 2u
#define MIDGE_FAULT_STACK_OVERFLOW 4u

struct midge_fault {
  uintptr_t cause;  /* cortex_m: the exception's number; riscv: mcause; host: the signal's number */
  uintptr_t detail; /* cortex_m: CFSR; else 0 */
  uintptr_t flags;
  uintptr_t address; /* that was accessed */
  uintptr_t pc;
  uintptr_t sp;
  uintptr_t lr;
  uintptr_t registers[16]; /* cortex_m: r0 to r12; riscv: a0 to a7, t0 to t6 */
  uintptr_t callers[8];    /* words on the stack that point into the code, the latest first: return addresses, mostly */
};

#endif
