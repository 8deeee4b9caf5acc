#include "app/interrupt.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <initializer_list>

namespace patchmilter::app {
namespace {

volatile std::sig_atomic_t caught = 0;
const char* told = "";

void Catch(int signal) {
  const int saved = errno;
  caught = signal;
  // Nothing can be done where this cannot be written.
  if (::write(STDERR_FILENO, told, std::strlen(told)) < 0) errno = 0;
  errno = saved;
}

}  // namespace

void CatchInterrupt(const char* words) {
  told = words;
  struct sigaction action = {};
  action.sa_handler = Catch;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction old = {};
    // A shell's background job ignores SIGINT, and goes on doing so.
    if (::sigaction(signal, nullptr, &old) == 0 && old.sa_handler == SIG_IGN) {
      continue;
    }
    ::sigaction(signal, &action, nullptr);
  }
}

bool Interrupted() { return caught != 0; }

int InterruptedStatus() { return 128 + caught; }

}  // namespace patchmilter::app
