// Clusters: which parts may belong to one series. Parts that share a stem, or,
// of one version, a mail of their thread, or a poster, a count and a time,
// stand in one cluster (and those on which the version was left out with those
// that they answer), found by union over what they share. A cluster only says
// who is to be looked at together (partition.h); which these are depends on the
// facts alone, not on their order, as long as no limit cuts.
//
// Input: parts of hostile mails. Private to series/. Threads: one.
// Tested in tests/series/hostile_test.cc, grouper_test.cc.
#ifndef PATCHMILTER_SERIES_CLUSTERS_H_
#define PATCHMILTER_SERIES_CLUSTERS_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "series/flat_map.h"
#include "series/part.h"
#include "series/plain_series.h"
#include "series/series.h"

namespace patchmilter::series {

class Clusters {
 public:
  // They bound the work for one mail, whatever is sent. What is beyond stands
  // alone, and only there the order of feeding tells: parts of a cluster …
  static constexpr std::size_t kMaxParts = 4000;
  // … mails for one place (k of n) in it …
  static constexpr std::uint32_t kMaxForOnePlace = 64;
  // … and mails that bear one Message-ID (and differ).
  static constexpr std::uint32_t kMaxForOneId = 32;

  struct Cluster {
    std::vector<const Part*> parts;
    std::vector<SeriesId> series;        // What stands of it, sorted.
    std::unique_ptr<PlainSeries> plain;  // Where it is that simple.
    // How many there are for each place, sorted; not counted while it has one
    // part.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> places;
  };

  struct Added {
    std::uint32_t cluster = 0;
    bool cut = false;  // A limit kept it from others.
  };
  // REQUIRES: `part` outlives this.
  Added Add(const Part& part);

  // The part's times are no more those with which it was added.
  void CameEarlier(std::uint32_t cluster, const Part& part);

  Cluster& At(std::uint32_t cluster) { return *clusters_[Root(cluster)]; }
  const Cluster& At(std::uint32_t cluster) const {
    return *clusters_[Root(cluster)];
  }

 private:
  enum class HubKind : std::uint8_t { kOwnId, kThread, kStem, kVersioned };
  struct Hub {
    std::uint32_t cluster = 0;
    std::uint32_t bearers = 0;  // Parts that have this Message-ID.
  };
  // Parts of a run (a poster's, of one count and version) in one stretch of
  // time, all in one cluster. The Dates are counted from its start.
  struct Stretch {
    std::uint16_t first = 0;
    std::uint16_t last = 0;
    std::uint32_t cluster = 0;
  };

  std::uint32_t Root(std::uint32_t cluster) const;
  // The cluster that holds both; `a` where it would grow too large.
  std::uint32_t Unite(std::uint32_t a, std::uint32_t b);
  std::uint32_t Join(std::uint32_t cluster, HubKind kind, std::uint32_t number,
                     std::uint64_t version);
  std::uint64_t VersionOf(const Part& part);
  std::uint32_t JoinRuns(std::uint32_t cluster, const Part& part,
                         std::uint64_t version);
  std::uint32_t JoinStretches(std::uint32_t cluster, const Part& part,
                              std::uint64_t run, Seconds window);
  void PutIntoStretch(std::uint32_t cluster, const Part& part,
                      std::uint64_t run);

  // Of each part once, by its number here; of a root alone there is a Cluster.
  // Shortened by those who ask, so that asking stays cheap.
  mutable std::vector<std::uint32_t> parent_;
  std::vector<std::unique_ptr<Cluster>> clusters_;
  FlatMap<std::uint32_t> versions_;  // Numbered, from 0.
  FlatMap<Hub> hubs_;
  FlatMap<std::uint32_t> runs_;  // Numbered, from 0.
  FlatMap<Stretch> stretches_;
  bool cut_ = false;
};

}  // namespace patchmilter::series

#endif  // PATCHMILTER_SERIES_CLUSTERS_H_
