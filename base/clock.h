// Time as the project keeps it: seconds since 1970 UTC, in a plain integer.
//
// Logic never asks the machine for the time: it is given a time, or a Clock.
// Threads: SystemClock may be used from any; ManualClock from one.
#ifndef PATCHMILTER_BASE_CLOCK_H_
#define PATCHMILTER_BASE_CLOCK_H_

#include <cstdint>
#include <string>

namespace patchmilter {

using UnixSeconds = std::int64_t;
using Seconds = std::int64_t;  // A duration.

class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixSeconds Now() const = 0;
};

class SystemClock : public Clock {
 public:
  UnixSeconds Now() const override;
};

// For tests and for replaying an archive. Never goes back.
class ManualClock : public Clock {
 public:
  explicit ManualClock(UnixSeconds now = 0) : now_(now) {}
  UnixSeconds Now() const override { return now_; }
  void AdvanceTo(UnixSeconds time) {
    if (time > now_) now_ = time;
  }

 private:
  UnixSeconds now_;
};

// "2026-11-20T21:01:47Z". Any value gives some text; nothing throws.
std::string FormatTime(UnixSeconds time);
// RFC 5322 3.3, always "+0000": "Fri, 20 Nov 2026 21:01:47 +0000".
std::string FormatMailDate(UnixSeconds time);
// "2s", "15min", "3d4h": the two largest units, for people.
std::string FormatDuration(Seconds duration);

}  // namespace patchmilter

#endif  // PATCHMILTER_BASE_CLOCK_H_
