#include "series/revisions.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace patchmilter::series {
namespace {

// Clocks differ, and an older version may bear a slightly later Date.
constexpr Seconds kClockSlack = 86400;
// Through so many partial re-rolls a whole revision is looked for.
constexpr int kMaxRerolls = 8;

// Takes `value` out of an index, and its entry where it was the last.
template <typename Index, typename Value>
void Drop(Index* index, typename Index::key_type key, const Value& value) {
  const auto entry = index->find(key);
  if (entry == index->end()) return;
  entry->second.erase(value);
  if (entry->second.empty()) index->erase(entry);
}

bool Shares(const std::vector<std::uint32_t>& a,
            const std::vector<std::uint32_t>& b) {
  return std::any_of(a.begin(), a.end(), [&](std::uint32_t key) {
    return std::find(b.begin(), b.end(), key) != b.end();
  });
}

// Whether `later` re-rolls some patches of `earlier` and leaves the others.
bool IsReroll(const Standing& later, const Standing& earlier) {
  const Series& series = later.series;
  if (series.cover || series.complete() || series.patches.empty() ||
      series.expected != earlier.series.expected) {
    return false;
  }
  const bool same_thread = Shares(later.above, earlier.nodes);
  return std::all_of(
      later.slots.begin(), later.slots.end(), [&](const auto& entry) {
        const auto old = earlier.slots.find(entry.first);
        if (old == earlier.slots.end()) return false;
        const auto& parents = entry.second.parents;
        return std::find(parents.begin(), parents.end(), old->second.node) !=
                   parents.end() ||
               (same_thread && entry.second.title == old->second.title);
      });
}

bool Earlier(const Standing& candidate, const Standing& standing) {
  const Series& a = candidate.series;
  const Series& b = standing.series;
  return a.id != b.id && a.first_date <= b.first_date + kClockSlack &&
         (a.version < b.version ||
          (a.version == b.version && a.first_date < b.first_date));
}

}  // namespace

Revisions::Order Revisions::OrderOf(const Standing& standing) {
  return {standing.series.version, standing.series.first_date, standing.root_id,
          standing.series.id};
}

const Standing* Revisions::Find(SeriesId id) const {
  const auto at = all_.find(id);
  return at == all_.end() ? nullptr : &at->second;
}

Links LinksOf(const Series& series) {
  return {series.previous, series.superseded_by, series.partial_reroll};
}

std::map<SeriesId, Links> Revisions::Update(
    const std::vector<SeriesId>& removed, std::vector<Standing> put) {
  std::map<SeriesId, Links> answer;
  std::set<SeriesId> touched;
  for (const SeriesId id : removed) {
    const Standing* standing = Find(id);
    if (standing == nullptr) continue;
    Touch(*standing, &touched);
    Erase(id);
  }
  for (Standing& standing : put) {
    const SeriesId id = standing.series.id;
    touched.insert(id);
    const auto old = all_.find(id);
    if (old == all_.end()) {
      answer.emplace(id, Links());
      Touch(standing, &touched);
      Insert(std::move(standing));
      continue;
    }
    const Links links = LinksOf(old->second.series);
    answer.emplace(id, links);
    standing.series.previous = links.previous;
    standing.series.superseded_by = links.superseded_by;
    standing.series.partial_reroll = links.partial_reroll;
    if (OrderOf(old->second) != OrderOf(standing) ||
        old->second.keys != standing.keys ||
        !std::includes(standing.nodes.begin(), standing.nodes.end(),
                       old->second.nodes.begin(), old->second.nodes.end())) {
      Touch(old->second, &touched);
    }
    Touch(standing, &touched);
    Replace(&old->second, std::move(standing));
  }
  // Whom each had before it, and has now, may have another one behind it.
  std::set<SeriesId> forward = touched;
  const auto add_back = [&](const Standing& standing) {
    std::optional<SeriesId> back = standing.series.previous;
    for (int i = 0; i < kMaxRerolls && back; ++i) {
      forward.insert(*back);
      const Standing* earlier = Find(*back);
      back = earlier != nullptr ? earlier->series.previous : std::nullopt;
    }
  };
  for (const SeriesId id : touched) {
    const auto at = all_.find(id);
    if (at == all_.end()) continue;
    add_back(at->second);
    const Links links = LinksOf(at->second.series);
    if (LinkBack(&at->second)) answer.emplace(id, links);
  }
  for (const SeriesId id : touched) {
    if (const Standing* standing = Find(id)) add_back(*standing);
  }
  for (const SeriesId id : forward) {
    const auto at = all_.find(id);
    if (at == all_.end()) continue;
    const Links links = LinksOf(at->second.series);
    if (LinkForward(&at->second)) answer.emplace(id, links);
  }
  return answer;
}

void Revisions::Touch(const Standing& standing,
                      std::set<SeriesId>* touched) const {
  const Order order = OrderOf(standing);
  for (const std::uint32_t key : standing.keys) {
    const auto bucket = buckets_.find(key);
    if (bucket == buckets_.end()) continue;
    auto at = bucket->second.lower_bound(order);
    for (std::size_t i = 0; i <= kMaxLookedAt && at != bucket->second.end();
         ++i, ++at) {
      touched->insert(at->id);
    }
  }
  for (const std::uint32_t node : standing.nodes) {
    const auto waiting = waiting_.find(node);
    if (waiting == waiting_.end()) continue;
    std::size_t count = 0;
    for (const SeriesId id : waiting->second) {
      if (++count > kMaxWaiting) break;
      touched->insert(id);
    }
  }
  const auto next = next_.find(standing.series.id);
  if (next != next_.end()) {
    touched->insert(next->second.begin(), next->second.end());
  }
}

void Revisions::Replace(Standing* old, Standing now) {
  const SeriesId id = now.series.id;
  const Order before = OrderOf(*old);
  const Order after = OrderOf(now);
  if (before != after || old->keys != now.keys) {
    for (const std::uint32_t key : old->keys) {
      Drop(&buckets_, key, before);
    }
    for (const std::uint32_t key : now.keys) buckets_[key].insert(after);
  }
  const auto renew = [&](auto* index, const std::vector<std::uint32_t>& was,
                         const std::vector<std::uint32_t>& is) {
    std::vector<std::uint32_t> differ;
    std::set_difference(was.begin(), was.end(), is.begin(), is.end(),
                        std::back_inserter(differ));
    for (const std::uint32_t node : differ) Drop(index, node, id);
    differ.clear();
    std::set_difference(is.begin(), is.end(), was.begin(), was.end(),
                        std::back_inserter(differ));
    for (const std::uint32_t node : differ) (*index)[node].insert(id);
  };
  renew(&by_node_, old->nodes, now.nodes);
  renew(&waiting_, old->above, now.above);
  *old = std::move(now);
}

void Revisions::Insert(Standing standing) {
  const SeriesId id = standing.series.id;
  for (const std::uint32_t key : standing.keys) {
    buckets_[key].insert(OrderOf(standing));
  }
  for (const std::uint32_t node : standing.nodes) by_node_[node].insert(id);
  for (const std::uint32_t node : standing.above) waiting_[node].insert(id);
  if (standing.series.previous) next_[*standing.series.previous].insert(id);
  all_.insert_or_assign(id, std::move(standing));
}

void Revisions::Erase(SeriesId id) {
  const auto at = all_.find(id);
  const Standing& standing = at->second;
  const Order order = OrderOf(standing);
  for (const std::uint32_t key : standing.keys) Drop(&buckets_, key, order);
  for (const std::uint32_t node : standing.nodes) Drop(&by_node_, node, id);
  for (const std::uint32_t node : standing.above) Drop(&waiting_, node, id);
  if (standing.series.previous) Drop(&next_, *standing.series.previous, id);
  all_.erase(at);
}

bool Revisions::LinkBack(Standing* standing) {
  Series& series = standing->series;
  const Standing* best = nullptr;
  const auto consider = [&](const Standing& candidate) {
    if (best == nullptr || OrderOf(*best) < OrderOf(candidate)) {
      best = &candidate;
    }
  };
  const Order order = OrderOf(*standing);
  for (const std::uint32_t key : standing->keys) {
    const auto bucket = buckets_.find(key);
    if (bucket == buckets_.end()) continue;
    auto at = bucket->second.lower_bound(order);
    for (std::size_t i = 0; i < kMaxLookedAt && at != bucket->second.begin();
         ++i) {
      --at;
      const Standing& candidate = all_.find(at->id)->second;
      if (!Earlier(candidate, *standing)) continue;
      // The same number and other tags: the same work for another tree.
      if (candidate.series.version == series.version &&
          candidate.hints != standing->hints) {
        continue;
      }
      consider(candidate);
      break;
    }
  }
  for (const std::uint32_t node : standing->above) {
    const auto holders = by_node_.find(node);
    if (holders == by_node_.end()) continue;
    std::size_t count = 0;
    for (const SeriesId id : holders->second) {
      if (++count > kMaxLookedAt) break;
      const Standing& candidate = all_.find(id)->second;
      if (!Earlier(candidate, *standing) ||
          !Shares(candidate.posters, standing->posters)) {
        continue;
      }
      if (candidate.series.version == series.version &&
          !IsReroll(*standing, candidate)) {
        continue;
      }
      consider(candidate);
    }
  }
  const std::optional<SeriesId> previous =
      best != nullptr ? std::optional(best->series.id) : std::nullopt;
  const bool partial = best != nullptr && IsReroll(*standing, *best);
  if (previous == series.previous && partial == series.partial_reroll) {
    return false;
  }
  if (series.previous) {
    const auto next = next_.find(*series.previous);
    if (next != next_.end()) {
      next->second.erase(series.id);
      if (next->second.empty()) next_.erase(next);
    }
  }
  if (previous) next_[*previous].insert(series.id);
  series.previous = previous;
  series.partial_reroll = partial;
  return true;
}

bool Revisions::LinkForward(Standing* standing) {
  std::optional<SeriesId> found;
  std::vector<SeriesId> frontier = {standing->series.id};
  for (int i = 0; i < kMaxRerolls && !found && !frontier.empty(); ++i) {
    std::vector<SeriesId> rerolls;
    const Standing* best = nullptr;
    for (const SeriesId id : frontier) {
      const auto next = next_.find(id);
      if (next == next_.end()) continue;
      for (const SeriesId later : next->second) {
        const Standing& candidate = all_.find(later)->second;
        if (candidate.series.partial_reroll) {
          if (rerolls.size() < kMaxWaiting) rerolls.push_back(later);
        } else if (best == nullptr || OrderOf(candidate) < OrderOf(*best)) {
          best = &candidate;
        }
      }
    }
    if (best != nullptr) found = best->series.id;
    frontier = std::move(rerolls);
  }
  if (found == standing->series.superseded_by) return false;
  standing->series.superseded_by = found;
  return true;
}

}  // namespace patchmilter::series
