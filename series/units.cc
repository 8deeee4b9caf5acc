#include "series/units.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace patchmilter::series {
namespace {

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

}  // namespace

bool SharesAddress(const Part& a, const Part& b) {
  return (a.posters[0] != 0 && a.posters[0] == b.posters[0]) ||
         (a.posters[1] != 0 && a.posters[1] == b.posters[1]);
}

Seconds Gap(const Part& a, const Part& b) { return std::abs(a.date - b.date); }

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
    // The best copy is the one whose From is its author's (not munged); of
    // these the shortest: a list's footer only adds.
    std::stable_sort(unit.copies.begin(), unit.copies.end(),
                     [](const Part* a, const Part* b) {
                       const auto clothes = [](const Part* part) {
                         return std::pair(
                             part->facts.from.email != part->facts.author.email,
                             part->facts.text_size);
                       };
                       return clothes(a) < clothes(b);
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
  FindPosters(&units);
  return units;
}

}  // namespace patchmilter::series
