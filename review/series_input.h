// What a tree is told of a series, for applying it and for questions about it.
// Pure. Threads: any. Tested in tests/review/series_input_test.cc, tests/app/
// and tests/review/tools/.
#ifndef PATCHMILTER_REVIEW_SERIES_INPUT_H_
#define PATCHMILTER_REVIEW_SERIES_INPUT_H_

#include <cstdint>
#include <map>
#include <string>

#include "review/engine.h"
#include "tree/tree.h"

namespace patchmilter::review {

// Borrows the series' diffs, as they were sent: mime::PatchMail::diff_to_apply.
tree::SeriesInput InputOf(const SeriesUnderReview& series);

// The text of each mail as a reviewer reads it, by number, 0 the cover:
// subject, message, and the diff, in UTF-8.
std::map<std::int64_t, std::string> PatchTextsOf(
    const SeriesUnderReview& series);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_SERIES_INPUT_H_
