// The few system calls by which the writer changes segment files, behind an
// interface, so that tests can make a disk full, slow or broken
// (tests/intake/writer_fault_test.cc).
// Threads: any; an implementation of a test sees the writer's two threads.
#ifndef PATCHMILTER_INTAKE_FILE_CALLS_H_
#define PATCHMILTER_INTAKE_FILE_CALLS_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace patchmilter::intake {

class FileCalls {
 public:
  virtual ~FileCalls() = default;
  // All as the system calls of that name: -1 and errno on failure; Allocate is
  // posix_fallocate(3) and returns the error number.
  virtual int Open(const std::string& path, int flags, mode_t mode);
  virtual ssize_t Pwrite(int fd, const void* bytes, size_t size, off_t offset);
  virtual int Fdatasync(int fd);
  virtual int Allocate(int fd, std::uint64_t size);

  // The real ones.
  static FileCalls& Real();
};

}  // namespace patchmilter::intake

#endif  // PATCHMILTER_INTAKE_FILE_CALLS_H_
