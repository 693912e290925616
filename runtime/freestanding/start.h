/* What the linker script (link.ld) tells the start-up code. Arrays, because only their addresses mean something. */
#ifndef MIDGE_START_H
#define MIDGE_START_H

#include <stdint.h>

extern uint32_t midge_data_begin[], midge_data_end[], midge_data_load[];
extern uint32_t midge_bss_begin[], midge_bss_end[];
extern uint8_t midge_text_begin[], midge_text_end[];
extern uint32_t midge_stack_limit[], midge_stack_top[];
/* The memory that holds code only, which nobody may write to; equal if there is none. */
extern uint8_t midge_protect_begin[], midge_protect_end[];
/* From here up to the stack nothing is in use. */
extern uint8_t midge_guard_begin[];

/* Called by the reset code, once there is a stack: sets up memory, runs midge_main, ends the program. */
void midge_start(void);

/* The port's own: makes writing to the code and leaving the stack fault, as far as the processor can. */
void midge_protect_memory(void);

/* Finds the callers of a fault's record from its stack pointer, and whether the stack has overflowed. */
struct midge_fault;
void midge_fault_stack(struct midge_fault *fault);

#endif
