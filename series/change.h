// Change: what one mail has done to one series, as Grouper::Add answers it.
//
// Says what happened, and to whom; how the series stands now, Grouper::Find
// tells. So an answer costs a few bytes, however long the series is.
// Pure. Threads: values.  Tested in tests/series/change_test.cc.
#ifndef PATCHMILTER_SERIES_CHANGE_H_
#define PATCHMILTER_SERIES_CHANGE_H_

#include <cstdint>
#include <string>

#include "series/series.h"

namespace patchmilter::series {

struct Change {
  // What happened, a bit each; several may have, and one at least.
  enum Kind : std::uint16_t {
    // It did not stand before.
    kCreated = 1 << 0,
    // The mail that was fed stands in it, as its cover, a patch or a copy.
    kJoined = 1 << 1,
    // All of its patches are there now, and were not before.
    kCompleted = 1 << 2,
    // It follows another (Series::previous), and did not follow that before.
    kRevised = 1 << 3,
    // Another follows it (Series::superseded_by), and did not before.
    kSuperseded = 1 << 4,
    // Only with kCreated: mails of it stood in `other`, which still stands.
    kSplit = 1 << 5,
    // It stands no more: its first mail stands in `other` now. Comes alone.
    kMerged = 1 << 6,
    // None of these, and yet something that a reader of it sees: it lost a
    // mail or took one of another's, another copy stands in front; title,
    // author, times or notes; it follows nothing or nothing follows it now.
    kChanged = 1 << 7,
  };

  SeriesId id = 0;
  SeriesId other = 0;  // Of kSplit and kMerged; else 0.
  std::uint16_t kinds = 0;

  bool Is(Kind kind) const { return (kinds & kind) != 0; }
  bool operator==(const Change&) const = default;
};

// "7: created, joined", "9: merged into 7", "8: created, split from 7": for
// logs and tests.
std::string ChangeText(const Change& change);

}  // namespace patchmilter::series

#endif  // PATCHMILTER_SERIES_CHANGE_H_
