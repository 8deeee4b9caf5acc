// The end of journals, for whoever ends a job. Included by store/*.cc only.
// Threads: that of the database.  Tested in tests/store/journal_test.cc.
#ifndef PATCHMILTER_STORE_JOURNAL_ROWS_H_
#define PATCHMILTER_STORE_JOURNAL_ROWS_H_

#include <cstdint>

#include "base/result.h"
#include "store/database.h"
#include "store/rows.h"

namespace patchmilter::store {

// REQUIRES of all: a transaction is open, that which ends the job.
// What was spent stays; estimates that are still open are closed as they are.
Status DropJournal(Database* database, SeriesId series, std::int64_t round);
// Of all rounds.
Status DropJournals(Database* database, SeriesId series);
// Of all reviews that no job is going to end.
Status DropStrayJournals(Database* database);

}  // namespace patchmilter::store

#endif  // PATCHMILTER_STORE_JOURNAL_ROWS_H_
