// Clusters: parts that have something in common (see Hub) and one version stand
// in one cluster, found by union over the hubs. A mail that comes makes its
// cluster be partitioned anew (partition.h); what came out is compared with
// what stood, and the difference is the answer. As hubs and partition depend on
// the facts alone, so does what stands.
#include "series/grouper.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/check.h"
#include "series/part.h"
#include "series/partition.h"
#include "series/revisions.h"
#include "series/standing.h"

namespace patchmilter::series {
namespace {

// Bounds the work for one mail, whatever is sent: a cluster takes no more parts
// than this, and no more for one place (k of n) than that; what is beyond
// stands alone. Only then does the order of feeding tell.
constexpr std::size_t kMaxClusterParts = 4000;
constexpr std::size_t kMaxForOnePlace = 64;

// What parts of one series may have in common.
struct Hub {
  enum class Kind : std::uint8_t { kOwnId, kThread, kStem, kVersioned };
  Kind kind = Kind::kOwnId;
  std::uint32_t number = 0;
  std::int64_t version = 0;
  bool operator==(const Hub&) const = default;
};
struct HubHash {
  std::size_t operator()(const Hub& hub) const {
    std::uint64_t x = (static_cast<std::uint64_t>(hub.number) << 2) |
                      static_cast<std::uint64_t>(hub.kind);
    x ^= static_cast<std::uint64_t>(hub.version) * 0x9e3779b97f4a7c15ULL;
    x *= 0xff51afd7ed558ccdULL;
    return static_cast<std::size_t>(x ^ (x >> 32));
  }
};

// One poster's parts of one count and version, by Date.
using RunKey = std::tuple<std::uint32_t, std::int64_t, std::int64_t>;
struct Run {
  std::multimap<UnixSeconds, std::uint32_t> all;  // To a cluster.
  std::multimap<UnixSeconds, std::uint32_t> without_stem;
};
// A part without a stem is linked with so many others on either side.
constexpr int kMaxRunNeighbours = 64;

// What a cluster of one series holds, all of whose parts are bound to it by
// evidence that no other mail can weaken: a part for a free place that is bound
// in the same way needs no new partition (and a long series no square time).
struct Plain {
  Group group;
  std::unordered_set<std::uint32_t> nodes;
  std::unordered_set<std::uint32_t> parents;
  std::unordered_set<std::uint32_t> stems;
  std::unordered_set<std::uint32_t> posters;

  void Take(const Part& part) {
    group.slots[part.number] = {&part};
    nodes.insert(part.node);
    parents.insert(part.parents.begin(), part.parents.end());
    if (part.stem != 0) stems.insert(part.stem);
    for (const std::uint32_t poster : part.posters) {
      if (poster != 0) posters.insert(poster);
    }
  }
};

struct Cluster {
  std::vector<const Part*> parts;
  std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> places;
  std::vector<SeriesId> series;
  std::unique_ptr<Plain> plain;
};

bool SameButLinks(const Series& a, const Series& b) {
  return a.list == b.list && a.version == b.version &&
         a.expected == b.expected && a.cover == b.cover &&
         a.patches == b.patches && a.author.email == b.author.email &&
         a.author.name == b.author.name && a.title == b.title &&
         a.first_date == b.first_date && a.newest_date == b.newest_date &&
         a.newest_arrival == b.newest_arrival && a.rfc == b.rfc &&
         a.resend == b.resend && a.notes == b.notes;
}

std::string Quoted(const Part& part) {
  return part.facts.message_id.empty() ? "a mail without a Message-ID"
                                       : "<" + part.facts.message_id + ">";
}

std::string Place(const Part& part) {
  switch (part.role) {
    case Part::Role::kSingle:
      return "a single patch";
    case Part::Role::kNumbered:
      return "patch " + std::to_string(part.number) + " of " +
             std::to_string(part.total);
    case Part::Role::kCover:
      return "the cover of " + std::to_string(part.total);
    case Part::Role::kFreeCover:
      return "a cover that gives no count";
  }
  return "";
}

std::string Name(const mime::Address& address) {
  return address.name.empty() ? address.email
                              : address.name + " <" + address.email + ">";
}

}  // namespace

class Grouper::Impl {
 public:
  std::vector<Change> Add(const MailFacts& facts);
  std::vector<std::string> Explain(MailId mail) const;
  std::optional<SeriesId> SeriesOf(MailId mail) const;
  const Revisions& revisions() const { return revisions_; }

 private:
  // A mail that is no part: what Explain() tells of it.
  struct Other {
    mime::MailKind kind = mime::MailKind::kOther;
    std::uint32_t parent = 0;
  };
  struct Why {
    Evidence evidence = Evidence::kStem;
    MailId to = 0;
  };

  std::uint32_t Root(std::uint32_t cluster);
  // The cluster that holds both; `a` where it would grow too large.
  std::uint32_t Unite(std::uint32_t a, std::uint32_t b);
  std::uint32_t Join(std::uint32_t cluster, const Hub& hub);
  std::uint32_t JoinRuns(std::uint32_t cluster, const Part& part);
  // Takes a part that came last into the series of a plain cluster; false
  // where only a new partition can tell.
  bool AddPlainly(Cluster* cluster, const Part& part);
  std::vector<Change> Evaluate(std::uint32_t cluster, const Part* last);
  void MakePlain(Cluster* cluster, const Partitioned& partitioned);

  Interner ids_;
  Interner texts_;
  std::unordered_map<std::string, MailId> seen_;  // By id and content.
  std::unordered_map<MailId, MailId> same_as_;    // Came again as another id.
  std::unordered_map<MailId, Other> others_;
  std::unordered_map<MailId, std::unique_ptr<Part>> parts_;
  std::unordered_map<std::uint32_t, MailId> by_node_;  // The first of that id.

  std::vector<Cluster> clusters_;
  std::vector<std::uint32_t> cluster_parent_;
  std::unordered_map<MailId, std::uint32_t> cluster_of_;
  std::unordered_map<Hub, std::uint32_t, HubHash> hubs_;
  std::map<RunKey, Run> runs_;

  std::unordered_map<MailId, SeriesId> series_of_;
  std::unordered_map<MailId, Why> why_;
  Revisions revisions_;
};

std::uint32_t Grouper::Impl::Root(std::uint32_t cluster) {
  while (cluster_parent_[cluster] != cluster) {
    cluster_parent_[cluster] = cluster_parent_[cluster_parent_[cluster]];
    cluster = cluster_parent_[cluster];
  }
  return cluster;
}

std::uint32_t Grouper::Impl::Unite(std::uint32_t a, std::uint32_t b) {
  a = Root(a);
  b = Root(b);
  if (a == b) return a;
  const std::uint32_t asked = a;
  if (clusters_[a].parts.size() < clusters_[b].parts.size()) std::swap(a, b);
  Cluster& large = clusters_[a];
  Cluster& small = clusters_[b];
  if (large.parts.size() + small.parts.size() > kMaxClusterParts) return asked;
  for (const auto& [place, count] : small.places) {
    const auto at = large.places.find(place);
    if (at != large.places.end() && at->second + count > kMaxForOnePlace) {
      return asked;
    }
  }
  for (const auto& [place, count] : small.places) large.places[place] += count;
  large.parts.insert(large.parts.end(), small.parts.begin(), small.parts.end());
  large.series.insert(large.series.end(), small.series.begin(),
                      small.series.end());
  // A part that comes alone may join plainly; two clusters may not.
  if (small.parts.size() > 1 || !small.series.empty()) large.plain.reset();
  small = Cluster();
  cluster_parent_[b] = a;
  return a;
}

std::uint32_t Grouper::Impl::Join(std::uint32_t cluster, const Hub& hub) {
  const auto [at, added] = hubs_.try_emplace(hub, cluster);
  return added ? cluster : Unite(cluster, at->second);
}

// Links the part with those that kDate may join it to (partition.cc).
std::uint32_t Grouper::Impl::JoinRuns(std::uint32_t cluster, const Part& part) {
  // Walks from `at` to either side, over `count` parts within `window`.
  const auto link = [&](auto& run, auto at, int count, Seconds window) {
    auto left = at;
    for (int i = 0; i < count && left != run.begin(); ++i) {
      --left;
      if (part.date - left->first > window) break;
      cluster = Unite(cluster, left->second);
    }
    auto right = at;
    for (int i = 0; i < count && right != run.end(); ++i, ++right) {
      if (right->first - part.date > window) break;
      cluster = Unite(cluster, right->second);
    }
  };
  for (const std::uint32_t poster : part.posters) {
    if (poster == 0) continue;
    Run& run = runs_[{poster, part.total, part.facts.subject.version}];
    const auto at = run.all.lower_bound(part.date);
    // The next are enough: what is linked further on is linked by them.
    link(run.all, at, 1, kOtherStemWindow);
    if (part.stem == 0) {
      link(run.all, at, kMaxRunNeighbours, kDateWindow);
      run.without_stem.emplace(part.date, cluster);
    } else {
      link(run.without_stem, run.without_stem.lower_bound(part.date), 1,
           kDateWindow);
    }
    run.all.emplace_hint(at, part.date, cluster);
  }
  return cluster;
}

bool Grouper::Impl::AddPlainly(Cluster* cluster, const Part& part) {
  Plain* plain = cluster->plain.get();
  if (plain == nullptr || part.node == 0 ||
      (part.role != Part::Role::kNumbered && part.role != Part::Role::kCover) ||
      part.total != plain->group.total ||
      part.facts.subject.version != plain->group.version ||
      plain->group.slots.contains(part.number) ||
      plain->nodes.contains(part.node)) {
    return false;
  }
  const auto any = [](const auto& values, const auto& set) {
    return std::any_of(values.begin(), values.end(), [&](std::uint32_t value) {
      return value != 0 && set.contains(value);
    });
  };
  if (!any(part.posters, plain->posters)) return false;
  Evidence evidence = Evidence::kStem;
  if (part.stem == 0 || !plain->stems.contains(part.stem)) {
    if (!plain->parents.contains(part.node) &&
        !any(part.parents, plain->nodes) &&
        !any(part.parents, plain->parents)) {
      return false;
    }
    evidence = Evidence::kThread;
  }
  why_[part.facts.id] = {evidence,
                         plain->group.slots.begin()->second.front()->facts.id};
  plain->Take(part);
  return true;
}

std::vector<Change> Grouper::Impl::Add(const MailFacts& facts) {
  const auto [seen, fresh] =
      seen_.try_emplace(facts.message_id + '\n' + facts.content_hash, facts.id);
  if (!fresh) {
    if (seen->second == facts.id) return {};
    same_as_.emplace(facts.id, seen->second);
    // It came when it first came, in whatever order we hear of it.
    const auto part = parts_.find(seen->second);
    if (part == parts_.end() || part->second->facts.arrival <= facts.arrival) {
      return {};
    }
    part->second->facts.arrival = std::max<UnixSeconds>(facts.arrival, 0);
    Cluster& cluster = clusters_[Root(cluster_of_.at(seen->second))];
    cluster.plain.reset();
    return Evaluate(Root(cluster_of_.at(seen->second)), nullptr);
  }
  const std::uint32_t node = ids_.Get(facts.message_id);
  if (node != 0) by_node_.try_emplace(node, facts.id);
  if (!IsPart(facts)) {
    const std::string& parent =
        !facts.in_reply_to.empty()
            ? facts.in_reply_to.front()
            : (facts.references.empty() ? std::string()
                                        : facts.references.back());
    others_[facts.id] = {facts.kind, ids_.Get(parent)};
    return {};
  }

  const auto [at, added] = parts_.try_emplace(
      facts.id, std::make_unique<Part>(MakePart(facts, &ids_, &texts_)));
  CHECK(added);  // Ids are unique.
  const Part& part = *at->second;
  auto cluster = static_cast<std::uint32_t>(clusters_.size());
  clusters_.emplace_back();
  clusters_.back().parts.push_back(&part);
  clusters_.back().places[{part.total, part.number}] = 1;
  cluster_parent_.push_back(cluster);
  cluster_of_[facts.id] = cluster;

  const std::int64_t version = part.facts.subject.version;
  if (part.role == Part::Role::kSingle) {
    if (part.node != 0) {
      cluster = Join(cluster, {Hub::Kind::kOwnId, part.node, version});
    }
  } else {
    if (part.node != 0) {
      cluster = Join(cluster, {Hub::Kind::kThread, part.node, version});
    }
    for (const std::uint32_t above : part.ancestors) {
      cluster = Join(cluster, {Hub::Kind::kThread, above, version});
    }
    // Those on which the version was left out come to those that have it.
    if (part.stem != 0) {
      cluster = Join(cluster, {Hub::Kind::kStem, part.stem, 0});
    }
    if (part.facts.subject.version_given) {
      if (part.node != 0) {
        cluster = Join(cluster, {Hub::Kind::kVersioned, part.node, 0});
      }
    } else {
      for (const std::uint32_t above : part.parents) {
        cluster = Join(cluster, {Hub::Kind::kVersioned, above, 0});
      }
    }
    cluster = JoinRuns(cluster, part);
  }
  return Evaluate(Root(cluster), &part);
}

void Grouper::Impl::MakePlain(Cluster* cluster,
                              const Partitioned& partitioned) {
  cluster->plain.reset();
  if (partitioned.groups.size() != 1 ||
      partitioned.groups[0].slots.size() != cluster->parts.size()) {
    return;
  }
  for (const Part* part : cluster->parts) {
    const auto joined = partitioned.joined.find(part);
    const bool strong = joined == partitioned.joined.end() ||
                        joined->second.evidence == Evidence::kStem ||
                        joined->second.evidence == Evidence::kThread ||
                        joined->second.evidence == Evidence::kAncestor;
    if (!strong || part->node == 0 ||
        part->total != partitioned.groups[0].total ||
        part->facts.subject.version != partitioned.groups[0].version ||
        (part->role != Part::Role::kNumbered &&
         part->role != Part::Role::kCover)) {
      return;
    }
  }
  cluster->plain = std::make_unique<Plain>();
  cluster->plain->group.version = partitioned.groups[0].version;
  cluster->plain->group.total = partitioned.groups[0].total;
  for (const Part* part : cluster->parts) cluster->plain->Take(*part);
}

std::vector<Change> Grouper::Impl::Evaluate(std::uint32_t index,
                                            const Part* last) {
  Cluster& cluster = clusters_[index];
  std::vector<Group> groups;
  std::unordered_map<MailId, SeriesId> stood;  // Where its mails were.
  if (last != nullptr && AddPlainly(&cluster, *last)) {
    groups.push_back(cluster.plain->group);
  } else {
    Partitioned partitioned = Partition(cluster.parts);
    MakePlain(&cluster, partitioned);
    for (const Part* part : cluster.parts) {
      const auto was = series_of_.find(part->facts.id);
      if (was != series_of_.end()) {
        stood.insert(*was);
        series_of_.erase(was);
      }
      const auto joined = partitioned.joined.find(part);
      if (joined == partitioned.joined.end()) {
        why_.erase(part->facts.id);
      } else {
        why_[part->facts.id] = {joined->second.evidence,
                                joined->second.to->facts.id};
      }
    }
    groups = std::move(partitioned.groups);
  }

  std::vector<Standing> put;
  std::vector<SeriesId> stand;
  std::map<SeriesId, Change> found;
  std::set<SeriesId> differ;
  for (const Group& group : groups) {
    // A cover without a count, which no patch answers, is no series.
    if (group.total == 0) continue;
    Standing standing = MakeStanding(group, &texts_);
    const SeriesId id = standing.series.id;
    stand.push_back(id);
    Change change{.id = id};
    std::optional<std::pair<MailId, SeriesId>> split;
    for (const auto& [number, copies] : group.slots) {
      for (const Part* copy : copies) {
        const MailId mail = copy->facts.id;
        series_of_[mail] = id;
        if (copy == last) change.kinds |= Change::kJoined;
        const auto was = stood.find(mail);
        if (was != stood.end() && (!split || mail < split->first)) split = *was;
      }
    }
    const Standing* old = revisions_.Find(id);
    if (old == nullptr) {
      change.kinds |= Change::kCreated;
      if (split) change.other = split->second;
    } else if (SameButLinks(old->series, standing.series) &&
               old->keys == standing.keys && old->nodes == standing.nodes &&
               old->above == standing.above) {
      continue;
    } else if (!SameButLinks(old->series, standing.series)) {
      differ.insert(id);
    }
    if (standing.series.complete() &&
        (old == nullptr || !old->series.complete())) {
      change.kinds |= Change::kCompleted;
    }
    found.emplace(id, change);
    put.push_back(std::move(standing));
  }
  std::vector<SeriesId> removed;
  std::vector<Change> changes;
  std::sort(stand.begin(), stand.end());
  for (const SeriesId id : cluster.series) {
    if (std::binary_search(stand.begin(), stand.end(), id)) continue;
    removed.push_back(id);
    // A cover without a count may be left in no series.
    auto now = series_of_.find(id);
    if (now == series_of_.end()) {
      now =
          series_of_.find(revisions_.Find(id)->series.patches.begin()->second);
    }
    changes.push_back(
        {.id = id, .other = now->second, .kinds = Change::kMerged});
  }
  cluster.series = std::move(stand);

  for (const auto& [id, links] : revisions_.Update(removed, std::move(put))) {
    const Links now = LinksOf(revisions_.Find(id)->series);
    const auto own = found.find(id);
    Change change = own != found.end() ? own->second : Change{.id = id};
    if (now.previous && now.previous != links.previous) {
      change.kinds |= Change::kRevised;
    }
    if (now.superseded_by && now.superseded_by != links.superseded_by) {
      change.kinds |= Change::kSuperseded;
    }
    if (change.other != 0) {
      if (revisions_.Find(change.other) != nullptr) {
        change.kinds |= Change::kSplit;
      } else {
        change.other = 0;
      }
    }
    if (change.kinds == 0) {
      if (now == links && !differ.contains(id)) continue;
      change.kinds = Change::kChanged;
    }
    changes.push_back(change);
  }
  return changes;
}

std::optional<SeriesId> Grouper::Impl::SeriesOf(MailId mail) const {
  const auto same = same_as_.find(mail);
  const auto at = series_of_.find(same == same_as_.end() ? mail : same->second);
  if (at == series_of_.end()) return std::nullopt;
  return at->second;
}

std::vector<std::string> Grouper::Impl::Explain(MailId mail) const {
  std::vector<std::string> lines;
  const auto same = same_as_.find(mail);
  if (same != same_as_.end()) {
    lines.push_back("came before, as mail " + std::to_string(same->second) +
                    ": same Message-ID, same content");
    mail = same->second;
  }
  const auto other = others_.find(mail);
  if (other != others_.end()) {
    lines.push_back("no patch of a series, by its kind: " +
                    std::string(mime::MailKindName(other->second.kind)));
    const auto parent = by_node_.find(other->second.parent);
    if (parent != by_node_.end()) {
      const auto series = SeriesOf(parent->second);
      lines.push_back(
          "answers <" + std::string(ids_.Text(other->second.parent)) + ">" +
          (series ? ", of series " + std::to_string(*series) : std::string()));
    } else if (other->second.parent != 0) {
      lines.push_back("answers <" +
                      std::string(ids_.Text(other->second.parent)) +
                      ">, which has not come");
    }
    return lines;
  }
  const auto at = parts_.find(mail);
  if (at == parts_.end()) {
    lines.emplace_back("not known here");
    return lines;
  }
  const Part& part = *at->second;
  lines.push_back(Quoted(part) + " is " + Place(part) + ", version " +
                  std::to_string(part.facts.subject.version) + ", by " +
                  Name(part.facts.author));
  const auto why = why_.find(mail);
  if (why != why_.end()) {
    lines.push_back("it " + std::string(EvidenceText(why->second.evidence)) +
                    " " + Quoted(*parts_.at(why->second.to)));
  } else if (part.role != Part::Role::kSingle) {
    lines.emplace_back("nothing else was found to belong to it");
  }
  const auto id = series_of_.find(mail);
  if (id == series_of_.end()) {
    lines.emplace_back("stands in no series: no patch answers it");
    return lines;
  }
  const Series& series = revisions_.Find(id->second)->series;
  lines.push_back("series " + std::to_string(series.id) + " (\"" +
                  series.title + "\", version " +
                  std::to_string(series.version) + ") has " +
                  std::to_string(series.patches.size()) + " of " +
                  std::to_string(series.expected) + " patches" +
                  (series.cover ? " and a cover" : ", no cover"));
  for (const std::string& note : series.notes) lines.push_back(note);
  if (series.previous) {
    lines.push_back((series.partial_reroll ? "re-rolls some patches of series "
                                           : "is the revision after series ") +
                    std::to_string(*series.previous));
  }
  if (series.superseded_by) {
    lines.push_back("is superseded by series " +
                    std::to_string(*series.superseded_by));
  }
  return lines;
}

Grouper::Grouper() : impl_(std::make_unique<Impl>()) {}
Grouper::~Grouper() = default;

std::vector<Change> Grouper::Add(const MailFacts& facts) {
  return impl_->Add(facts);
}

std::vector<std::string> Grouper::Explain(MailId mail) const {
  return impl_->Explain(mail);
}

const Series* Grouper::Find(SeriesId series) const {
  const Standing* standing = impl_->revisions().Find(series);
  return standing == nullptr ? nullptr : &standing->series;
}

std::optional<SeriesId> Grouper::SeriesOf(MailId mail) const {
  return impl_->SeriesOf(mail);
}

std::vector<const Series*> Grouper::All() const {
  std::vector<const Series*> all;
  for (const auto& [id, standing] : impl_->revisions().all()) {
    all.push_back(&standing.series);
  }
  return all;
}

}  // namespace patchmilter::series
