// Breaker: one for each provider and key. While it is open nothing is asked
// there, so that a provider that is down, or an account without money, costs
// one question now and then and no job its attempts.
//
// It opens at once for what only a person can mend (money, key), and after
// kFailuresToOpen requests in a row that were given up for weather (kNetwork,
// kOverloaded, kProtocol); for 1 min, doubling to 1 h (for a person: 15 min,
// doubling to 6 h). Then one request is let through, the probe: its success
// closes it, its failure opens it for twice as long. A request that is refused
// for what it is (kRequest, kTooLong) shows that somebody answers, and nothing
// of money or key.
// Threads: any. Tested in tests/model/breaker_test.cc.
#ifndef PATCHMILTER_MODEL_BREAKER_H_
#define PATCHMILTER_MODEL_BREAKER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "model/fault.h"

namespace patchmilter::model {

class Breaker {
 public:
  static constexpr int kFailuresToOpen = 3;
  static constexpr Seconds kShortest = 60;
  static constexpr Seconds kLongest = 3600;
  static constexpr Seconds kShortestForPerson = 900;
  static constexpr Seconds kLongestForPerson = 21'600;
  static constexpr Seconds kProbeTime = 1200;

  // Whether a request may be sent at `now`. Where it was open and its time is
  // over, one caller gets true, and true in `probe`; the others wait for what
  // comes of it (or kProbeTime).
  bool Allow(UnixSeconds now, bool* probe = nullptr);
  void Success();
  // A request was given up (after its own retries, a probe without any) for
  // `fault`.
  void Failure(const Fault& fault, UnixSeconds now);
  // A probe ended without an answer to its question (a stop, a budget): the
  // next caller of Allow gets its place.
  void Abandon();
  // Until when nothing is asked, and why; nothing where it is closed, or its
  // time is over and a probe is wanted.
  struct Open {
    UnixSeconds until = 0;
    std::string reason;
  };
  std::optional<Open> IsOpen(UnixSeconds now) const;

 private:
  mutable Mutex mutex_;
  int failures_ PM_GUARDED_BY(mutex_) = 0;  // In a row, while it is closed.
  int opened_ PM_GUARDED_BY(mutex_) = 0;    // In a row, without success.
  bool person_ PM_GUARDED_BY(mutex_) = false;
  UnixSeconds until_ PM_GUARDED_BY(mutex_) = 0;
  std::optional<UnixSeconds> probing_since_ PM_GUARDED_BY(mutex_);
  std::string reason_ PM_GUARDED_BY(mutex_);
};

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_BREAKER_H_
