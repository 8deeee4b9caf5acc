#include "intake/file_calls.h"

#include <fcntl.h>
#include <unistd.h>

namespace patchmilter::intake {

int FileCalls::Open(const std::string& path, int flags, mode_t mode) {
  return ::open(path.c_str(), flags, mode);
}

ssize_t FileCalls::Pwrite(int fd, const void* bytes, size_t size,
                          off_t offset) {
  return ::pwrite(fd, bytes, size, offset);
}

int FileCalls::Fdatasync(int fd) { return ::fdatasync(fd); }

int FileCalls::Allocate(int fd, std::uint64_t size) {
  return ::posix_fallocate(fd, 0, static_cast<off_t>(size));
}

FileCalls& FileCalls::Real() {
  static FileCalls& real = *new FileCalls;
  return real;
}

}  // namespace patchmilter::intake
