// Partition: the rules by which parts make series.
//
// A pure function of a set of parts that have something in common (a parent, a
// stem, a poster and a time): the order in which they came
// does not matter. Pairs of parts are looked at from the strongest evidence to
// the weakest, the closest in time first; the two groups in which they stand
// become one, unless both hold a mail for the same number. So a second mail
// for a taken number never pushes out the first: it founds another series,
// which its own companions join. The rules stand in docs/series.md.
//
// Private to series/. Work: O(n log² n) of the parts. No recursion.
// Threads: any.  Tested in tests/series/grouper_test.cc.
#ifndef PATCHMILTER_SERIES_PARTITION_H_
#define PATCHMILTER_SERIES_PARTITION_H_

#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "series/part.h"

namespace patchmilter::series {

// Why two parts were put together, from the strongest to the weakest.
enum class Evidence : std::uint8_t {
  kCopy,            // One mail that came twice in other clothes.
  kStem,            // One poster, and Message-IDs of one posting.
  kThread,          // One poster; one answers the other, or both a third.
  kAncestor,        // One poster; further apart in the thread.
  kStemOnly,        // Message-IDs of one posting, other From.
  kDate,            // One poster, and Dates close together.
  kThreadOnly,      // One answers the other, another From.
  kCoverOfAnother,  // A cover that gives another count than its answers.
  kForgotVersion,   // Of the same posting, and without its version.
};
// In words, to stand between two ids: "is of the same posting as".
std::string_view EvidenceText(Evidence evidence);

// How far apart in time kDate may reach; where both Message-IDs have a stem,
// and not the same (a series sent by hand, mail by mail).
inline constexpr Seconds kDateWindow = 3600;
inline constexpr Seconds kOtherStemWindow = 600;

struct Group {
  std::int64_t version = 1;
  std::int64_t total = 1;
  // By number; each the best copy first. 0 is the cover.
  std::map<std::int64_t, std::vector<const Part*>> slots;
};

struct Joined {
  Evidence evidence = Evidence::kStem;
  const Part* to = nullptr;
};

struct Partitioned {
  std::vector<Group> groups;
  // The first evidence that joined a part to another; alone: not in here.
  std::unordered_map<const Part*, Joined> joined;
};

// The parts outlive the answer.
Partitioned Partition(std::vector<const Part*> parts);

}  // namespace patchmilter::series

#endif  // PATCHMILTER_SERIES_PARTITION_H_
