// DiffLines: which lines of one text became which of another.
//
// libgit2's xdiff, which is git's own: the same changes that `git diff` shows
// for the same two texts. No attribute, driver or configuration is looked at.
// Input: texts are hostile; what would take too long is refused.
// Threads: any. Tested in tests/git/.
#ifndef PATCHMILTER_GIT_LINE_DIFF_H_
#define PATCHMILTER_GIT_LINE_DIFF_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace patchmilter::git {

// Of both texts together.
inline constexpr std::size_t kMaxDiffBytes = 64 << 20;
// Of both, between their first and last difference. xdiff takes at worst about
// lines times the root of lines: a second or two.
inline constexpr std::size_t kMaxDiffLines = 400'000;

// Lines old_first, … became new_first, …. 1 is the first line; where a count
// is 0, `first` is the line behind the place: lines 3 and 4 put before line 7
// are {7, 0, 3, 2}.
struct LineChange {
  std::uint32_t old_first = 1;
  std::uint32_t old_count = 0;
  std::uint32_t new_first = 1;
  std::uint32_t new_count = 0;
  friend bool operator==(const LineChange&, const LineChange&) = default;
};

enum class DiffStyle {
  kShown,     // As git diff: groups of lines slide to where they read best.
  kFollowed,  // As git log -L: no sliding, a common end is cut off first.
  kBlamed,    // As git blame: sliding, and a common end cut off first.
};

// In order, none touching the next. kInvalidInput over the bounds.
Result<std::vector<LineChange>> DiffLines(std::string_view old_text,
                                          std::string_view new_text,
                                          DiffStyle style = DiffStyle::kShown);

}  // namespace patchmilter::git

#endif  // PATCHMILTER_GIT_LINE_DIFF_H_
