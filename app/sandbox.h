// Taking rights away from this process, for good.
#ifndef PATCHMILTER_APP_SANDBOX_H_
#define PATCHMILTER_APP_SANDBOX_H_

#include <cstdint>

#include "base/result.h"

namespace patchmilter::app {

// After this the process can compute, allocate, read and write the descriptors
// that it holds, and end: every other system call fails with EPERM (seccomp,
// which only ever tightens). Also: no new privileges, no core dump, at most
// `memory` bytes of address space (0: no limit), no file may grow, no child.
// REQUIRES: no other thread has been started.
Status EnterComputeOnlySandbox(std::uint64_t memory);

// No core dump of this process from now on, and nobody of its user may look
// into its memory (ptrace(2), /proc/PID/mem). For a process that is about to
// read keys. Children that are executed are as others are, but for their core
// dumps, which are forbidden too.
Status ForbidCoreDumps();

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_SANDBOX_H_
