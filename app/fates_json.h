// What became of each finding of a file, as JSON for who made it.
#ifndef PATCHMILTER_APP_FATES_JSON_H_
#define PATCHMILTER_APP_FATES_JSON_H_

#include <vector>

#include "app/json.h"
#include "review/gates.h"

namespace patchmilter::app {

// One entry for each of `findings`, in their order: what it was (index, id,
// title), its fate ("kept", "re-routed", "merged", "pre-existing",
// "still-present", "dropped"), the gate and the reason where one decided, and
// where it stands: patch, file, hunk (from 1), line and side; "at" tells what
// kind of place that is.
// REQUIRES: `review` is of these findings.
Json FatesJson(const review::SeriesUnderReview& series,
               const std::vector<review::Finding>& findings,
               const review::GatedReview& review);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_FATES_JSON_H_
