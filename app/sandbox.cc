#include "app/sandbox.h"

#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <array>
#include <cerrno>

#include "base/handle.h"

namespace patchmilter::app {
namespace {

// What malloc, the C++ library and our read/write loop need, and no more.
// mmap without a descriptor to map is memory; with one it is a file that was
// open already.
constexpr std::array kAllowed = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(close),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(tgkill),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

// How the vptr check of the undefined-behaviour sanitizer looks whether memory
// can be read. Allowed in sanitized builds alone.
constexpr std::array kAllowedToSanitizers = {SCMP_SYS(pipe2),
                                             SCMP_SYS(readlink)};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Their shadow memory needs terabytes of address space.
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

Status Limit(int resource, rlim_t value) {
  const rlimit limit{value, value};
  // The enum's type differs between C libraries.
  if (::setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) {
    return FromErrno("setrlimit", errno);
  }
  return {};
}

}  // namespace

Status ForbidCoreDumps() {
  PM_RETURN_IF_ERROR(Limit(RLIMIT_CORE, 0));
  if (::prctl(PR_SET_DUMPABLE, 0) != 0) return FromErrno("prctl", errno);
  return {};
}

Status EnterComputeOnlySandbox(std::uint64_t memory) {
  if (memory != 0 && !kSanitized) PM_RETURN_IF_ERROR(Limit(RLIMIT_AS, memory));
  PM_RETURN_IF_ERROR(ForbidCoreDumps());
  PM_RETURN_IF_ERROR(Limit(RLIMIT_FSIZE, 0));

  const CHandle<void, seccomp_release> filter(
      seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (filter == nullptr) return Temporary("seccomp: out of memory");
  for (const int call : kAllowed) {
    const int result = seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0);
    if (result != 0) return FromErrno("seccomp", -result);
  }
  if (kSanitized) {
    for (const int call : kAllowedToSanitizers) {
      const int result =
          seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0);
      if (result != 0) return FromErrno("seccomp", -result);
    }
  }
  // Sets no_new_privs too.
  const int result = seccomp_load(filter.get());
  if (result != 0) return FromErrno("seccomp", -result);
  return {};
}

}  // namespace patchmilter::app
