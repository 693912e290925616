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
  uintptr_t from = fault->sp & ~(uintptr_t)3;
  if (from < limit) {
    fault->flags |= MIDGE_FAULT_STACK_OVERFLOW;
    from = limit;
  }
  uint32_t count = 0;
  for (; from < (uintptr_t)midge_stack_top && count < sizeof fault->callers / sizeof fault->callers[0]; from += 4) {
    const uintptr_t word = *(const uintptr_t *)from;
    if (word >= (uintptr_t)midge_text_begin && word < (uintptr_t)midge_text_end) {
      fault->callers[count++] = word;
    }
  }
}
