// What a review by a model says of itself: in the series mail's overview, and
// behind "Cost:" in each mail's footer. Only what has happened is claimed: a
// patch that was not read to its end was not reviewed, and where no prices are
// configured no sum is named.
//
// Pure. Threads: any. Tested in tests/review/engine/account_test.cc and, in
// whole mails, by tests/review/golden_test.cc.
#ifndef PATCHMILTER_REVIEW_ENGINE_ACCOUNT_H_
#define PATCHMILTER_REVIEW_ENGINE_ACCOUNT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "store/rows.h"

namespace patchmilter::review {

struct Account {
  std::size_t patches = 0;  // Of the series, as far as they are here.
  std::size_t given = 0;    // Of them: under review in this round.
  std::size_t whole = 0;    // Of them: reviewed to the end.
  bool series_finished = false;
  bool reference = false;    // The series did not apply.
  std::size_t verified = 0;  // Findings that were looked at once more.
  std::size_t refuted = 0;   // Of them.
};

// Sentences, each whole by itself.
std::vector<std::string> OverviewOf(const Account& account);
std::string CostOf(const store::Spent& spent);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_ACCOUNT_H_
