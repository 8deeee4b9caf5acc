#include "base/handle.h"

#include <unistd.h>

namespace patchmilter {

void UniqueFd::Reset(int fd) noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

}  // namespace patchmilter
