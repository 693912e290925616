/* The streams of a bare-metal board, by semihosting: the guest asks its debugger, or its emulator, to do what an
 * operating system would. They are two files in the directory where the emulator runs. The operations' numbers and
 * arguments are the same on Arm and RISC-V; only the trap differs. */
#include <stdint.h>

#include "port.h"

enum { SYS_OPEN = 0x01, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_EXIT_EXTENDED = 0x20 };
enum { MODE_RB = 1, MODE_WB = 5 };
enum { STOPPED_APPLICATION_EXIT = 0x20026 };

/* Both arguments are already in the registers where the trap expects them. On RISC-V the three instructions are a
 * signature, which must be uncompressed and lie within one page: hence the alignment. */
__attribute__((naked, noinline, aligned(16))) static intptr_t call(__attribute__((unused)) uint32_t operation,
                                                                   __attribute__((unused)) const void *argument) {
#if defined(__arm__)
  __asm__ volatile("bkpt 0xab\nbx lr");
#elif defined(__riscv)
  __asm__ volatile(
      ".option push\n.option norvc\n"
      "slli x0, x0, 0x1f\nebreak\nsrai x0, x0, 7\n"
      ".option pop\nret");
#else
#error "no semihosting trap for this processor"
#endif
}

static intptr_t input = -1;
static intptr_t output = -1;

static intptr_t open_file(const char *name, uintptr_t length, uintptr_t mode) {
  uintptr_t arguments[3];
  arguments[0] = (uintptr_t)name;
  arguments[1] = mode;
  arguments[2] = length;
  const intptr_t handle = call(SYS_OPEN, arguments);
  if (handle < 0) {
    midge_port_exit(2);
  }
  return handle;
}

/* Returns the bytes that were not transferred. */
static uint32_t transfer(uint32_t operation, intptr_t handle, uintptr_t memory, uint32_t bytes) {
  uintptr_t arguments[3];
  arguments[0] = (uintptr_t)handle;
  arguments[1] = memory;
  arguments[2] = bytes;
  return (uint32_t)call(operation, arguments);
}

uint32_t midge_port_read(void *to, uint32_t bytes) {
  if (input < 0) {
    input = open_file("in.bin", 6, MODE_RB);
  }
  uint32_t done = 0;
  while (done < bytes) {
    const uint32_t missing = transfer(SYS_READ, input, (uintptr_t)to + done, bytes - done);
    if (missing >= bytes - done) {
      break;
    }
    done = bytes - missing;
  }
  return done;
}

void midge_port_write(const void *from, uint32_t bytes) {
  if (output < 0) {
    output = open_file("out.bin", 7, MODE_WB);
  }
  if (bytes != 0 && transfer(SYS_WRITE, output, (uintptr_t)from, bytes) != 0) {
    midge_port_exit(3);
  }
}

void midge_port_exit(int code) {
  uintptr_t arguments[2];
  arguments[0] = STOPPED_APPLICATION_EXIT;
  arguments[1] = (uintptr_t)code;
  for (;;) {
    call(SYS_EXIT_EXTENDED, arguments);
  }
}
