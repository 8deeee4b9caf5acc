// PlainSeries: a cluster that holds one series and nothing else, with no two
// mails for one place: a part for a free place that is bound to it needs no new
// partition (partition.h), because where nothing is disputed, the order in
// which evidence is looked at cannot tell. So a series of hundreds of patches
// is not partitioned hundreds of times.
//
// A part is bound by what Partition would take it in by, and what no later
// mail can weaken: its poster and a stem or a thread; or, where no mail of the
// series has a stem, its poster and a Date near another's.
//
// Private to series/. Threads: one.  Tested in tests/series/engine_test.cc,
// where each answer is compared with Partition's.
#ifndef PATCHMILTER_SERIES_PLAIN_SERIES_H_
#define PATCHMILTER_SERIES_PLAIN_SERIES_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "series/part.h"
#include "series/partition.h"

namespace patchmilter::series {

class PlainSeries {
 public:
  // Nothing where the cluster is not that simple. `partitioned`: of `parts`.
  static std::unique_ptr<PlainSeries> Of(const std::vector<const Part*>& parts,
                                         const Partitioned& partitioned);

  // Takes the part in; false where only a new partition can tell.
  bool Take(const Part& part);

 private:
  bool IsBound(const Part& part) const;
  void Put(const Part& part);

  std::int64_t version_ = 1;
  std::int64_t total_ = 1;
  const Part* first_ = nullptr;
  // Sorted, each once:
  std::vector<std::uint32_t> numbers_;
  std::vector<std::uint32_t> nodes_;
  std::vector<std::uint32_t> parents_;
  std::vector<std::uint32_t> stems_;
  std::vector<std::uint32_t> posters_;
  std::vector<UnixSeconds> dates_;
  // What all have: no stem, these posters (0: none), the words in the brackets.
  bool no_stem_ = true;
  bool same_hints_ = true;
  std::array<std::uint32_t, 3> common_posters_{};
};

}  // namespace patchmilter::series

#endif  // PATCHMILTER_SERIES_PLAIN_SERIES_H_
