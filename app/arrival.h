// ArrivalClock: when the mails of a replay came, as far as they and their
// source tell.
//
// The topmost Received header counts, which the receiving host has written;
// else the source's own time (SourceMail::time); else the Date header. A time
// is not believed that lies before 1990 or more than a day ahead of this
// machine's clock; nor a Received more than a day later than the source's own
// time, because a file holds no mail that came after it was written.
// What only the sender's side tells (a Date; a Received where the source has no
// time of its own) does not move the clock by more than a week alone: one wrong
// clock would make all that follows old. Such a mail comes a day after its
// predecessor, so that what was due until then is done; the mail after it
// confirms the jump where it lies more than a week ahead, too, and then the
// earlier of the two times counts. The first mail of all is believed.
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

  // `told`, or less where it is a jump that nothing confirms.
  UnixSeconds Confirmed(UnixSeconds told);

  UnixSeconds newest_;
  UnixSeconds now_;
  // Of the mail before, where it was a jump; 0 where it was none.
  UnixSeconds jump_ = 0;
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_ARRIVAL_H_
