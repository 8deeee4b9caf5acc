// Which series are reviewed: why one is not, and whether a newer revision
// stands in its place.
//
// Only what will be reviewed itself supersedes: of a revision that is set
// aside for a reason of its own (its cover alone, a diff without a [PATCH]
// tag, an author who has opted out) nobody would hear anything, and of the one
// before it neither. The daemon asks before it queues a job, the job before it
// begins and before it is committed: a cover that is alone supersedes as soon
// as its first patch has come.
//
// Errors: the store's. Threads: one.  Tested in tests/app/readiness_test.cc.
#ifndef PATCHMILTER_REVIEW_ELIGIBILITY_H_
#define PATCHMILTER_REVIEW_ELIGIBILITY_H_

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/config.h"
#include "base/result.h"
#include "store/store.h"

namespace patchmilter::review {

class Eligibility {
 public:
  // Borrowed; must outlive it. `asked_for`: a person asks for a review of these
  // mails: age, opt-out and tag do not count.
  Eligibility(const Config* config, store::Store* store, bool asked_for)
      : config_(config), store_(store), asked_for_(asked_for) {}

  // Why the series is not reviewed at `now`; "" where it is. Of a series that
  // has been reviewed, what came later is old by its arrival alone: it bears
  // the date of those that came in time.
  Result<std::string> ReasonNotToReview(const store::SeriesRow& row,
                                        UnixSeconds now);

  // A newer revision has come that stands for all of this one: not a re-roll
  // of some patches only, and none that is set aside itself (the one after it
  // may supersede then).
  Result<bool> IsSuperseded(const series::Series& series, UnixSeconds now);

 private:
  Result<std::string> OptedOut(const store::SeriesRow& row);
  // It was merged already and is sent again for a stable tree.
  Result<bool> IsBackport(const series::Series& series);

  const Config* config_;
  store::Store* store_;
  bool asked_for_;
};

// What kind of reason that is, in a word or two: "old", "opted out". For
// counting.
std::string_view ClassOfReason(std::string_view reason);

// Sets a series aside that was not reviewed: `state` with `reason`. One that
// has been reviewed before stays that, and says what was not reviewed since.
struct SetAside {
  store::SeriesState state;
  std::string reason;
};
SetAside HowSetAside(const store::SeriesRow& row, store::SeriesState state,
                     std::string_view reason);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ELIGIBILITY_H_
