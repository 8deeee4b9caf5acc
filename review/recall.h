// What state.db remembers of a series: its findings as rows, and the rows as
// the memory of the next revision (review/memory.h).
//
// Threads: as the store's. Errors: the store's.
// Tested in tests/review/memory_test.cc and tests/app/pipeline_test.cc.
#ifndef PATCHMILTER_REVIEW_RECALL_H_
#define PATCHMILTER_REVIEW_RECALL_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "review/engine.h"
#include "review/finding.h"
#include "review/memory.h"
#include "store/store.h"

namespace patchmilter::review {

// How many revisions back the last review is looked for.
inline constexpr int kMaxLookBack = 8;

// A finding as it is kept; `gate` and `reason` are "" where it was printed.
store::FindingRow ToRow(const Finding& finding, const SeriesUnderReview& series,
                        std::string_view gate, std::string_view reason);
// A finding of the previous revision that was found again, in one line.
store::FindingRow StillPresentRow(const Finding& finding,
                                  const SeriesUnderReview& series);
// Any other fate of one.
store::FindingRow FateRow(const PreviousFate& fate);

// What was printed in `rows`, or still stood: "previous" for the next revision,
// and "earlier rounds" for the next round.
void RememberRows(const std::vector<store::FindingRow>& rows,
                  std::vector<Remembered>* memory);

// The same of what an archive's mails told (review/told_mail.h). A mark that
// several of them bear, as those to several destinations do, is taken once.
void RememberTold(const std::vector<store::ToldMail>& mails,
                  std::vector<Remembered>* memory);

// Of the newest revision before `series` whose review read it; and of the
// rounds of `series` before `round`. What those have told the fate of already
// is not in `previous`.
// A revision of which the store has no such review is taken from what an
// archive's mails told of it, if they did; what the store has goes first.
Result<Memory> Recall(store::Store* store, const series::Series& series,
                      std::int64_t round);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_RECALL_H_
