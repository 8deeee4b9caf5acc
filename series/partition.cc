#include "series/partition.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "series/edges.h"
#include "series/units.h"

namespace patchmilter::series {
namespace {

// Other posters' parts join a thread's series within these: a maintainer's
// script sends at once; a stranger's patch comes later.
constexpr Seconds kOthersWindow = Seconds{2} * 86400;
constexpr Seconds kOthersWindowWithCover = 120;
// In so many patches under a cover one of its poster's own is looked for.
constexpr int kMaxOwnLookedFor = 64;

bool GivesVersion(const Part& part) {
  return part.facts.subject.version_given || part.facts.subject.version != 1;
}

bool SharesParent(const Part& a, const Part& b) {
  return std::any_of(a.parents.begin(), a.parents.end(), [&](auto node) {
    return std::find(b.parents.begin(), b.parents.end(), node) !=
           b.parents.end();
  });
}

// Sets of units that become one, with what they hold.
class Groups {
 public:
  explicit Groups(const std::vector<Unit>& units)
      : parent_(units.size()), slots_(units.size()) {
    std::iota(parent_.begin(), parent_.end(), 0U);
    for (std::uint32_t i = 0; i < units.size(); ++i) {
      slots_[i].emplace(units[i].part().number, i);
    }
  }

  std::uint32_t Root(std::uint32_t unit) {
    while (parent_[unit] != unit) {
      parent_[unit] = parent_[parent_[unit]];
      unit = parent_[unit];
    }
    return unit;
  }
  const std::map<std::int64_t, std::uint32_t>& Slots(std::uint32_t root) const {
    return slots_[root];
  }
  bool HasCover(std::uint32_t root) const { return slots_[root].contains(0); }
  bool Overlap(std::uint32_t a, std::uint32_t b) const {
    const auto& small =
        slots_[a].size() < slots_[b].size() ? slots_[a] : slots_[b];
    const auto& large =
        slots_[a].size() < slots_[b].size() ? slots_[b] : slots_[a];
    return std::any_of(small.begin(), small.end(), [&](const auto& slot) {
      return large.contains(slot.first);
    });
  }
  // REQUIRES: two roots that do not overlap.
  void Unite(std::uint32_t a, std::uint32_t b) {
    if (slots_[a].size() < slots_[b].size()) std::swap(a, b);
    parent_[b] = a;
    slots_[a].insert(slots_[b].begin(), slots_[b].end());
    slots_[b].clear();
  }

 private:
  std::vector<std::uint32_t> parent_;
  std::vector<std::map<std::int64_t, std::uint32_t>> slots_;
};

// Whether a cover's poster has posted patches under it. Then all are his: a
// script that sends each patch in its author's name has one stem. A stranger of
// his name says nothing of that.
bool HasOwnPatches(const std::vector<Unit>& units,
                   const std::map<std::int64_t, std::uint32_t>& slots) {
  const auto cover = slots.find(0);
  if (cover == slots.end()) return false;
  auto at = std::next(cover);
  for (int i = 0; i < kMaxOwnLookedFor && at != slots.end(); ++i, ++at) {
    const Unit& patch = units[at->second];
    if (patch.poster == units[cover->second].poster &&
        SharesAddress(patch.part(), units[cover->second].part())) {
      return true;
    }
  }
  return false;
}

// Whether an edge may make one group of `a` and `b`.
bool Allowed(const Edge& edge, const std::vector<Unit>& units,
             const Groups& groups, std::uint32_t a, std::uint32_t b) {
  if (groups.Overlap(a, b)) return false;
  const bool cover = groups.HasCover(a) || groups.HasCover(b);
  if (edge.evidence == Evidence::kThreadOnly) {
    return edge.gap <= (cover ? kOthersWindowWithCover : kOthersWindow) &&
           !HasOwnPatches(units, groups.Slots(a)) &&
           !HasOwnPatches(units, groups.Slots(b));
  }
  if (edge.evidence == Evidence::kDate) {
    // Two postings, each in a thread of its own, and one of them has a cover
    // that its patches answer.
    const Part& x = units[edge.a].part();
    const Part& y = units[edge.b].part();
    return !(cover && x.stem != 0 && y.stem != 0 && x.stem != y.stem &&
             !x.parents.empty() && !y.parents.empty() && !SharesParent(x, y));
  }
  return true;
}

// Covers that stand alone go to a group without one whose parts answer them.
void AdoptCovers(const std::vector<Unit>& units, Groups* groups,
                 Partitioned* answer) {
  std::unordered_map<std::uint32_t, std::uint32_t> lone;  // By node.
  for (std::uint32_t i = 0; i < units.size(); ++i) {
    const std::uint32_t root = groups->Root(i);
    if (root == i && units[i].part().cover() && units[i].part().node != 0 &&
        groups->Slots(root).size() == 1) {
      lone.emplace(units[i].part().node, i);
    }
  }
  if (lone.empty()) return;
  for (std::uint32_t i = 0; i < units.size(); ++i) {
    const Part& part = units[i].part();
    if (part.role != Part::Role::kNumbered) continue;
    for (const std::uint32_t node : part.parents) {
      const auto cover = lone.find(node);
      if (cover == lone.end()) continue;
      const std::uint32_t root = groups->Root(i);
      const std::uint32_t other = groups->Root(cover->second);
      if (root == other || units[cover->second].poster != units[i].poster ||
          (units[cover->second].part().facts.subject.version !=
               part.facts.subject.version &&
           (part.stem == 0 || units[cover->second].part().stem != part.stem)) ||
          groups->Overlap(root, other) ||
          // Another's patches are in it already.
          groups->Slots(other).size() != 1) {
        continue;
      }
      answer->joined.emplace(
          &units[cover->second].part(),
          Joined{Evidence::kCoverOfAnother, &units[i].part()});
      groups->Unite(root, other);
    }
  }
}

// Mails of a posting on which its version was left out. A group none of whose
// mails gives a version goes to one of the same posting that does, or whose
// mail it answers, sent at the same time, where all its places are free.
void AdoptForgotten(const std::vector<Unit>& units, Groups* groups,
                    Partitioned* answer) {
  const auto ungrouped = [&](std::uint32_t unit) {
    const Part::Role role = units[unit].part().role;
    return role != Part::Role::kNumbered && role != Part::Role::kCover;
  };
  std::set<std::uint32_t> versioned;  // Roots.
  // One of each group, by stem and by id.
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> by_stem;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> by_node;
  const auto add = [&](std::vector<std::uint32_t>* list, std::uint32_t unit) {
    if (list->size() == kNeighbours) return;
    if (std::none_of(list->begin(), list->end(), [&](std::uint32_t other) {
          return groups->Root(other) == groups->Root(unit);
        })) {
      list->push_back(unit);
    }
  };
  bool forgotten = false;
  for (std::uint32_t i = 0; i < units.size(); ++i) {
    const Part& part = units[i].part();
    if (ungrouped(i)) continue;
    if (!GivesVersion(part)) {
      forgotten = true;
      continue;
    }
    versioned.insert(groups->Root(i));
    if (part.stem != 0) add(&by_stem[part.stem], i);
    if (part.node != 0) add(&by_node[part.node], i);
  }
  if (!forgotten || versioned.empty()) return;
  for (std::uint32_t i = 0; i < units.size(); ++i) {
    const Part& part = units[i].part();
    if (ungrouped(i) || GivesVersion(part)) continue;
    const auto take = [&](std::uint32_t other) {
      const Part& given = units[other].part();
      const std::uint32_t a = groups->Root(i);
      const std::uint32_t b = groups->Root(other);
      if (a == b || versioned.contains(a) || given.total != part.total ||
          units[other].poster != units[i].poster || groups->Overlap(a, b)) {
        return;
      }
      answer->joined.insert_or_assign(&part,
                                      Joined{Evidence::kForgotVersion, &given});
      groups->Unite(a, b);
      versioned.insert(groups->Root(a));
    };
    const auto same_stem = by_stem.find(part.stem);
    if (part.stem != 0 && same_stem != by_stem.end()) {
      for (const std::uint32_t other : same_stem->second) take(other);
    }
    for (const std::uint32_t parent : part.parents) {
      const auto answered = by_node.find(parent);
      if (answered == by_node.end()) continue;
      for (const std::uint32_t other : answered->second) {
        if (Gap(units[other].part(), part) <= kDateWindow) take(other);
      }
    }
  }
}

// Patches of one posting whose titles each bear a version of their own.
void UniteTitleVersions(const std::vector<Unit>& units, Groups* groups,
                        Partitioned* answer) {
  using Posting = std::tuple<std::uint32_t, std::uint32_t, std::int64_t>;
  std::map<Posting, std::uint32_t> first;
  for (std::uint32_t i = 0; i < units.size(); ++i) {
    const Part& part = units[i].part();
    if (part.stem == 0 || part.facts.subject.version_given ||
        (part.role != Part::Role::kNumbered &&
         part.role != Part::Role::kCover)) {
      continue;
    }
    const auto [at, added] =
        first.try_emplace({part.stem, units[i].poster, part.total}, i);
    const std::uint32_t a = groups->Root(at->second);
    const std::uint32_t b = groups->Root(i);
    if (added || a == b || groups->Overlap(a, b)) continue;
    answer->joined.emplace(&part,
                           Joined{Evidence::kStem, &units[at->second].part()});
    groups->Unite(a, b);
  }
}

// The version of a group: of its patches before its cover, as their brackets
// give it; else what all their titles say; else 1.
std::int64_t VersionOf(const Group& group) {
  std::optional<std::int64_t> given;
  std::optional<std::int64_t> titles;
  bool differ = false;
  for (const auto& [number, copies] : group.slots) {
    const mime::Subject& subject = copies.front()->facts.subject;
    if (subject.version_given) {
      given = subject.version;
    } else if (number != 0 || group.slots.size() == 1) {
      differ = differ || (titles && *titles != subject.version);
      titles = subject.version;
    }
  }
  if (given) return *given;
  return titles && !differ ? *titles : 1;
}

}  // namespace

std::string_view EvidenceText(Evidence evidence) {
  switch (evidence) {
    case Evidence::kCopy:
      return "is another copy of";
    case Evidence::kStem:
      return "bears a Message-ID of the same posting, by the same poster, as";
    case Evidence::kThread:
      return "is in the same thread as, and by the poster of,";
    case Evidence::kAncestor:
      return "is further off in the thread of, and by the poster of,";
    case Evidence::kStemOnly:
      return "bears a Message-ID of the same posting as";
    case Evidence::kDate:
      return "was sent within the hour of, and by the poster of,";
    case Evidence::kThreadOnly:
      return "answers, or is answered by, though it is by another poster,";
    case Evidence::kCoverOfAnother:
      return "gives another count or version, and yet is the cover that is "
             "answered by";
    case Evidence::kForgotVersion:
      return "gives no version, and yet was posted with";
  }
  return "";
}

Partitioned Partition(std::vector<const Part*> parts) {
  Partitioned answer;
  std::vector<Unit> units = CollectUnits(std::move(parts), &answer);
  Groups groups(units);

  using Kind = std::pair<std::int64_t, std::int64_t>;  // Version, count.
  std::map<Kind, std::vector<std::uint32_t>> kinds;
  for (std::uint32_t i = 0; i < units.size(); ++i) {
    const Part::Role role = units[i].part().role;
    if (role == Part::Role::kNumbered || role == Part::Role::kCover) {
      kinds[{units[i].part().facts.subject.version, units[i].part().total}]
          .push_back(i);
    }
  }
  for (const auto& [kind, members] : kinds) {
    for (const Edge& edge : FindEdges(units, members)) {
      const std::uint32_t a = groups.Root(edge.a);
      const std::uint32_t b = groups.Root(edge.b);
      if (a == b || !Allowed(edge, units, groups, a, b)) continue;
      groups.Unite(a, b);
      const Part* x = &units[edge.a].part();
      const Part* y = &units[edge.b].part();
      answer.joined.emplace(x, Joined{edge.evidence, y});
      answer.joined.emplace(y, Joined{edge.evidence, x});
    }
  }
  UniteTitleVersions(units, &groups, &answer);
  AdoptForgotten(units, &groups, &answer);
  AdoptCovers(units, &groups, &answer);

  for (std::uint32_t i = 0; i < units.size(); ++i) {
    if (groups.Root(i) != i) continue;
    Group group;
    for (const auto& [number, unit] : groups.Slots(i)) {
      group.slots[number] = units[unit].copies;
      const Part& part = units[unit].part();
      if (number != 0 || groups.Slots(i).size() == 1) {
        group.total = part.total;
      }
    }
    group.version = VersionOf(group);
    answer.groups.push_back(std::move(group));
  }
  return answer;
}

}  // namespace patchmilter::series
