#include "series/partition.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/check.h"

namespace patchmilter::series {
namespace {

// Neighbours in time that a part is compared with, where many share something.
constexpr std::size_t kNeighbours = 4;
// Other posters' parts join a thread's series within these: a maintainer's
// script sends at once; a stranger's patch comes later.
constexpr Seconds kOthersWindow = Seconds{2} * 86400;
constexpr Seconds kOthersWindowWithCover = 120;
// Two mails for one place, posted one right after the other: a file too many
// lay in the directory that was sent.
constexpr Seconds kSpareWindow = 60;

// A mail and its copies.
struct Unit {
  std::vector<const Part*> copies;  // The best first.
  std::uint32_t poster = 0;         // Equal: one poster.
  const Part& part() const { return *copies.front(); }
};

Seconds Gap(const Part& a, const Part& b) { return std::abs(a.date - b.date); }

// Whether both say for which tree they are, and not for the same.
bool HintsConflict(const Part& a, const Part& b) {
  const auto& x = a.facts.subject.hints;
  const auto& y = b.facts.subject.hints;
  const auto lacks = [](const auto& from, const auto& of) {
    return std::any_of(from.begin(), from.end(), [&](const std::string& hint) {
      return std::find(of.begin(), of.end(), hint) == of.end();
    });
  };
  return lacks(x, y) && lacks(y, x);
}

bool GivesVersion(const Part& part) {
  return part.facts.subject.version_given || part.facts.subject.version != 1;
}

std::string_view TitleScope(const Part& part) {
  const std::string_view title = part.facts.subject.title;
  const std::size_t colon = title.find(':');
  return colon == std::string_view::npos ? std::string_view()
                                         : title.substr(0, colon);
}

bool SharesParent(const Part& a, const Part& b) {
  return std::any_of(a.parents.begin(), a.parents.end(), [&](auto node) {
    return std::find(b.parents.begin(), b.parents.end(), node) !=
           b.parents.end();
  });
}

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

std::vector<Unit> CollectUnits(std::vector<const Part*> parts,
                               Partitioned* answer) {
  std::sort(parts.begin(), parts.end(),
            [](const Part* a, const Part* b) { return PostedBefore(*a, *b); });
  std::vector<Unit> units;
  std::unordered_multimap<std::uint32_t, std::size_t> by_node;
  for (const Part* part : parts) {
    const auto [begin, end] = by_node.equal_range(part->node);
    const auto same = std::find_if(begin, end, [&](const auto& entry) {
      return IsCopy(units[entry.second].part(), *part);
    });
    if (same != end) {
      units[same->second].copies.push_back(part);
      continue;
    }
    by_node.emplace(part->node, units.size());
    units.push_back({.copies = {part}, .poster = 0});
  }
  for (Unit& unit : units) {
    // The best copy is the one whose From is its author's: not munged.
    std::stable_sort(unit.copies.begin(), unit.copies.end(),
                     [](const Part* a, const Part* b) {
                       const auto munged = [](const Part* part) {
                         return part->facts.from.email !=
                                part->facts.author.email;
                       };
                       return munged(a) < munged(b);
                     });
    for (std::size_t i = 1; i < unit.copies.size(); ++i) {
      answer->joined[unit.copies[i]] = {Evidence::kCopy, unit.copies[0]};
    }
  }
  // Copies may have changed places: in order of the best ones.
  std::stable_sort(units.begin(), units.end(),
                   [](const Unit& a, const Unit& b) {
                     return PostedBefore(a.part(), b.part());
                   });
  return units;
}

// Numbers the posters: parts that share a key have one.
void FindPosters(std::vector<Unit>* units) {
  std::vector<std::uint32_t> parent(units->size());
  std::iota(parent.begin(), parent.end(), 0U);
  const auto root = [&](std::uint32_t i) {
    while (parent[i] != i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  };
  std::unordered_map<std::uint32_t, std::uint32_t> first;
  for (std::uint32_t i = 0; i < units->size(); ++i) {
    for (const Part* copy : (*units)[i].copies) {
      for (const std::uint32_t key : copy->posters) {
        if (key == 0) continue;
        const auto [at, added] = first.emplace(key, i);
        if (!added) parent[root(i)] = root(at->second);
      }
    }
  }
  for (std::uint32_t i = 0; i < units->size(); ++i) {
    (*units)[i].poster = root(i);
  }
}

// The edges among the units of one total.
class EdgeFinder {
 public:
  EdgeFinder(const std::vector<Unit>& units, std::vector<std::uint32_t> members)
      : units_(units), members_(std::move(members)) {}

  std::vector<Edge> Find() {
    DropSpares();
    FindStems();
    FindThreads();
    FindDates();
    std::sort(edges_.begin(), edges_.end(), [](const Edge& a, const Edge& b) {
      return a.Order() < b.Order();
    });
    return std::move(edges_);
  }

 private:
  void Add(Evidence evidence, std::uint32_t a, std::uint32_t b,
           int penalty = 0) {
    if (a == b) return;
    if (a > b) std::swap(a, b);
    const Part& x = units_[a].part();
    const Part& y = units_[b].part();
    edges_.push_back({evidence, penalty, Gap(x, y),
                      std::abs(x.facts.arrival - y.facts.arrival),
                      std::min(x.facts.arrival, y.facts.arrival), a, b});
  }

  // Each of `hub` (in order of posting) with its next neighbours.
  template <typename Fn>
  static void Neighbours(const std::vector<std::uint32_t>& hub, Fn fn) {
    for (std::size_t i = 0; i < hub.size(); ++i) {
      const std::size_t end = std::min(i + kNeighbours + 1, hub.size());
      for (std::size_t k = i + 1; k < end; ++k) fn(hub[i], hub[k]);
    }
  }

  // Of two mails for one place in one posting, next to each other, the one
  // that came later stands alone: else each would draw half the series to it.
  void DropSpares() {
    std::map<std::uint32_t, std::uint32_t> last;  // Of each stem.
    std::set<std::uint32_t> spares;
    for (const std::uint32_t i : members_) {
      const Part& part = units_[i].part();
      if (part.stem == 0) continue;
      const auto [at, first] = last.try_emplace(part.stem, i);
      if (first) continue;
      const Part& before = units_[at->second].part();
      if (before.number == part.number &&
          units_[at->second].poster == units_[i].poster &&
          Gap(before, part) <= kSpareWindow) {
        if (part.facts.arrival < before.facts.arrival) {
          spares.insert(std::exchange(at->second, i));
        } else {
          spares.insert(i);
        }
      } else {
        at->second = i;
      }
    }
    std::erase_if(members_,
                  [&](std::uint32_t i) { return spares.contains(i); });
  }

  void FindStems() {
    std::map<std::uint32_t, std::vector<std::uint32_t>> by_stem;
    for (const std::uint32_t i : members_) {
      const std::uint32_t stem = units_[i].part().stem;
      if (stem != 0) by_stem[stem].push_back(i);
    }
    for (const auto& [stem, hub] : by_stem) {
      Neighbours(hub, [&](std::uint32_t a, std::uint32_t b) {
        Add(units_[a].poster == units_[b].poster ? Evidence::kStem
                                                 : Evidence::kStemOnly,
            a, b);
      });
    }
  }

  void FindThreads() {
    std::unordered_multimap<std::uint32_t, std::uint32_t> by_node;
    for (const std::uint32_t i : members_) {
      if (units_[i].part().node != 0) by_node.emplace(units_[i].part().node, i);
    }
    // What several of one poster answer, or have above them.
    using Hub = std::pair<std::uint32_t, std::uint32_t>;  // Node, poster.
    std::map<Hub, std::vector<std::uint32_t>> siblings;
    std::map<Hub, std::vector<std::uint32_t>> cousins;
    for (const std::uint32_t i : members_) {
      const Part& part = units_[i].part();
      for (std::size_t k = 0; k < part.ancestors.size(); ++k) {
        const std::uint32_t node = part.ancestors[k];
        const bool direct = k < part.parents.size();
        (direct ? siblings : cousins)[{node, units_[i].poster}].push_back(i);
        const auto [begin, end] = by_node.equal_range(node);
        for (auto at = begin; at != end; ++at) {
          if (units_[i].poster != units_[at->second].poster) {
            if (direct) Add(Evidence::kThreadOnly, i, at->second);
          } else {
            Add(direct ? Evidence::kThread : Evidence::kAncestor, i,
                at->second);
          }
        }
      }
    }
    for (const auto& [key, hub] : siblings) {
      Neighbours(hub, [&](std::uint32_t a, std::uint32_t b) {
        Add(Evidence::kThread, a, b,
            HintsConflict(units_[a].part(), units_[b].part()) ? 1 : 0);
      });
    }
    for (const auto& [key, hub] : cousins) {
      Neighbours(hub, [&](std::uint32_t a, std::uint32_t b) {
        Add(Evidence::kAncestor, a, b);
      });
    }
  }

  void FindDates() {
    std::map<std::uint32_t, std::vector<std::uint32_t>> by_poster;
    for (const std::uint32_t i : members_) {
      by_poster[units_[i].poster].push_back(i);
    }
    for (const auto& [poster, hub] : by_poster) {
      Neighbours(hub, [&](std::uint32_t a, std::uint32_t b) {
        const Part& x = units_[a].part();
        const Part& y = units_[b].part();
        const Seconds gap = Gap(x, y);
        if (gap > kDateWindow) return;
        const bool other_stem = x.stem != 0 && y.stem != 0 && x.stem != y.stem;
        if (other_stem && gap > kOtherStemWindow) return;
        const bool other_scope =
            !x.cover() && !y.cover() &&
            (TitleScope(x).empty() || TitleScope(x) != TitleScope(y));
        // One script posts for several trees in the same second.
        if (HintsConflict(x, y)) return;
        const bool other_tree = x.facts.subject.hints != y.facts.subject.hints;
        Add(Evidence::kDate, a, b,
            (other_tree ? 4 : 0) + (other_stem ? 2 : 0) +
                (other_scope ? 1 : 0));
      });
    }
  }

  const std::vector<Unit>& units_;
  std::vector<std::uint32_t> members_;
  std::vector<Edge> edges_;
};

// Whether an edge may make one group of `a` and `b`.
bool Allowed(const Edge& edge, const std::vector<Unit>& units,
             const Groups& groups, std::uint32_t a, std::uint32_t b) {
  if (groups.Overlap(a, b)) return false;
  const bool cover = groups.HasCover(a) || groups.HasCover(b);
  if (edge.evidence == Evidence::kThreadOnly) {
    return edge.gap <= (cover ? kOthersWindowWithCover : kOthersWindow);
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
          units[cover->second].part().facts.subject.version !=
              part.facts.subject.version ||
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

}  // namespace

std::string_view EvidenceText(Evidence evidence) {
  switch (evidence) {
    case Evidence::kCopy:
      return "is another copy of";
    case Evidence::kStem:
      return "bears a Message-ID of the same posting, by the same poster, as";
    case Evidence::kThread:
      return "answers, is answered by, or answers the same mail as, and has "
             "the poster of";
    case Evidence::kAncestor:
      return "stands in the thread, and has the poster, of";
    case Evidence::kStemOnly:
      return "bears a Message-ID of the same posting as";
    case Evidence::kDate:
      return "has the poster, and a Date within the hour, of";
    case Evidence::kThreadOnly:
      return "answers, or is answered by, though another's From:";
    case Evidence::kCoverOfAnother:
      return "gives another count, and yet is the cover that is answered by";
    case Evidence::kForgotVersion:
      return "gives no version, and yet was posted with";
  }
  return "";
}

Partitioned Partition(std::vector<const Part*> parts) {
  Partitioned answer;
  std::vector<Unit> units = CollectUnits(std::move(parts), &answer);
  FindPosters(&units);
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
    for (const Edge& edge : EdgeFinder(units, members).Find()) {
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
  AdoptForgotten(units, &groups, &answer);
  AdoptCovers(units, &groups, &answer);

  for (std::uint32_t i = 0; i < units.size(); ++i) {
    if (groups.Root(i) != i) continue;
    Group group;
    for (const auto& [number, unit] : groups.Slots(i)) {
      group.slots[number] = units[unit].copies;
      group.version =
          std::max(group.version, units[unit].part().facts.subject.version);
      if (number != 0 || groups.Slots(i).size() == 1) {
        group.total = units[unit].part().total;
      }
    }
    answer.groups.push_back(std::move(group));
  }
  return answer;
}

}  // namespace patchmilter::series
