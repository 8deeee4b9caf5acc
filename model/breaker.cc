#include "model/breaker.h"

#include <algorithm>

namespace patchmilter::model {
namespace {

bool NeedsAPerson(FaultKind kind) {
  return kind == FaultKind::kQuota || kind == FaultKind::kAuth;
}

// The request's own fault: the provider is there and has read it.
bool IsTheRequests(FaultKind kind) {
  return kind == FaultKind::kRequest || kind == FaultKind::kTooLong;
}

// `shortest`, doubled with each time, up to `longest`.
Seconds OpenFor(int times, Seconds shortest, Seconds longest) {
  const int doublings = std::clamp(times - 1, 0, 16);
  return std::min(shortest << doublings, longest);
}

}  // namespace

bool Breaker::Allow(UnixSeconds now, bool* probe) {
  const MutexLock lock(mutex_);
  if (probe != nullptr) *probe = false;
  if (opened_ == 0) return true;
  if (now < until_) return false;
  if (probing_since_ && now < *probing_since_ + kProbeTime) return false;
  probing_since_ = now;
  if (probe != nullptr) *probe = true;
  return true;
}

void Breaker::Success() {
  const MutexLock lock(mutex_);
  failures_ = 0;
  opened_ = 0;
  person_ = false;
  until_ = 0;
  probing_since_.reset();
  reason_.clear();
}

void Breaker::Failure(const Fault& fault, UnixSeconds now) {
  const MutexLock lock(mutex_);
  if (IsTheRequests(fault.kind)) {
    probing_since_.reset();
    if (person_) return;
    failures_ = 0;
    opened_ = 0;
    return;
  }
  const bool person = NeedsAPerson(fault.kind);
  if (opened_ == 0 && !person && ++failures_ < kFailuresToOpen) return;
  // A request that was sent before it opened: nothing new, but for a reason
  // that weighs more.
  if (opened_ != 0 && !probing_since_ && now < until_ && (person_ || !person)) {
    return;
  }
  if (person != person_) opened_ = 0;  // Another ladder.
  person_ = person;
  ++opened_;
  failures_ = 0;
  probing_since_.reset();
  reason_ = fault.message;
  until_ =
      now + (person ? OpenFor(opened_, kShortestForPerson, kLongestForPerson)
                    : OpenFor(opened_, kShortest, kLongest));
}

void Breaker::Abandon() {
  const MutexLock lock(mutex_);
  probing_since_.reset();
}

std::optional<Breaker::Open> Breaker::IsOpen(UnixSeconds now) const {
  const MutexLock lock(mutex_);
  if (opened_ == 0) return std::nullopt;
  if (now < until_) return Open{until_, reason_};
  if (probing_since_ && now < *probing_since_ + kProbeTime) {
    return Open{*probing_since_ + kProbeTime, reason_};
  }
  return std::nullopt;
}

}  // namespace patchmilter::model
