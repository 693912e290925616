/* The compiler's own definitions; the stdint.h of a compiler for a hosted system would go on to look for a C library's. */
#if defined(__GNUC__) && !defined(__clang__)
#include <stdint-gcc.h>
#else
#include_next <stdint.h>
#endif
