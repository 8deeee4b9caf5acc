// libmilter's face: its callbacks, which translate into calls of a Session and
// decide nothing. Every callback is noexcept: an exception out of one would
// end the daemon.
//
// libmilter's facts that this is built on: callbacks of one connection run on
// different threads (worker pool), so state hangs on smfi_setpriv alone;
// SIGHUP, SIGTERM and SIGINT end smfi_main when its own signal thread gets
// them; QUIT_NC begins a new connection with no new negotiation.
// Tested in tests/milter/protocol_test.py, against the built daemon.
#ifndef PATCHMILTER_MILTER_SERVER_H_
#define PATCHMILTER_MILTER_SERVER_H_

#include "base/result.h"
#include "milter/listener.h"
#include "milter/session.h"

namespace patchmilter::milter {

// Serves until the process ends (by _exit: smfi_stop would wait for libmilter's
// poll, five seconds), or until libmilter caught a signal of its own. Once in a
// process, on a thread with all signals blocked. Both arguments must live
// until the process ends: libmilter's threads outlive this call.
Status Serve(const Listener& listener, Environment& environment);

}  // namespace patchmilter::milter

#endif  // PATCHMILTER_MILTER_SERVER_H_
