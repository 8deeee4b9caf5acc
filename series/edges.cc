#include "series/edges.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace patchmilter::series {
namespace {

// Two mails for one place, posted one right after the other: a file too many
// lay in the directory that was sent.
constexpr Seconds kSpareWindow = 60;
// So many series of one count are told apart that were sent crosswise in one
// run; what is beyond stands alone.
constexpr int kMaxCrosswise = 8;

// Above all other penalties.
constexpr int kOtherAddress = 16;

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

// Whether each of two parts answers what the other has nothing to do with, as
// do parts of two postings that were threaded each in itself. What was sent
// alone (the first of its posting, and an answer) says nothing of that kind:
// so are single patches sent again.
bool ThreadedApart(const Part& a, const Part& b) {
  const auto alone = [](const Part& part) {
    return part.counter == 1 && !part.parents.empty();
  };
  if (alone(a) || alone(b)) return false;
  const auto apart = [](const Part& part, const Part& other) {
    return std::none_of(
        part.ancestors.begin(), part.ancestors.end(), [&](std::uint32_t node) {
          return node == other.node ||
                 std::find(other.ancestors.begin(), other.ancestors.end(),
                           node) != other.ancestors.end();
        });
  };
  if (!apart(a, b) || !apart(b, a)) return false;
  // A cover answers nothing, and its patches answer it.
  return (!a.parents.empty() || a.cover()) && (!b.parents.empty() || b.cover());
}

std::string_view TitleScope(const Part& part) {
  const std::string_view title = part.facts.subject.title;
  const std::size_t colon = title.find(':');
  return colon == std::string_view::npos ? std::string_view()
                                         : title.substr(0, colon);
}

// The edges among the units of one total.
class EdgeFinder {
 public:
  EdgeFinder(const std::vector<Unit>& units, std::vector<std::uint32_t> members)
      : units_(units), members_(std::move(members)) {}

  std::vector<Edge> Find() {
    // Two series sent crosswise in one run are each other's spares: what is
    // dropped is looked at by itself.
    for (int i = 0; i < kMaxCrosswise && !members_.empty(); ++i) {
      std::vector<std::uint32_t> spares = DropSpares();
      FindStems();
      FindThreads();
      FindDates();
      members_ = std::move(spares);
    }
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
    if (!SharesAddress(x, y)) penalty += kOtherAddress;
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
  // that came later is a spare: else each would draw half the series to it.
  // `hub`: the mails of one stem, in the order in which they were sent.
  std::vector<std::uint32_t> SparesOf(const std::vector<std::uint32_t>& hub,
                                      bool by_arrival) const {
    std::vector<std::uint32_t> spares;
    std::uint32_t last = hub.front();
    for (std::size_t k = 1; k < hub.size(); ++k) {
      const std::uint32_t i = hub[k];
      const Part& part = units_[i].part();
      const Part& before = units_[last].part();
      if (before.number != part.number ||
          units_[last].poster != units_[i].poster ||
          !SharesAddress(before, part) || Gap(before, part) > kSpareWindow) {
        last = i;
      } else if (by_arrival && part.facts.arrival < before.facts.arrival) {
        spares.push_back(std::exchange(last, i));
      } else {
        spares.push_back(i);
      }
    }
    return spares;
  }

  // Takes the spares out of the members, and answers them, in order. Each call
  // leaves a mail at least.
  std::vector<std::uint32_t> DropSpares() {
    std::map<std::uint32_t, std::vector<std::uint32_t>> by_stem;
    for (const std::uint32_t i : members_) {
      const std::uint32_t stem = units_[i].part().stem;
      if (stem != 0) by_stem[stem].push_back(i);
    }
    const auto numbers = [&](const std::vector<std::uint32_t>& of) {
      std::set<std::int64_t> some;
      for (const std::uint32_t i : of) some.insert(units_[i].part().number);
      return some;
    };
    std::set<std::uint32_t> dropped;
    for (auto& [stem, hub] : by_stem) {
      std::stable_sort(hub.begin(), hub.end(), [&](auto a, auto b) {
        return units_[a].part().counter < units_[b].part().counter;
      });
      std::vector<std::uint32_t> spares = SparesOf(hub, true);
      // Where each place is taken twice, these are two series, and not a file
      // too many: then what came first by chance does not tell.
      if (spares.size() > 1 && numbers(spares) == numbers(hub)) {
        spares = SparesOf(hub, false);
      }
      dropped.insert(spares.begin(), spares.end());
    }
    std::erase_if(members_,
                  [&](std::uint32_t i) { return dropped.contains(i); });
    return {dropped.begin(), dropped.end()};
  }

  void FindStems() {
    // Of one stem, and of one run: where one series follows the other in one
    // posting, or is sent twice in it, the counters tell them apart.
    using Run = std::pair<std::uint32_t, std::int64_t>;
    std::map<std::uint32_t, std::vector<std::uint32_t>> by_stem;
    std::map<Run, std::vector<std::uint32_t>> by_run;
    for (const std::uint32_t i : members_) {
      const Part& part = units_[i].part();
      if (part.stem == 0) continue;
      by_stem[part.stem].push_back(i);
      if (part.counter) {
        by_run[{part.stem, *part.counter - part.number}].push_back(i);
      }
    }
    const auto add = [&](std::uint32_t a, std::uint32_t b) {
      const Part& x = units_[a].part();
      const Part& y = units_[b].part();
      const bool other_run = x.counter && y.counter &&
                             *x.counter - x.number != *y.counter - y.number;
      Add(units_[a].poster == units_[b].poster ? Evidence::kStem
                                               : Evidence::kStemOnly,
          a, b, other_run ? 1 : 0);
    };
    for (const auto& [run, hub] : by_run) Neighbours(hub, add);
    for (const auto& [stem, hub] : by_stem) Neighbours(hub, add);
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
        if (other_stem && (gap > kOtherStemWindow || ThreadedApart(x, y))) {
          return;
        }
        const bool other_scope =
            !x.cover() && !y.cover() &&
            (TitleScope(x).empty() || TitleScope(x) != TitleScope(y));
        // The numbers run on: a cover begins a series, and does not end the
        // one before.
        const bool back = y.date > x.date && y.number < x.number;
        // One script posts for several trees in the same second.
        if (HintsConflict(x, y)) return;
        const bool other_tree = x.facts.subject.hints != y.facts.subject.hints;
        Add(Evidence::kDate, a, b,
            (other_tree ? 8 : 0) + (other_stem ? 4 : 0) + (back ? 2 : 0) +
                (other_scope ? 1 : 0));
      });
    }
  }

  const std::vector<Unit>& units_;
  std::vector<std::uint32_t> members_;
  std::vector<Edge> edges_;
};

}  // namespace

std::vector<Edge> FindEdges(const std::vector<Unit>& units,
                            std::vector<std::uint32_t> members) {
  return EdgeFinder(units, std::move(members)).Find();
}

}  // namespace patchmilter::series
