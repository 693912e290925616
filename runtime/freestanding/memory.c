/* The four functions that a C compiler may call of its own accord. Written so that it cannot turn them into calls of
 * themselves (this file is compiled with -fno-tree-loop-distribute-patterns).
 *
 * Words are moved where both sides are aligned alike, or where the processor loads unaligned words itself. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Words of any type: at aligned addresses, and wherever the source may be. */
typedef uint32_t __attribute__((may_alias)) word;
#if defined(__ARM_FEATURE_UNALIGNED)
typedef struct {
  uint32_t value;
} __attribute__((packed, may_alias)) source_word;
#define WORDS_MATCH(a, b) 1
#else
typedef struct {
  uint32_t value;
} __attribute__((may_alias)) source_word;
#define WORDS_MATCH(a, b) ((((uintptr_t)(a) ^ (uintptr_t)(b)) & 3u) == 0)
#endif

/* From the lowest byte up, reading what is still to be read before writing: right for `to` below `from` even where
 * they overlap. */
static void copy_upwards(uint8_t *out, const uint8_t *in, size_t bytes) {
  if (bytes >= 8 && WORDS_MATCH(out, in)) {
    for (; ((uintptr_t)out & 3u) != 0; --bytes) {
      *out++ = *in++;
    }
    for (; bytes >= 16; bytes -= 16, out += 16, in += 16) {
      const uint32_t a = ((const source_word *)in)[0].value;
      const uint32_t b = ((const source_word *)in)[1].value;
      const uint32_t c = ((const source_word *)in)[2].value;
      const uint32_t d = ((const source_word *)in)[3].value;
      ((word *)out)[0] = a;
      ((word *)out)[1] = b;
      ((word *)out)[2] = c;
      ((word *)out)[3] = d;
    }
    for (; bytes >= 4; bytes -= 4, out += 4, in += 4) {
      *(word *)out = ((const source_word *)in)->value;
    }
  }
  while (bytes-- != 0) {
    *out++ = *in++;
  }
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  copy_upwards(to, from, bytes);
  return to;
}

void *memmove(void *to, const void *from, size_t bytes) {
  uint8_t *out = to;
  const uint8_t *in = from;
  if ((uintptr_t)out - (uintptr_t)in >= bytes) {
    copy_upwards(out, in, bytes);
    return to;
  }
  out += bytes;
  in += bytes;
  if (bytes >= 8 && WORDS_MATCH(out, in)) {
    for (; ((uintptr_t)out & 3u) != 0; --bytes) {
      *--out = *--in;
    }
    for (; bytes >= 4; bytes -= 4) {
      out -= 4;
      in -= 4;
      *(word *)out = ((const source_word *)in)->value;
    }
  }
  while (bytes-- != 0) {
    *--out = *--in;
  }
  return to;
}

void *memset(void *to, int value, size_t bytes) {
  uint8_t *out = to;
  const uint8_t byte = (uint8_t)value;
  if (bytes >= 8) {
    const uint32_t all = byte * 0x01010101u;
    for (; ((uintptr_t)out & 3u) != 0; --bytes) {
      *out++ = byte;
    }
    for (; bytes >= 16; bytes -= 16, out += 16) {
      ((word *)out)[0] = all;
      ((word *)out)[1] = all;
      ((word *)out)[2] = all;
      ((word *)out)[3] = all;
    }
    for (; bytes >= 4; bytes -= 4, out += 4) {
      *(word *)out = all;
    }
  }
  while (bytes-- != 0) {
    *out++ = byte;
  }
  return to;
}

int memcmp(const void *left, const void *right, size_t bytes) {
  const uint8_t *a = left;
  const uint8_t *b = right;
  for (; bytes != 0; --bytes, ++a, ++b) {
    if (*a != *b) {
      return *a < *b ? -1 : 1;
    }
  }
  return 0;
}
