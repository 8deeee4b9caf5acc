// Units: mails with their copies, and who posted them, for partition.h.
//
// Private to series/. Threads: any.  Tested in tests/series/grouper_test.cc.
#ifndef PATCHMILTER_SERIES_UNITS_H_
#define PATCHMILTER_SERIES_UNITS_H_

#include <cstdint>
#include <vector>

#include "series/part.h"
#include "series/partition.h"

namespace patchmilter::series {

// A mail and its copies, which share its place.
struct Unit {
  std::vector<const Part*> copies;  // The best first.
  std::uint32_t poster = 0;         // Equal: one poster.
  const Part& part() const { return *copies.front(); }
};

// The units of `parts`, in order of posting; copies go to answer->joined.
std::vector<Unit> CollectUnits(std::vector<const Part*> parts,
                               Partitioned* answer);

// Whether two of one poster have more than a name in common, which anyone can
// bear.
bool SharesAddress(const Part& a, const Part& b);

// Between the Dates.
Seconds Gap(const Part& a, const Part& b);

}  // namespace patchmilter::series

#endif  // PATCHMILTER_SERIES_UNITS_H_
