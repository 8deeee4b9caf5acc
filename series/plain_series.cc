#include "series/plain_series.h"

#include <algorithm>

namespace patchmilter::series {
namespace {

template <typename T>
bool Has(const std::vector<T>& sorted, T value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

template <typename T>
void Insert(std::vector<T>* sorted, T value) {
  const auto at = std::lower_bound(sorted->begin(), sorted->end(), value);
  if (at == sorted->end() || *at != value) sorted->insert(at, value);
}

template <typename Values>
bool AnyOf(const Values& values, const std::vector<std::uint32_t>& sorted) {
  return std::any_of(values.begin(), values.end(), [&](std::uint32_t value) {
    return value != 0 && Has(sorted, value);
  });
}

bool HasPlace(const Part& part) {
  return part.role == Part::Role::kNumbered || part.role == Part::Role::kCover;
}

}  // namespace

std::unique_ptr<PlainSeries> PlainSeries::Of(
    const std::vector<const Part*>& parts, const Partitioned& partitioned) {
  if (partitioned.groups.size() != 1 ||
      partitioned.groups[0].slots.size() != parts.size()) {
    return nullptr;
  }
  bool by_date = false;
  for (const Part* part : parts) {
    if (!HasPlace(*part) || part->node == 0 ||
        part->total != partitioned.groups[0].total ||
        part->facts.subject.version != partitioned.groups[0].version) {
      return nullptr;
    }
    const auto joined = partitioned.joined.find(part);
    if (joined == partitioned.joined.end()) continue;
    const Evidence evidence = joined->second.evidence;
    by_date = by_date || evidence == Evidence::kDate;
    if (evidence != Evidence::kStem && evidence != Evidence::kThread &&
        evidence != Evidence::kAncestor && evidence != Evidence::kDate) {
      return nullptr;
    }
  }
  auto plain = std::make_unique<PlainSeries>();
  plain->version_ = partitioned.groups[0].version;
  plain->total_ = partitioned.groups[0].total;
  for (const Part* part : parts) plain->Put(*part);
  const auto& common = plain->common_posters_;
  if (by_date && !(plain->no_stem_ && plain->same_hints_ &&
                   std::any_of(common.begin(), common.end(),
                               [](std::uint32_t key) { return key != 0; }))) {
    return nullptr;
  }
  return plain;
}

bool PlainSeries::IsBound(const Part& part) const {
  if (!AnyOf(part.posters, posters_)) return false;
  if (part.stem != 0 && Has(stems_, part.stem)) return true;
  if (Has(parents_, part.node) || AnyOf(part.parents, nodes_) ||
      AnyOf(part.parents, parents_)) {
    return true;
  }
  if (!no_stem_ || part.stem != 0 || !same_hints_ ||
      part.facts.subject.hints != first_->facts.subject.hints ||
      !std::any_of(
          part.posters.begin(), part.posters.end(), [&](std::uint32_t key) {
            return key != 0 &&
                   std::find(common_posters_.begin(), common_posters_.end(),
                             key) != common_posters_.end();
          })) {
    return false;
  }
  const auto after = std::lower_bound(dates_.begin(), dates_.end(), part.date);
  return (after != dates_.end() && *after - part.date <= kDateWindow) ||
         (after != dates_.begin() && part.date - after[-1] <= kDateWindow);
}

bool PlainSeries::Take(const Part& part) {
  if (!HasPlace(part) || part.node == 0 || part.total != total_ ||
      part.facts.subject.version != version_ ||
      Has(numbers_, static_cast<std::uint32_t>(part.number)) ||
      Has(nodes_, part.node) || !IsBound(part)) {
    return false;
  }
  Put(part);
  return true;
}

void PlainSeries::Put(const Part& part) {
  if (first_ == nullptr) {
    first_ = &part;
    common_posters_ = part.posters;
  }
  for (std::uint32_t& common : common_posters_) {
    if (std::find(part.posters.begin(), part.posters.end(), common) ==
        part.posters.end()) {
      common = 0;
    }
  }
  no_stem_ = no_stem_ && part.stem == 0;
  same_hints_ =
      same_hints_ && part.facts.subject.hints == first_->facts.subject.hints;
  Insert(&numbers_, static_cast<std::uint32_t>(part.number));
  Insert(&nodes_, part.node);
  for (const std::uint32_t parent : part.parents) Insert(&parents_, parent);
  if (part.stem != 0) Insert(&stems_, part.stem);
  for (const std::uint32_t poster : part.posters) {
    if (poster != 0) Insert(&posters_, poster);
  }
  Insert(&dates_, part.date);
}

}  // namespace patchmilter::series
