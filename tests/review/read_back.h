// Whether a reader of inline comments finds each finding of a review at the
// place that the gates had found for it.
#ifndef PATCHMILTER_TESTS_REVIEW_READ_BACK_H_
#define PATCHMILTER_TESTS_REVIEW_READ_BACK_H_

#include <cstddef>
#include <string>
#include <vector>

#include "review/render.h"
#include "tests/review/b4_reader.h"

namespace patchmilter::review {

struct ReadBack {
  std::size_t comments = 0;   // Findings printed in patch mails, with a place.
  std::size_t at_place = 0;   // Read back at it.
  std::size_t placeless = 0;  // On files without a hunk: no reader has a place.
  std::vector<std::string> wrong;  // In words.
};

// Of one review's mails.
ReadBack ReadBackReview(const SeriesUnderReview& under,
                        const GatedReview& review,
                        const std::vector<ReviewMail>& mails, Resolve resolve);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_TESTS_REVIEW_READ_BACK_H_
