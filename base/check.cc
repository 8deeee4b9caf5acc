#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace patchmilter {

void CheckFailed(const char* file, int line, const char* condition) noexcept {
  // No logger: it may be what is broken. "<2>" is journald's "critical".
  std::fprintf(stderr, "<2>CHECK failed: %s:%d: %s\n", file, line, condition);
  std::abort();
}

}  // namespace patchmilter
