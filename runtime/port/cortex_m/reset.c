/* Cortex-M from v6-M to v8.1-M: vector table, reset, code protection.
 *
 * The network runs on the process stack and faults are handled on the main stack, which is small and separate: a
 * handler that had to run on an overflowed stack would fault again and lock the processor up. */
#include "start.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

void midge_reset(void);
void midge_fault_entry(void);

static uint32_t handler_stack[128] __attribute__((aligned(8), used));

__attribute__((naked, noreturn)) void midge_reset(void) {
  __asm__ volatile(
      ".syntax unified\n"
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
      "ldr r0, =0xe000ed88\n" /* CPACR: full access to the coprocessors 10 and 11, which are FPU and MVE */
      "ldr r1, [r0]\n"
      "ldr r2, =0x00f00000\n"
      "orrs r1, r2\n"
      "str r1, [r0]\n"
      "ldr r0, =0xe000ef34\n" /* FPCCR: exceptions need not save the FPU's registers, for they never return */
      "movs r1, #0\n"
      "str r1, [r0]\n"
      "dsb\n"
      "isb\n"
#endif
#if __ARM_ARCH >= 8 && !defined(__ARM_ARCH_8M_BASE__)
      "ldr r0, =midge_stack_limit\n"
      "msr psplim, r0\n"
#endif
      "ldr r0, =midge_stack_top\n"
      "msr psp, r0\n"
      "movs r0, #2\n" /* thread mode uses the process stack */
      "msr control, r0\n"
      "isb\n"
      "bl midge_start\n"
      ".ltorg\n");
}

typedef void (*vector)(void);
#define STACK_TOP ((vector)(uintptr_t)(handler_stack + sizeof handler_stack / sizeof handler_stack[0]))

/* The processor reads the first stack pointer, then the handlers of the sixteen exceptions of its own. */
__attribute__((section(".midge_start"), used)) static const vector vectors[16] = {
    STACK_TOP,         midge_reset,       midge_fault_entry, midge_fault_entry, midge_fault_entry, midge_fault_entry,
    midge_fault_entry, midge_fault_entry, midge_fault_entry, midge_fault_entry, midge_fault_entry, midge_fault_entry,
    midge_fault_entry, midge_fault_entry, midge_fault_entry, midge_fault_entry,
};

#if __ARM_ARCH >= 7

#define SCB_VTOR 0xe000ed08u
#define SCB_CCR 0xe000ed14u
#define SCB_SHCSR 0xe000ed24u
#define CCR_DIV_0_TRP (1u << 4)
#define SHCSR_FAULTS (0xfu << 16) /* memory management, bus, usage and, on v8-M, secure fault on their own vectors */

#define MPU_TYPE 0xe000ed90u
#define MPU_CTRL 0xe000ed94u
#define MPU_RNR 0xe000ed98u
#define MPU_RBAR 0xe000ed9cu
#define MPU_RASR 0xe000eda0u /* v8-M: MPU_RLAR */
#define MPU_MAIR0 0xe000edc0u
#define MPU_ENABLE_OVER_DEFAULT_MAP 5u

/* v7-M: what lies below the stack is out of bounds, the code is read-only. The later region wins where they overlap.
 * A region's size is a power of two, its base a multiple of it: the guard is the largest such block that ends at the
 * stack and leaves the memories in use alone; code in a memory of another size stays unprotected.
 * v8-M has a register for the stack's limit; there the second region is what a null pointer points to. */
#if __ARM_ARCH >= 8

static void set_read_only(uint32_t region, uint32_t begin, uint32_t end) {
  REGISTER(MPU_RNR) = region;
  REGISTER(MPU_RBAR) = begin | 3u << 1;          /* read-only for all, may execute */
  REGISTER(MPU_RASR) = ((end - 1u) & ~31u) | 1u; /* the last block of 32 bytes, attribute 0, enable */
}

static void set_regions(uint32_t code_begin, uint32_t code_end) {
  REGISTER(MPU_MAIR0) = 0x44u; /* attribute 0: normal memory, not cached */
  if (code_begin != code_end) {
    set_read_only(0, code_begin, code_end);
  }
  if (code_begin != 0) {
    set_read_only(1, 0, 32);
  }
}

#else

#define NO_ACCESS (1u << 28)             /* and no execution */
#define READ_ONLY (6u << 24 | 1u << 17)  /* normal memory */

static void set_region(uint32_t region, uint32_t base, uint32_t size, uint32_t access) {
  const uint32_t log2_size = 31u - (uint32_t)__builtin_clz(size);
  REGISTER(MPU_RNR) = region;
  REGISTER(MPU_RBAR) = base;
  REGISTER(MPU_RASR) = access | (log2_size - 1u) << 1 | 1u;
}

static void set_regions(uint32_t code_begin, uint32_t code_end) {
  const uint32_t limit = (uint32_t)midge_stack_limit;
  uint32_t guard = limit & (0u - limit);
  while (guard >= 32 && limit - guard < (uint32_t)midge_guard_begin) {
    guard >>= 1;
  }
  if (guard >= 32) {
    set_region(0, limit - guard, guard, NO_ACCESS);
  }
  const uint32_t size = code_end - code_begin;
  if (size >= 32 && (size & (size - 1u)) == 0 && (code_begin & (size - 1u)) == 0) {
    set_region(1, code_begin, size, READ_ONLY);
  }
}

#endif

void midge_protect_memory(void) {
  REGISTER(SCB_VTOR) = (uint32_t)vectors;
  REGISTER(SCB_CCR) |= CCR_DIV_0_TRP;
  REGISTER(SCB_SHCSR) |= SHCSR_FAULTS;
  if ((REGISTER(MPU_TYPE) >> 8 & 0xffu) < 2) {
    return;
  }
  set_regions((uint32_t)midge_protect_begin, (uint32_t)midge_protect_end);
  REGISTER(MPU_CTRL) = MPU_ENABLE_OVER_DEFAULT_MAP;
  __asm__ volatile("dsb\nisb" ::: "memory");
}

#else

void midge_protect_memory(void) {} /* v6-M has no MPU to rely on */

#endif
