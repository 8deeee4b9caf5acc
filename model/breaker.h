// Breaker: one for each provider and key. While it is open nothing is asked
// there, so that a provider that is down, or an account without money, costs
// one question now and then and no job its attempts.
//
// It opens at once for what only a person can mend (money, key), and after
// kFailuresToOpen requests in a row that were given up for other faults; for
// 1 min, doubling to 1 h (for a person: 15 min, doubling to 6 h). Then one
// request is let through: its success closes it.
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

  // Whether a request may be sent at `now`. Where it was open and its time is
  // over, one caller gets true, the others wait for what comes of it (or 20
  // min).
  bool Allow(UnixSeconds now);
  void Success();
  // A request was given up (after its own retries) for `fault`.
  void Failure(const Fault& fault, UnixSeconds now);
  // Until when nothing is asked, and why; nothing where it is closed.
  struct Open {
    UnixSeconds until = 0;
    std::string reason;
  };
  std::optional<Open> IsOpen(UnixSeconds now) const;

 private:
  mutable Mutex mutex_;
  int failures_ PM_GUARDED_BY(mutex_) = 0;
  int opened_ PM_GUARDED_BY(mutex_) = 0;  // In a row, without success.
  bool person_ PM_GUARDED_BY(mutex_) = false;
  UnixSeconds until_ PM_GUARDED_BY(mutex_) = 0;
  UnixSeconds probing_since_ PM_GUARDED_BY(mutex_) = 0;
  std::string reason_ PM_GUARDED_BY(mutex_);
};

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_BREAKER_H_
