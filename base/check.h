// CHECK(condition): a promise that our own code keeps. Where it is broken the
// program logs file, line and condition, and aborts: never for bad input.
#ifndef PATCHMILTER_BASE_CHECK_H_
#define PATCHMILTER_BASE_CHECK_H_

namespace patchmilter {

[[noreturn]] void CheckFailed(const char* file, int line,
                              const char* condition) noexcept;

}  // namespace patchmilter

#define CHECK(condition)        \
  (static_cast<bool>(condition) \
       ? static_cast<void>(0)   \
       : ::patchmilter::CheckFailed(__FILE__, __LINE__, #condition))

#endif  // PATCHMILTER_BASE_CHECK_H_
