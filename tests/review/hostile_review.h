// Reviews in which every text that is not ours is hostile: subjects, names,
// paths, messages, code, findings, an engine's words; the places of the
// findings are true.
#ifndef PATCHMILTER_TESTS_REVIEW_HOSTILE_REVIEW_H_
#define PATCHMILTER_TESTS_REVIEW_HOSTILE_REVIEW_H_

#include <memory>
#include <vector>

#include "review/gates.h"
#include "review/render.h"
#include "tests/review/fixture.h"

namespace patchmilter::review {

struct HostileReview {
  std::shared_ptr<SeriesFixture> fixture;  // Owns the mails.
  SeriesUnderReview under;
  GatedReview review;
  std::vector<ReviewMail> mails;
};

// The same for the same seed.
HostileReview MakeHostileReview(unsigned seed);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_TESTS_REVIEW_HOSTILE_REVIEW_H_
