#include "tree/questions/line_ranges.h"

#include <algorithm>
#include <cstddef>

namespace patchmilter::tree {

void LineRanges::Normalize() {
  std::sort(ranges_.begin(), ranges_.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  std::vector<Range> merged;
  for (const Range& range : ranges_) {
    if (range.begin >= range.end) continue;
    if (!merged.empty() && merged.back().end >= range.begin) {
      merged.back().end = std::max(merged.back().end, range.end);
    } else {
      merged.push_back(range);
    }
  }
  ranges_ = std::move(merged);
}

void LineRanges::Add(const LineRanges& other) {
  ranges_.insert(ranges_.end(), other.ranges_.begin(), other.ranges_.end());
  Normalize();
}

LineRanges::Before LineRanges::Follow(
    const std::vector<git::LineChange>& changes) const {
  Before before;
  std::vector<Range> older;
  std::size_t next = 0;    // The first change not yet above the range.
  std::int64_t shift = 0;  // By those above.
  const auto pass = [&](std::uint32_t begin, std::uint32_t end) {
    if (begin >= end) return;
    while (next < changes.size() && changes[next].new_first <= begin) {
      shift += std::int64_t{changes[next].old_count} -
               std::int64_t{changes[next].new_count};
      ++next;
    }
    older.push_back({static_cast<std::uint32_t>(begin + shift),
                     static_cast<std::uint32_t>(end + shift)});
  };
  std::size_t change = 0;
  for (const Range& range : ranges_) {
    std::uint32_t begin = range.begin;
    // A change may touch two ranges: it is looked at for each.
    while (change > 0 &&
           changes[change - 1].new_first + changes[change - 1].new_count >
               begin) {
      --change;
    }
    for (; change < changes.size(); ++change) {
      const git::LineChange& c = changes[change];
      const std::uint32_t end = c.new_first + c.new_count;
      if (c.new_first >= range.end) break;
      if (end <= range.begin) continue;
      before.touched = true;
      pass(begin, c.new_first);
      older.push_back({c.old_first, c.old_first + c.old_count});
      begin = std::max(begin, end);
    }
    pass(begin, range.end);
  }
  before.ranges = LineRanges(std::move(older));
  return before;
}

}  // namespace patchmilter::tree
