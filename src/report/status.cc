#include "report/status.h"

#include <unistd.h>

#include <cstdio>

namespace midge::report {

Status::Status() : terminal_(isatty(STDERR_FILENO) == 1) {}

Status::~Status() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void Status::show(std::string_view what) {
  if (!terminal_) return;
  std::fprintf(stderr, "\r\033[K%.*s ...", static_cast<int>(what.size()), what.data());
  std::fflush(stderr);
  shown_ = true;
}

}  // namespace midge::report
