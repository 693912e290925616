/* What the runner needs from where it runs; one implementation per folder of runtime/port/. */
#ifndef MIDGE_PORT_H
#define MIDGE_PORT_H

#include <stdint.h>

/* The runner: reads the whole input, writes the whole output, returns the exit code. */
int midge_main(void);

/* The input stream: fills `to`, returns the bytes read, less than `bytes` only at the end. */
uint32_t midge_port_read(void *to, uint32_t bytes);

/* The output stream. */
void midge_port_write(const void *from, uint32_t bytes);

/* Lowest address of the stack that may be used. */
uintptr_t midge_port_stack_limit(void);

/* Called with a fault's record: writes it, and ends the program. */
struct midge_fault;
void midge_report_fault(const struct midge_fault *fault);

void midge_port_exit(int code);

static inline __attribute__((always_inline)) uintptr_t midge_port_stack_pointer(void) {
  uintptr_t sp;
#if defined(__x86_64__)
  __asm__ volatile("movq %%rsp, %0" : "=r"(sp));
#elif defined(__riscv)
  __asm__ volatile("mv %0, sp" : "=r"(sp));
#else
  __asm__ volatile("mov %0, sp" : "=r"(sp));
#endif
  return sp;
}

#endif
