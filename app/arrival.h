// ArrivalClock: when the mails of a replay came, as far as they and their
// source tell.
//
// The topmost Received header counts, which the receiving host has written;
// else the source's own time (SourceMail::time); else the Date header. A time
// is not believed that lies before 1990 or more than a day ahead of this
// machine's clock; nor a Received more than a day later than the source's own
// time, because a file holds no mail that came after it was written.
// The clock never goes back: what came before its predecessor, by these times,
// came with it. A mail without any time comes with its predecessor.
//
// Input: hostile bytes; one pass over the header block. Threads: one, after
// InitMime().  Tested in tests/app/arrival_test.cc.
#ifndef PATCHMILTER_APP_ARRIVAL_H_
#define PATCHMILTER_APP_ARRIVAL_H_

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace patchmilter::app {

class ArrivalClock {
 public:
  // `newest`: the arrival of the last mail that is known, 0 where there is
  // none. `now`: of this machine.
  ArrivalClock(UnixSeconds newest, UnixSeconds now)
      : newest_(newest), now_(now) {}

  // When `raw` came. The clock stands there then.
  UnixSeconds ArrivalOf(std::string_view raw,
                        std::optional<UnixSeconds> source_time);

 private:
  std::optional<UnixSeconds> Believed(std::optional<UnixSeconds> time) const;

  UnixSeconds newest_;
  UnixSeconds now_;
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_ARRIVAL_H_
