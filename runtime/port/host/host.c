/* The runner as an ordinary program: the same two files, signals for faults. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#include "midge_runner.h"
#include "port.h"

/* How much of the process's stack is painted to see how deep it is used; a network that needs more is no network for
 * a microcontroller. */
#define STACK_BYTES (256u * 1024u)

static FILE *input;
static FILE *output;
static uintptr_t stack_limit;

uint32_t midge_port_read(void *to, uint32_t bytes) { return (uint32_t)fread(to, 1, bytes, input); }

void midge_port_write(const void *from, uint32_t bytes) {
  if (fwrite(from, 1, bytes, output) != bytes) {
    midge_port_exit(3);
  }
}

uintptr_t midge_port_stack_limit(void) { return stack_limit; }

void midge_port_exit(int code) {
  _Exit(code); /* after a fault nothing more is trusted */
}

static void on_fault(int number, siginfo_t *info, void *context) {
  static struct midge_fault fault;
  const ucontext_t *machine = context;
  fault.cause = (uintptr_t)number;
  fault.address = (uintptr_t)info->si_addr;
  fault.flags = MIDGE_FAULT_HAS_PC;
  if (number == SIGSEGV || number == SIGBUS) {
    fault.flags |= MIDGE_FAULT_HAS_ADDRESS;
  }
#if defined(__x86_64__)
  fault.pc = (uintptr_t)machine->uc_mcontext.gregs[REG_RIP];
  fault.sp = (uintptr_t)machine->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
  fault.pc = (uintptr_t)machine->uc_mcontext.pc;
  fault.sp = (uintptr_t)machine->uc_mcontext.sp;
  fault.lr = (uintptr_t)machine->uc_mcontext.regs[30];
#else
  fault.flags &= ~(uintptr_t)MIDGE_FAULT_HAS_PC;
#endif
  if (fault.sp != 0 && fault.sp < stack_limit) {
    fault.flags |= MIDGE_FAULT_STACK_OVERFLOW;
  }
  midge_report_fault(&fault);
}

static void catch_faults(void) {
  static char handler_stack[64 * 1024];
  static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
  stack_t stack = {0};
  stack.ss_sp = handler_stack;
  stack.ss_size = sizeof handler_stack;
  sigaltstack(&stack, NULL);
  struct sigaction action = {0};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; ++i) {
    sigaction(numbers[i], &action, NULL);
  }
}

int main(void) {
  input = fopen("in.bin", "rb");
  output = fopen("out.bin", "wb");
  if (input == NULL || output == NULL) {
    return 2;
  }
  setvbuf(output, NULL, _IONBF, 0); /* what was done shows even if the next run never ends */
  stack_limit = (midge_port_stack_pointer() - STACK_BYTES) & ~(uintptr_t)15;
  catch_faults();
  midge_port_exit(midge_main());
}
