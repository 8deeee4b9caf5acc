// LineRanges: some lines of a file, followed back through what changed it.
//
// As git log -L does it (line-log.c): a change that touches the lines has in
// the older file all lines that it replaced for theirs; what it did above them
// shifts them. Threads: values. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_LINE_RANGES_H_
#define PATCHMILTER_TREE_QUESTIONS_LINE_RANGES_H_

#include <cstdint>
#include <vector>

#include "git/line_diff.h"

namespace patchmilter::tree {

class LineRanges {
 public:
  // Lines begin to end - 1; 1 is the first.
  struct Range {
    std::uint32_t begin = 1;
    std::uint32_t end = 1;
    friend bool operator==(const Range&, const Range&) = default;
  };

  LineRanges() = default;
  explicit LineRanges(std::vector<Range> ranges) : ranges_(std::move(ranges)) {
    Normalize();
  }

  bool empty() const { return ranges_.empty(); }
  const std::vector<Range>& ranges() const { return ranges_; }
  void Add(const LineRanges& other);

  // The lines that these were before `changes`, and whether a change touched
  // them. One that removes lines just above or below does not.
  struct Before;
  Before Follow(const std::vector<git::LineChange>& changes) const;

  friend bool operator==(const LineRanges&, const LineRanges&) = default;

 private:
  void Normalize();

  std::vector<Range> ranges_;  // In order, not touching.
};

struct LineRanges::Before {
  LineRanges ranges;
  bool touched = false;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_LINE_RANGES_H_
