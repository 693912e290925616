/* Every exception ends here: none is ever enabled on purpose. Records what happened and ends the program. */
#include "midge_runner.h"
#include "port.h"
#include "start.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define SCB_CFSR 0xe000ed28u
#define SCB_MMFAR 0xe000ed34u
#define SCB_BFAR 0xe000ed38u

#define CFSR_MSTKERR (1u << 4) /* saving the registers failed: memory protection */
#define CFSR_MMARVALID (1u << 7)
#define CFSR_STKERR (1u << 12) /* the same: bus */
#define CFSR_BFARVALID (1u << 15)
#define CFSR_STKOF (1u << 20) /* v8-M: below the stack's limit */

void midge_fault_entry(void);
void midge_fault_record(const uint32_t *frame);

static struct midge_fault fault;
uint32_t midge_fault_r4_to_r11[8]; /* saved by midge_fault_entry; the processor saves the others */

__attribute__((naked)) void midge_fault_entry(void) {
  __asm__ volatile(
      ".syntax unified\n"
      "ldr r0, =midge_fault_r4_to_r11\n"
      "stmia r0!, {r4-r7}\n"
      "mov r4, r8\n"
      "mov r5, r9\n"
      "mov r6, r10\n"
      "mov r7, r11\n"
      "stmia r0!, {r4-r7}\n"
      "mov r1, lr\n"
      "lsrs r1, r1, #3\n" /* bit 2 of the return code: on which stack the registers were saved */
      "mrs r0, psp\n"
      "bcs 1f\n"
      "mrs r0, msp\n"
      "1: bl midge_fault_record\n"
      ".ltorg\n");
}

static uint32_t active_exception(void) {
  uint32_t ipsr;
  __asm__ volatile("mrs %0, ipsr" : "=r"(ipsr));
  return ipsr & 0x1ffu;
}

static void record_status(void) {
#if __ARM_ARCH >= 7
  const uint32_t cfsr = REGISTER(SCB_CFSR);
  fault.detail = cfsr;
  if ((cfsr & (CFSR_MMARVALID | CFSR_BFARVALID)) != 0) {
    fault.flags |= MIDGE_FAULT_HAS_ADDRESS;
    fault.address = REGISTER((cfsr & CFSR_MMARVALID) != 0 ? SCB_MMFAR : SCB_BFAR);
  }
  if ((cfsr & (CFSR_MSTKERR | CFSR_STKERR | CFSR_STKOF)) != 0) {
    fault.flags |= MIDGE_FAULT_STACK_OVERFLOW;
  }
#endif
}

void midge_fault_record(const uint32_t *frame) {
  fault.cause = active_exception();
  record_status();
  fault.sp = (uintptr_t)frame;
  midge_fault_stack(&fault);
  for (uint32_t i = 0; i < 8; ++i) {
    fault.registers[4 + i] = midge_fault_r4_to_r11[i];
  }
  if ((fault.flags & MIDGE_FAULT_STACK_OVERFLOW) == 0) {
    for (uint32_t i = 0; i < 4; ++i) {
      fault.registers[i] = frame[i];
    }
    fault.registers[12] = frame[4];
    fault.lr = frame[5];
    fault.pc = frame[6];
    fault.flags |= MIDGE_FAULT_HAS_PC;
  }
  midge_report_fault(&fault);
}
