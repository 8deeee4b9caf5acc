// What the mails of a series say of where else its patches are: for finding
// them in a tree's history (tree/base/already_there.h).
//
// Input: hostile mails that are taken apart already. Linear.
// Pure. Threads: any. Tested in tests/review/sent_series_test.cc.
#ifndef PATCHMILTER_REVIEW_SENT_SERIES_H_
#define PATCHMILTER_REVIEW_SENT_SERIES_H_

#include "review/engine.h"
#include "tree/tree.h"

namespace patchmilter::review {

// Borrows the series' diffs. Without patches where a subject says that they
// have been committed ("[COMMITTED PATCH]", "[PATCH][pushed]").
tree::SentSeries SentSeriesOf(const SeriesUnderReview& series);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_SENT_SERIES_H_
