/* Runs networks on the inputs that come in, and sends out their outputs (midge_runner.h says in what form).
 *
 * Before each run the arena is filled with rubbish, so that no result can hang on what an earlier run or the reset
 * left there, and the free stack with a pattern, so that its real use shows. */
#include "midge_runner.h"

#include <string.h>

#include "port.h"

#define STACK_PAINT 0x5aa5c33cu
#define ARENA_RUBBISH 0xa5

/* An instruction counter (src/measure/plugin) recognises the entries of these two. The comments differ because the
 * compiler would make one function of two equal ones. */
__attribute__((noinline)) void midge_region_begin(void) { __asm__ volatile("/* begin */" ::: "memory"); }
__attribute__((noinline)) void midge_region_end(void) { __asm__ volatile("/* end */" ::: "memory"); }

static void write_u32s(uint32_t first, uint32_t second, uint32_t third, uint32_t count) {
  uint32_t words[3];
  words[0] = first;
  words[1] = second;
  words[2] = third;
  midge_port_write(words, count * 4u);
}

void midge_report_fault(const struct midge_fault *fault) {
  write_u32s(MIDGE_TAG_FAULT, (uint32_t)sizeof(uintptr_t), 0, 2);
  midge_port_write(fault, (uint32_t)sizeof *fault);
  midge_port_exit(1);
}

static int read_inputs(const struct midge_network *network) {
  for (uint32_t i = 0; i < network->input_count; ++i) {
    const struct midge_span *span = &network->inputs[i];
    if (midge_port_read(midge_arena + span->offset, span->bytes) != span->bytes) {
      return 0;
    }
  }
  return 1;
}

static void write_outputs(const struct midge_network *network) {
  uint32_t bytes = 0;
  for (uint32_t i = 0; i < network->output_count; ++i) {
    bytes += network->outputs[i].bytes;
  }
  write_u32s(MIDGE_TAG_RUN, bytes, 0, 2);
  for (uint32_t i = 0; i < network->output_count; ++i) {
    midge_port_write(midge_arena + network->outputs[i].offset, network->outputs[i].bytes);
  }
}

/* Returns the bytes of stack that invoke used. Calls nothing else between painting and looking, because that would
 * leave its own traces in the paint. */
static __attribute__((noinline)) uint32_t invoke(const struct midge_network *network) {
  volatile uint32_t *const limit = (volatile uint32_t *)midge_port_stack_limit();
  volatile uint32_t *const top = (volatile uint32_t *)midge_port_stack_pointer();
  for (volatile uint32_t *word = limit; word < top; ++word) {
    *word = STACK_PAINT;
  }
  midge_region_begin();
  network->invoke(midge_arena);
  midge_region_end();
  volatile uint32_t *word = limit;
  while (word < top && *word == STACK_PAINT) {
    ++word;
  }
  return (uint32_t)((uintptr_t)top - (uintptr_t)word);
}

static void report_overflow(const struct midge_network *network) {
  static struct midge_fault fault;
  fault.flags = MIDGE_FAULT_STACK_OVERFLOW | MIDGE_FAULT_HAS_PC;
  fault.pc = (uintptr_t)network->invoke;
  fault.sp = midge_port_stack_limit();
  midge_report_fault(&fault);
}

int midge_main(void) {
  uint32_t deepest = 0;
  uint32_t runs = 0;
  for (;; ++runs) {
    uint32_t index = 0;
    const uint32_t got = midge_port_read(&index, 4);
    if (got == 0) {
      break;
    }
    if (got != 4 || index >= midge_network_count) {
      write_u32s(MIDGE_TAG_BAD_INPUT, runs, 0, 2);
      return 1;
    }
    const struct midge_network *network = &midge_networks[index];
    memset(midge_arena, ARENA_RUBBISH, network->arena_bytes);
    if (!read_inputs(network)) {
      write_u32s(MIDGE_TAG_BAD_INPUT, runs, 0, 2);
      return 1;
    }
    const uint32_t used = invoke(network);
    if (*(volatile uint32_t *)midge_port_stack_limit() != STACK_PAINT) {
      report_overflow(network);
    }
    deepest = used > deepest ? used : deepest;
    write_outputs(network);
  }
  write_u32s(MIDGE_TAG_END, runs, deepest, 3);
  return 0;
}
