#include "series/revisions.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

#include "base/check.h"

namespace patchmilter::series {
namespace {

// Clocks differ, and an older version may bear a slightly later Date.
constexpr Seconds kClockSlack = 86400;
// Through so many partial re-rolls a whole revision is looked for.
constexpr int kMaxRerolls = 8;
// What bears one title and was posted within this is not sent again, though
// its tag says so: it is one of many such patches.
constexpr Seconds kOnePosting = 3600;

constexpr SeriesId kFirstId = std::numeric_limits<SeriesId>::min();

template <typename T>
bool Shares(const std::vector<T>& a, const std::vector<T>& b) {
  return std::any_of(a.begin(), a.end(), [&](T key) {
    return std::binary_search(b.begin(), b.end(), key);
  });
}

template <typename T>
bool InsertSorted(std::vector<T>* sorted, T value) {
  const auto at = std::lower_bound(sorted->begin(), sorted->end(), value);
  if (at != sorted->end() && *at == value) return false;
  sorted->insert(at, value);
  return true;
}

template <typename T>
void EraseSorted(std::vector<T>* sorted, T value) {
  const auto at = std::lower_bound(sorted->begin(), sorted->end(), value);
  if (at != sorted->end() && *at == value) sorted->erase(at);
}

bool SamePoster(const Standing& a, const Standing& b) {
  return std::any_of(
      a.posters.begin(), a.posters.end(), [&](std::uint32_t poster) {
        return std::find(b.posters.begin(), b.posters.end(), poster) !=
               b.posters.end();
      });
}

// Whether `later` re-rolls some patches of `earlier` and leaves the others.
bool IsReroll(const Standing& later, const Standing& earlier) {
  const Series& series = later.series;
  if (series.cover || later.slots.empty() ||
      later.slots.size() > Revisions::kMaxRerolled ||
      series.expected != earlier.series.expected || series.complete()) {
    return false;
  }
  const bool same_thread = Shares(later.above, earlier.nodes);
  auto from = earlier.slots.begin();
  return std::all_of(
      later.slots.begin(), later.slots.end(), [&](const Standing::Slot& slot) {
        from = std::lower_bound(from, earlier.slots.end(), slot.number,
                                [](const auto& other, std::int64_t number) {
                                  return other.number < number;
                                });
        if (from == earlier.slots.end() || from->number != slot.number) {
          return false;
        }
        const auto& parents = slot.part->parents;
        return std::find(parents.begin(), parents.end(), from->part->node) !=
                   parents.end() ||
               (same_thread && slot.part->title == from->part->title);
      });
}

bool Earlier(const Standing& candidate, const Standing& standing) {
  const Series& a = candidate.series;
  const Series& b = standing.series;
  return a.id != b.id && a.first_date <= b.first_date + kClockSlack &&
         (a.version < b.version ||
          (a.version == b.version && a.first_date < b.first_date));
}

// Whether one of the first patches was sent again unchanged.
bool SharesPatch(const Standing& a, const Standing& b) {
  auto other = b.slots.begin();
  for (const Standing::Slot& slot : a.slots) {
    if (slot.number > Standing::kMaxCompared) return false;
    while (other != b.slots.end() && other->number < slot.number) ++other;
    if (other == b.slots.end()) return false;
    if (other->number == slot.number && !slot.part->facts.patch_id.empty() &&
        slot.part->facts.patch_id == other->part->facts.patch_id) {
      return true;
    }
  }
  return false;
}

bool SharesChangeId(const Standing& a, const Standing& b) {
  return !a.head().facts.change_id.empty() &&
         a.head().facts.change_id == b.head().facts.change_id;
}

// Whether one head answers the other, or both a third.
bool HeadsInOneThread(const Standing& a, const Standing& b) {
  const auto has = [](const Part& part, std::uint32_t node) {
    return node != 0 && (node == part.node ||
                         std::find(part.ancestors.begin(), part.ancestors.end(),
                                   node) != part.ancestors.end());
  };
  const Part& x = a.head();
  const Part& y = b.head();
  return has(y, x.node) ||
         std::any_of(x.ancestors.begin(), x.ancestors.end(),
                     [&](std::uint32_t node) { return has(y, node); });
}

// Whether `later`, which has a key in common with `earlier` and gives the same
// version, is it once more. One poster sends many patches under one title
// ("remove duplicated include"): the title alone does not say so.
bool SentAgain(const Standing& later, const Standing& earlier) {
  // The same number and other tags: the same work for another tree.
  if (earlier.head().facts.subject.hints != later.head().facts.subject.hints) {
    return false;
  }
  if (SharesPatch(later, earlier) || SharesChangeId(later, earlier)) {
    return true;
  }
  const Series& a = earlier.series;
  const Series& b = later.series;
  if (b.resend && b.first_date - a.first_date > kOnePosting) return true;
  return b.expected > 1 && a.expected == b.expected &&
         HeadsInOneThread(later, earlier);
}

}  // namespace

Revisions::Order Revisions::OrderOf(const Standing& standing) {
  return {standing.series.version, standing.series.first_date,
          &standing.head().facts, standing.series.id};
}

bool Revisions::Before(const Order& a, const Order& b) {
  return std::tie(a.version, a.date, a.root->message_id, a.root->content_hash,
                  a.id) < std::tie(b.version, b.date, b.root->message_id,
                                   b.root->content_hash, b.id);
}

bool Revisions::EntryBefore::operator()(const Entry& a, const Entry& b) const {
  if (a.key != b.key) return a.key < b.key;
  return Before(OrderOf(*a.standing), OrderOf(*b.standing));
}

const Standing* Revisions::Find(SeriesId id) const {
  const auto at = all_.find(id);
  return at == all_.end() ? nullptr : &at->second;
}

Standing* Revisions::FindMutable(SeriesId id) {
  const auto at = all_.find(id);
  return at == all_.end() ? nullptr : &at->second;
}

Links LinksOf(const Series& series) {
  return {series.previous, series.superseded_by, series.partial_reroll,
          series.reroll_arrival};
}

std::map<SeriesId, Links> Revisions::Update(
    const std::vector<SeriesId>& removed, std::vector<Standing> put) {
  std::map<SeriesId, Links> answer;
  Touched touched;
  for (const SeriesId id : removed) {
    const Standing* standing = Find(id);
    if (standing == nullptr) continue;
    touched.insert(standing->next.begin(), standing->next.end());
    if (standing->series.previous) touched.insert(*standing->series.previous);
    Erase(id);
  }
  for (Standing& standing : put) {
    const SeriesId id = standing.series.id;
    touched.insert(id);
    Standing* old = FindMutable(id);
    if (old == nullptr) {
      answer.emplace(id, Links());
      Insert(std::move(standing));
    } else {
      answer.emplace(id, LinksOf(old->series));
      Replace(old, std::move(standing));
    }
    const Standing& now = *Find(id);
    TouchBehind(now, &touched);
    TouchFollowers(now, &touched);
  }
  Relink(touched, &answer);
  return answer;
}

std::map<SeriesId, Links> Revisions::Grow(SeriesId id, const Part& part,
                                          Interner* texts) {
  std::map<SeriesId, Links> answer;
  Standing* standing = FindMutable(id);
  CHECK(standing != nullptr);
  answer.emplace(id, LinksOf(standing->series));
  Touched touched = {id};
  const bool head = GrowsAtTheHead(*standing, part);
  if (head) {
    TouchBehind(*standing, &touched);
    DropKeys(*standing);
  }
  const std::vector<std::uint32_t> above = standing->above;
  series::Grow(standing, part, texts);
  if (head) {
    IndexKeys(*standing);
    TouchBehind(*standing, &touched);
  }
  IndexNode(standing, part.node);
  for (const std::uint32_t node : above) {
    if (!std::binary_search(standing->above.begin(), standing->above.end(),
                            node)) {
      waiting_.erase({node, id});
    }
  }
  std::vector<std::uint32_t> fresh;
  std::set_difference(standing->above.begin(), standing->above.end(),
                      above.begin(), above.end(), std::back_inserter(fresh));
  IndexAbove(id, fresh);
  TouchFollowers(*standing, &touched);
  Relink(touched, &answer);
  return answer;
}

void Revisions::Relink(const Touched& touched,
                       std::map<SeriesId, Links>* answer) {
  // Whom each had before it, and has now, may have another one behind it.
  Touched forward = touched;
  const auto add_back = [&](const Standing& standing) {
    std::optional<SeriesId> back = standing.series.previous;
    for (int i = 0; i < kMaxRerolls && back; ++i) {
      forward.insert(*back);
      const Standing* earlier = Find(*back);
      back = earlier != nullptr ? earlier->series.previous : std::nullopt;
    }
  };
  for (const SeriesId id : touched) {
    Standing* standing = FindMutable(id);
    if (standing == nullptr) continue;
    ++work_;
    add_back(*standing);
    const Links links = LinksOf(standing->series);
    if (LinkBack(standing)) answer->emplace(id, links);
  }
  for (const SeriesId id : touched) {
    if (const Standing* standing = Find(id)) add_back(*standing);
  }
  for (const SeriesId id : forward) {
    Standing* standing = FindMutable(id);
    if (standing == nullptr) continue;
    ++work_;
    const Links links = LinksOf(standing->series);
    if (LinkForward(standing)) answer->emplace(id, links);
  }
}

void Revisions::TouchBehind(const Standing& standing, Touched* touched) const {
  for (const std::uint64_t key : standing.keys) {
    auto at = buckets_.lower_bound({key, &standing});
    for (std::size_t i = 0;
         i <= kMaxLookedAt && at != buckets_.end() && at->key == key;
         ++i, ++at) {
      touched->insert(at->standing->series.id);
    }
  }
}

void Revisions::TouchFollowers(const Standing& standing, Touched* touched) {
  touched->insert(standing.followers.begin(), standing.followers.end());
  touched->insert(standing.next.begin(), standing.next.end());
}

void Revisions::AddFollower(Standing* standing, SeriesId follower) {
  std::vector<SeriesId>& followers = standing->followers;
  if (followers.size() == kMaxWaiting) {
    std::erase_if(followers, [&](SeriesId id) { return !all_.contains(id); });
  }
  if (followers.size() == kMaxWaiting) return;
  InsertSorted(&followers, follower);
}

void Revisions::IndexKeys(const Standing& standing) {
  for (const std::uint64_t key : standing.keys) {
    buckets_.insert({key, &standing});
  }
}

void Revisions::DropKeys(const Standing& standing) {
  for (const std::uint64_t key : standing.keys) {
    buckets_.erase({key, &standing});
  }
}

void Revisions::IndexNode(Standing* standing, std::uint32_t node) {
  if (node == 0) return;
  by_node_.insert({node, standing->series.id});
  std::size_t count = 0;
  for (auto at = waiting_.lower_bound({node, kFirstId});
       at != waiting_.end() && at->first == node && count < kMaxWaiting;
       ++at, ++count) {
    AddFollower(standing, at->second);
  }
}

void Revisions::IndexAbove(SeriesId id,
                           const std::vector<std::uint32_t>& above) {
  for (const std::uint32_t node : above) {
    waiting_.insert({node, id});
    std::size_t count = 0;
    for (auto at = by_node_.lower_bound({node, kFirstId});
         at != by_node_.end() && at->first == node && count < kMaxLookedAt;
         ++at, ++count) {
      if (Standing* holder = FindMutable(at->second)) AddFollower(holder, id);
    }
  }
}

void Revisions::Insert(Standing standing) {
  const SeriesId id = standing.series.id;
  Standing* put = &all_.emplace(id, std::move(standing)).first->second;
  IndexKeys(*put);
  for (const std::uint32_t node : put->nodes) IndexNode(put, node);
  IndexAbove(id, put->above);
}

void Revisions::Replace(Standing* old, Standing now) {
  const SeriesId id = now.series.id;
  now.series.previous = old->series.previous;
  now.series.superseded_by = old->series.superseded_by;
  now.series.partial_reroll = old->series.partial_reroll;
  now.series.reroll_arrival = old->series.reroll_arrival;
  now.next = std::move(old->next);
  now.followers = std::move(old->followers);
  DropKeys(*old);
  const auto minus = [](const auto& a, const auto& b) {
    std::vector<std::uint32_t> differ;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(),
                        std::back_inserter(differ));
    return differ;
  };
  for (const std::uint32_t node : minus(old->nodes, now.nodes)) {
    by_node_.erase({node, id});
  }
  for (const std::uint32_t node : minus(old->above, now.above)) {
    waiting_.erase({node, id});
  }
  const auto nodes = minus(now.nodes, old->nodes);
  const auto above = minus(now.above, old->above);
  *old = std::move(now);
  IndexKeys(*old);
  for (const std::uint32_t node : nodes) IndexNode(old, node);
  IndexAbove(id, above);
}

void Revisions::Erase(SeriesId id) {
  const auto at = all_.find(id);
  const Standing& standing = at->second;
  DropKeys(standing);
  for (const std::uint32_t node : standing.nodes) by_node_.erase({node, id});
  for (const std::uint32_t node : standing.above) waiting_.erase({node, id});
  if (standing.series.previous) {
    Standing* previous = FindMutable(*standing.series.previous);
    if (previous != nullptr) EraseSorted(&previous->next, id);
  }
  all_.erase(at);
}

const Standing* Revisions::FindPrevious(const Standing& standing) {
  const Series& series = standing.series;
  const Standing* best = nullptr;
  const auto consider = [&](const Standing& candidate) {
    if (candidate.next.size() >= kMaxNext &&
        candidate.series.id != series.previous) {
      return;
    }
    if (best == nullptr || Before(OrderOf(*best), OrderOf(candidate))) {
      best = &candidate;
    }
  };
  for (const std::uint64_t key : standing.keys) {
    // The newest; of single patches, which often have one title, the one whose
    // mail it answers or whose patch it bears.
    const Standing* newest = nullptr;
    auto at = buckets_.lower_bound({key, &standing});
    for (std::size_t i = 0; i < kMaxLookedAt && at != buckets_.begin(); ++i) {
      --at;
      if (at->key != key) break;
      ++work_;
      const Standing& candidate = *at->standing;
      if (!Earlier(candidate, standing)) continue;
      if (candidate.series.version == series.version &&
          !SentAgain(standing, candidate)) {
        continue;
      }
      if (newest != nullptr &&
          candidate.series.version != newest->series.version) {
        break;
      }
      const bool surely = candidate.series.expected > 1 ||
                          Shares(standing.above, candidate.nodes) ||
                          SharesPatch(standing, candidate);
      if (newest == nullptr || surely) newest = &candidate;
      if (surely) break;
    }
    if (newest != nullptr) consider(*newest);
  }
  for (const std::uint32_t node : standing.above) {
    std::size_t count = 0;
    for (auto at = by_node_.lower_bound({node, kFirstId});
         at != by_node_.end() && at->first == node && count < kMaxLookedAt;
         ++at, ++count) {
      ++work_;
      const Standing& candidate = *Find(at->second);
      if (!Earlier(candidate, standing) || !SamePoster(candidate, standing)) {
        continue;
      }
      if (candidate.series.version == series.version &&
          !IsReroll(standing, candidate)) {
        continue;
      }
      consider(candidate);
    }
  }
  return best;
}

bool Revisions::LinkBack(Standing* standing) {
  Series& series = standing->series;
  const Standing* best = FindPrevious(*standing);
  const std::optional<SeriesId> previous =
      best != nullptr ? std::optional(best->series.id) : std::nullopt;
  const bool partial = best != nullptr && IsReroll(*standing, *best);
  if (previous == series.previous && partial == series.partial_reroll) {
    return false;
  }
  if (series.previous) {
    Standing* old = FindMutable(*series.previous);
    if (old != nullptr) EraseSorted(&old->next, series.id);
  }
  if (previous) InsertSorted(&FindMutable(*previous)->next, series.id);
  series.previous = previous;
  series.partial_reroll = partial;
  return true;
}

bool Revisions::LinkForward(Standing* standing) {
  std::optional<SeriesId> found;
  UnixSeconds reroll_arrival = 0;
  std::vector<SeriesId> frontier = {standing->series.id};
  for (int i = 0; i < kMaxRerolls && !found && !frontier.empty(); ++i) {
    std::vector<SeriesId> rerolls;
    const Standing* best = nullptr;
    for (const SeriesId id : frontier) {
      for (const SeriesId later : Find(id)->next) {
        ++work_;
        const Standing& candidate = *Find(later);
        if (candidate.series.partial_reroll) {
          if (rerolls.size() < kMaxWaiting) rerolls.push_back(later);
          reroll_arrival =
              std::max(reroll_arrival, candidate.series.newest_arrival);
        } else if (best == nullptr ||
                   Before(OrderOf(candidate), OrderOf(*best))) {
          best = &candidate;
        }
      }
    }
    if (best != nullptr) found = best->series.id;
    frontier = std::move(rerolls);
  }
  Series& series = standing->series;
  if (found == series.superseded_by &&
      reroll_arrival == series.reroll_arrival) {
    return false;
  }
  series.superseded_by = found;
  series.reroll_arrival = reroll_arrival;
  return true;
}

}  // namespace patchmilter::series
