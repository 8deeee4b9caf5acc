// Edges: which pairs of mails may belong together, and by what evidence.
//
// Private to series/. Work: O(n log n) of the units. Threads: any.
// Tested in tests/series/grouper_test.cc.
#ifndef PATCHMILTER_SERIES_EDGES_H_
#define PATCHMILTER_SERIES_EDGES_H_

#include <cstdint>
#include <tuple>
#include <vector>

#include "series/partition.h"
#include "series/units.h"

namespace patchmilter::series {

// Neighbours in time that a part is compared with, where many share something.
inline constexpr std::size_t kNeighbours = 4;

struct Edge {
  Evidence evidence = Evidence::kStem;
  int penalty = 0;
  Seconds gap = 0;
  Seconds arrival_gap = 0;
  // Of equals, what came first goes first: one series after the other.
  UnixSeconds first_arrival = 0;
  std::uint32_t a = 0;  // Units in order of posting.
  std::uint32_t b = 0;

  auto Order() const {
    return std::tie(evidence, penalty, gap, arrival_gap, first_arrival, a, b);
  }
};

// The edges among `members` (places in `units`, in order of posting), which
// have one version and one count; the strongest first.
std::vector<Edge> FindEdges(const std::vector<Unit>& units,
                            std::vector<std::uint32_t> members);

}  // namespace patchmilter::series

#endif  // PATCHMILTER_SERIES_EDGES_H_
