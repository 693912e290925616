// MIDGE_CHECK: states what must hold if Midge itself is right. Stays on in release builds: a wrong compiler
// must stop, not emit wrong code. Never used for what a user's file can cause.
#pragma once

namespace midge {
[[noreturn]] void check_failed(const char* file, int line, const char* condition);
}

#define MIDGE_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::midge::check_failed(__FILE__, __LINE__, #condition))
