// New, or there before the series? A weighted rule over what can be seen in the
// mail: signs, each with its weight, that sum up; from kPreExistingFrom on the
// fault counts as pre-existing.
//
// The engine's own word decides by itself; the place alone never does: one new
// finding in nine hangs on an unchanged line. Only where the line stands apart
// from all that changes, and the functions named are none that the patch
// changes, the two together decide.
//
// Input: findings of any engine whose anchors have passed the gate. Threads:
// any.  Tested in tests/review/novelty_test.cc; measured by
// tests/review/model_reviews.cc.
#ifndef PATCHMILTER_REVIEW_NOVELTY_H_
#define PATCHMILTER_REVIEW_NOVELTY_H_

#include <string>
#include <vector>

#include "review/engine.h"
#include "review/finding.h"

namespace patchmilter::review {

inline constexpr double kPreExistingFrom = 1.0;

struct Novelty {
  double score = 0;                // The sum of the weights.
  std::vector<std::string> signs;  // In words, each with its weight.

  bool pre_existing() const { return score >= kPreExistingFrom; }
};

// Of a finding of a deterministic check, and of one on the series, only the
// engine's own mark counts.
Novelty WeighNovelty(const SeriesUnderReview& series, const Finding& finding);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_NOVELTY_H_
