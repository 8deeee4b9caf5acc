#include "review/tools/receipt.h"

#include <algorithm>
#include <iterator>

namespace patchmilter::review {

void CoverageReceipt::Add(std::int64_t number, std::uint64_t offset,
                          std::uint64_t bytes, std::uint64_t total) {
  Patch& patch = patches_[number];
  patch.total = std::max(patch.total, total);
  if (offset >= total || bytes == 0) return;
  std::uint64_t begin = offset;
  std::uint64_t end = offset + std::min(bytes, total - offset);
  // The first part that touches [begin, end], or lies behind it.
  auto part = patch.parts.upper_bound(begin);
  if (part != patch.parts.begin() && std::prev(part)->second >= begin) --part;
  while (part != patch.parts.end() && part->first <= end) {
    begin = std::min(begin, part->first);
    end = std::max(end, part->second);
    part = patch.parts.erase(part);
  }
  patch.parts.emplace(begin, end);
}

std::uint64_t CoverageReceipt::Delivered(std::int64_t number) const {
  const auto patch = patches_.find(number);
  if (patch == patches_.end()) return 0;
  std::uint64_t bytes = 0;
  for (const auto& [begin, end] : patch->second.parts) bytes += end - begin;
  return bytes;
}

bool CoverageReceipt::Whole(std::int64_t number) const {
  const auto patch = patches_.find(number);
  return patch != patches_.end() && Delivered(number) == patch->second.total;
}

bool CoverageReceipt::Covers(std::int64_t number, std::uint64_t begin,
                             std::uint64_t end) const {
  if (begin >= end) return true;
  const auto patch = patches_.find(number);
  if (patch == patches_.end()) return false;
  // Parts that touch are one: a single part must hold all of it.
  auto part = patch->second.parts.upper_bound(begin);
  if (part == patch->second.parts.begin()) return false;
  --part;
  return part->second >= end;
}

void CoverageReceipt::Add(const CoverageReceipt& other) {
  for (const auto& [number, patch] : other.patches_) {
    for (const auto& [begin, end] : patch.parts) {
      Add(number, begin, end - begin, patch.total);
    }
  }
}

}  // namespace patchmilter::review
