#include "series/clusters.h"

#include <algorithm>

#include "series/partition.h"

namespace patchmilter::series {
namespace {

// A stretch is so short that all in it are near each other.
constexpr Seconds kStretch = kOtherStemWindow;
static_assert(kDateWindow % kStretch == 0 && kStretch <= UINT16_MAX);

// So many different versions (or runs) are told apart; the next ones have no
// hubs, and stand alone.
constexpr std::uint64_t kMaxVersions = 1ULL << 20;

constexpr std::uint64_t kAnyVersion = 0;

std::uint32_t PlaceOf(const Part& part) {
  return static_cast<std::uint32_t>(part.total) << 16 |
         static_cast<std::uint32_t>(part.number);
}
static_assert(kMaxPatches < 1 << 15);

std::uint32_t NumberOf(FlatMap<std::uint32_t>* numbers, std::uint64_t key) {
  return *numbers->Emplace(key, static_cast<std::uint32_t>(numbers->size()))
              .first;
}

}  // namespace

std::uint32_t Clusters::Root(std::uint32_t cluster) const {
  while (parent_[cluster] != cluster) {
    parent_[cluster] = parent_[parent_[cluster]];
    cluster = parent_[cluster];
  }
  return cluster;
}

std::uint32_t Clusters::Unite(std::uint32_t a, std::uint32_t b) {
  a = Root(a);
  b = Root(b);
  if (a == b) return a;
  const std::uint32_t asked = a;
  if (clusters_[a]->parts.size() < clusters_[b]->parts.size()) std::swap(a, b);
  Cluster& large = *clusters_[a];
  Cluster& small = *clusters_[b];
  if (large.parts.size() + small.parts.size() > kMaxParts) {
    cut_ = true;
    return asked;
  }
  for (Cluster* cluster : {&large, &small}) {
    if (cluster->parts.size() == 1) {
      cluster->places = {{PlaceOf(*cluster->parts[0]), 1}};
    }
  }
  const auto place_in_large = [&](std::uint32_t place) {
    return std::lower_bound(large.places.begin(), large.places.end(),
                            std::pair(place, std::uint32_t{0}));
  };
  for (const auto& [place, count] : small.places) {
    const auto at = place_in_large(place);
    if (at != large.places.end() && at->first == place &&
        at->second + count > kMaxForOnePlace) {
      cut_ = true;
      return asked;
    }
  }
  for (const auto& [place, count] : small.places) {
    const auto at = place_in_large(place);
    if (at != large.places.end() && at->first == place) {
      at->second += count;
    } else {
      large.places.insert(at, {place, count});
    }
  }
  large.parts.insert(large.parts.end(), small.parts.begin(), small.parts.end());
  large.series.insert(large.series.end(), small.series.begin(),
                      small.series.end());
  std::sort(large.series.begin(), large.series.end());
  // A part that comes alone may join plainly; two clusters may not.
  if (small.parts.size() > 1 || !small.series.empty()) large.plain.reset();
  clusters_[b].reset();
  parent_[b] = a;
  return a;
}

std::uint32_t Clusters::Join(std::uint32_t cluster, HubKind kind,
                             std::uint32_t number, std::uint64_t version) {
  const std::uint64_t key = (static_cast<std::uint64_t>(number) << 2 |
                             static_cast<std::uint64_t>(kind)) |
                            version << 40;
  const auto [hub, added] = hubs_.Emplace(key, {cluster, 0});
  return added ? cluster : Unite(cluster, hub->cluster);
}

std::uint32_t Clusters::JoinStretches(std::uint32_t cluster, const Part& part,
                                      std::uint64_t run, Seconds window) {
  const Seconds reach = window / kStretch;
  const UnixSeconds own = part.date / kStretch;
  for (UnixSeconds at = std::max<UnixSeconds>(own - reach, 0);
       at <= own + reach; ++at) {
    const Stretch* stretch =
        stretches_.Find(run << 32 | static_cast<std::uint64_t>(at));
    if (stretch == nullptr) continue;
    const UnixSeconds start = at * kStretch;
    if ((at < own && part.date - (start + stretch->last) > window) ||
        (at > own && start + stretch->first - part.date > window)) {
      continue;
    }
    cluster = Unite(cluster, stretch->cluster);
  }
  return cluster;
}

void Clusters::PutIntoStretch(std::uint32_t cluster, const Part& part,
                              std::uint64_t run) {
  const auto within = static_cast<std::uint16_t>(part.date % kStretch);
  const auto [stretch, added] = stretches_.Emplace(
      run << 32 | static_cast<std::uint64_t>(part.date / kStretch),
      {within, within, cluster});
  if (added) return;
  stretch->first = std::min(stretch->first, within);
  stretch->last = std::max(stretch->last, within);
}

// Links the part with those that kDate may join it to (partition.cc): any of
// its poster's within the shorter window, and within the longer one where
// either has no stem.
std::uint32_t Clusters::JoinRuns(std::uint32_t cluster, const Part& part,
                                 std::uint64_t version) {
  for (const std::uint32_t poster : part.posters) {
    if (poster == 0) continue;
    const std::uint64_t number = NumberOf(
        &runs_,
        version << 44 | static_cast<std::uint64_t>(part.total) << 32 | poster);
    if (number >= 1ULL << 30) continue;
    const std::uint64_t all = number << 1;
    const std::uint64_t without_stem = all | 1;
    if (part.stem == 0) {
      cluster = JoinStretches(cluster, part, all, kDateWindow);
      PutIntoStretch(cluster, part, without_stem);
    } else {
      cluster = JoinStretches(cluster, part, all, kOtherStemWindow);
      cluster = JoinStretches(cluster, part, without_stem, kDateWindow);
    }
    PutIntoStretch(cluster, part, all);
  }
  return cluster;
}

std::uint64_t Clusters::VersionOf(const Part& part) {
  const std::int64_t version =
      std::max<std::int64_t>(part.facts.subject.version, 0);
  return NumberOf(&versions_, static_cast<std::uint64_t>(version));
}

void Clusters::CameEarlier(std::uint32_t cluster, const Part& part) {
  const std::uint64_t version = VersionOf(part);
  if (part.role == Part::Role::kSingle || version >= kMaxVersions) return;
  JoinRuns(cluster, part, version);
}

Clusters::Added Clusters::Add(const Part& part) {
  auto cluster = static_cast<std::uint32_t>(parent_.size());
  parent_.push_back(cluster);
  clusters_.push_back(std::make_unique<Cluster>());
  clusters_.back()->parts.push_back(&part);
  cut_ = false;

  const std::uint64_t version = VersionOf(part);
  const bool single = part.role == Part::Role::kSingle;
  const HubKind own = single ? HubKind::kOwnId : HubKind::kThread;
  if (version >= kMaxVersions) return {cluster, !single};
  if (part.node != 0) {
    const std::uint64_t key = (static_cast<std::uint64_t>(part.node) << 2 |
                               static_cast<std::uint64_t>(own)) |
                              version << 40;
    Hub* hub = hubs_.Emplace(key, {cluster, 0}).first;
    if (hub->bearers >= kMaxForOneId) return {cluster, true};
    ++hub->bearers;
    cluster = Unite(cluster, hub->cluster);
  }
  if (!single) {
    for (const std::uint32_t above : part.ancestors) {
      cluster = Join(cluster, HubKind::kThread, above, version);
    }
    // Those on which the version was left out come to those that have it.
    if (part.stem != 0) {
      cluster = Join(cluster, HubKind::kStem, part.stem, kAnyVersion);
    }
    if (part.facts.subject.version_given || part.facts.subject.version != 1) {
      if (part.node != 0) {
        cluster = Join(cluster, HubKind::kVersioned, part.node, kAnyVersion);
      }
    } else {
      for (const std::uint32_t above : part.parents) {
        cluster = Join(cluster, HubKind::kVersioned, above, kAnyVersion);
      }
    }
    cluster = JoinRuns(cluster, part, version);
  }
  return {cluster, cut_};
}

}  // namespace patchmilter::series
