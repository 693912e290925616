/* Counts the instructions that an emulated processor executes between two addresses: a QEMU TCG plugin.
 *
 *   qemu-system-arm ... -plugin file=insn_count.so,start=0x1234,stop=0x1238,out=counts
 *
 * `start` and `stop` are the entries of two functions that do nothing (midge_region_begin and _end of the runtime).
 * Each time `stop` is entered after `start`, one line goes to the file `out`: how many instructions ran in between,
 * without those of the two functions. A predicated instruction counts whether its condition held or not; a block that
 * an exception leaves half-way counts whole.
 *
 * QEMU translates straight-line blocks. Each block adds its length to one counter, inline, without a call: that costs
 * about 5 % of the emulation's speed, a call per instruction would cost most of it. The two functions are called, so
 * their entries begin blocks; these blocks do not count but read the counter.
 *
 * The interface is that of QEMU 6.0 to 8.2 (plugin API version 1), declared here because Debian does not package its
 * header. */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qemu_plugin_tb;
typedef uint64_t qemu_plugin_id_t;

enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*callback)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, void (*callback)(unsigned cpu, void *data),
                                          enum qemu_plugin_cb_flags flags, void *data);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, enum qemu_plugin_op operation, void *to,
                                              uint64_t value);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*callback)(qemu_plugin_id_t id, void *data), void *data);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;
__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc,
                                                               char **argv);

static uint64_t executed;
static uint64_t executed_at_start;
static bool inside;
static uint64_t start;
static uint64_t stop;
static FILE *out;

static void on_start(unsigned cpu, void *data) {
  (void)cpu;
  (void)data;
  executed_at_start = executed;
  inside = true;
}

static void on_stop(unsigned cpu, void *data) {
  (void)cpu;
  (void)data;
  if (inside) {
    fprintf(out, "%" PRIu64 "\n", executed - executed_at_start);
  }
  inside = false;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
  (void)id;
  const uint64_t address = qemu_plugin_tb_vaddr(tb);
  if (address == start) {
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_start, QEMU_PLUGIN_CB_NO_REGS, NULL);
  } else if (address == stop) {
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_stop, QEMU_PLUGIN_CB_NO_REGS, NULL);
  } else {
    qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &executed, qemu_plugin_tb_n_insns(tb));
  }
}

static void on_exit_of_emulator(qemu_plugin_id_t id, void *data) {
  (void)id;
  (void)data;
  fclose(out);
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv) {
  const char *path = NULL;
  (void)info;
  for (int i = 0; i < argc; ++i) {
    if (strncmp(argv[i], "start=", 6) == 0) {
      start = strtoull(argv[i] + 6, NULL, 0);
    } else if (strncmp(argv[i], "stop=", 5) == 0) {
      stop = strtoull(argv[i] + 5, NULL, 0);
    } else if (strncmp(argv[i], "out=", 4) == 0) {
      path = argv[i] + 4;
    } else {
      fprintf(stderr, "insn_count: unknown argument %s\n", argv[i]);
      return 1;
    }
  }
  out = path != NULL ? fopen(path, "w") : NULL;
  if (out == NULL || start == stop) {
    fprintf(stderr, "insn_count: needs start=, stop= and a file out= that can be written\n");
    return 1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
  qemu_plugin_register_atexit_cb(id, on_exit_of_emulator, NULL);
  return 0;
}
