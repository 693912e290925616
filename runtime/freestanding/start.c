/* From reset to midge_main, as far as it is the same for every processor. */
#include "start.h"

#include "midge_runner.h"
#include "port.h"

void midge_start(void) {
  const uint32_t *from = midge_data_load;
  for (uint32_t *to = midge_data_begin; to != midge_data_end; ++to) {
    *to = *from++;
  }
  for (uint32_t *to = midge_bss_begin; to != midge_bss_end; ++to) {
    *to = 0;
  }
  midge_protect_memory();
  midge_port_exit(midge_main());
}

uintptr_t midge_port_stack_limit(void) { return (uintptr_t)midge_stack_limit; }

void midge_fault_stack(struct midge_fault *fault) {
  const uintptr_t limit = (uintptr_t)midge_stack_limit;
  const uintptr_t top = (uintptr_t)midge_stack_top;
  uintptr_t from = fault->sp & ~(uintptr_t)3;
  if (from < limit) {
    fault->flags |= MIDGE_FAULT_STACK_OVERFLOW;
    from = limit;
  }
  for (uint32_t i = 0; i < sizeof fault->stack / sizeof fault->stack[0] && from < top; ++i, from += 4) {
    fault->stack[i] = *(const uintptr_t *)from;
  }
}
