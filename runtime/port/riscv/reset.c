/* RISC-V, machine mode only: reset and traps.
 *
 * A trap runs on a small stack of its own, because the trap may have been the program's stack overflowing. */
#include "midge_runner.h"
#include "port.h"
#include "start.h"

void midge_reset(void);
void midge_trap_entry(void);
void midge_trap_record(void);

static struct midge_fault fault;
static uint32_t handler_stack[128] __attribute__((aligned(16), used));
uintptr_t midge_trap_registers[32]; /* x0 to x31, saved by midge_trap_entry */

/* mscratch always holds the address of midge_trap_registers. */
__attribute__((naked, noreturn, section(".midge_start"), used)) void midge_reset(void) {
  __asm__ volatile(
      ".option push\n"
      ".option arch, +zicsr\n"
      ".option norelax\n" /* gp is not there yet */
      "la gp, __global_pointer$\n"
      "la sp, midge_stack_top\n"
      "la t0, midge_trap_entry\n"
      "csrw mtvec, t0\n"
      "la t0, midge_trap_registers\n"
      "csrw mscratch, t0\n"
      "tail midge_start\n"
      ".option pop\n");
}

__attribute__((naked, aligned(4))) void midge_trap_entry(void) {
  __asm__ volatile(
      ".option push\n"
      ".option arch, +zicsr\n"
      "csrrw t0, mscratch, t0\n"
      "sw x1, 4(t0)\n"
      "sw x2, 8(t0)\n"
      "sw x6, 24(t0)\n"
      "sw x7, 28(t0)\n"
      ".irp r, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31\n"
      "sw x\\r, 4 * \\r(t0)\n"
      ".endr\n"
      "csrr t1, mscratch\n" /* t0 as it was */
      "sw t1, 20(t0)\n"
      "la sp, %0 + %1\n"
      "j midge_trap_record\n"
      ".option pop\n" ::"i"(handler_stack), "i"(sizeof handler_stack));
}

#define READ_CSR(name, value) \
  __asm__ volatile(".option push\n.option arch, +zicsr\ncsrr %0, " name "\n.option pop" : "=r"(value))
#define WRITE_CSR(name, value) \
  __asm__ volatile(".option push\n.option arch, +zicsr\ncsrw " name ", %0\n.option pop" ::"r"(value) : "memory")

static int has_address(uintptr_t cause) { return cause <= 1 || (cause >= 4 && cause <= 7); }

void midge_trap_record(void) {
  READ_CSR("mcause", fault.cause);
  READ_CSR("mepc", fault.pc);
  READ_CSR("mtval", fault.address);
  fault.flags = MIDGE_FAULT_HAS_PC | (has_address(fault.cause) ? MIDGE_FAULT_HAS_ADDRESS : 0u);
  fault.lr = midge_trap_registers[1];
  fault.sp = midge_trap_registers[2];
  for (uint32_t i = 0; i < 8; ++i) {
    fault.registers[i] = midge_trap_registers[10 + i];
  }
  for (uint32_t i = 0; i < 3; ++i) {
    fault.registers[8 + i] = midge_trap_registers[5 + i];
  }
  for (uint32_t i = 0; i < 4; ++i) {
    fault.registers[11 + i] = midge_trap_registers[28 + i];
  }
  midge_fault_stack(&fault);
  midge_report_fault(&fault);
}

#define PMP_READ 1u
#define PMP_EXECUTE 4u
#define PMP_TOP_OF_RANGE (1u << 3)
#define PMP_LOCKED (1u << 7) /* binds machine mode too */

/* Entry 1 covers from entry 0's address to its own, and forbids writing. Entry 0 itself is off; machine mode may do
 * what no entry mentions. */
void midge_protect_memory(void) {
  const uintptr_t begin = (uintptr_t)midge_protect_begin;
  const uintptr_t end = (uintptr_t)midge_protect_end;
  if (begin == end) {
    return;
  }
  WRITE_CSR("pmpaddr0", begin >> 2);
  WRITE_CSR("pmpaddr1", end >> 2);
  WRITE_CSR("pmpcfg0", (PMP_LOCKED | PMP_TOP_OF_RANGE | PMP_READ | PMP_EXECUTE) << 8);
}
