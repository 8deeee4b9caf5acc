// What the mains of all three programs share.
#ifndef PATCHMILTER_APP_PROGRAM_H_
#define PATCHMILTER_APP_PROGRAM_H_

#include <cstdio>
#include <exception>

namespace patchmilter::app {

// The exit status of a daemon whose configuration or command line has faults; 1
// is all else.
inline constexpr int kExitBadConfig = 2;

// Runs `body`; an exception of a library that nothing else has caught ends the
// program with a message and status 1.
template <typename Body>
int RunMain(const Body& body) noexcept {
  try {
    return body();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "<2>unexpected: %s\n", error.what());
  } catch (...) {
    std::fputs("<2>unexpected exception\n", stderr);
  }
  return 1;
}

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_PROGRAM_H_
