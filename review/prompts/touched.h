// Touched: what a series changes, as far as a choice of guides needs it: the
// paths, and the words of changed lines and hunk headers.
//
// Input: diffs of hostile mails. Bounded: what lies beyond is not looked at.
// Pure. Threads: values.  Tested in tests/review/prompts/touched_test.cc.
#ifndef PATCHMILTER_REVIEW_PROMPTS_TOUCHED_H_
#define PATCHMILTER_REVIEW_PROMPTS_TOUCHED_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "diff/diff.h"

namespace patchmilter::review {

inline constexpr std::size_t kMaxTouchedFiles = 5'000;
// Of changed lines, of the whole series.
inline constexpr std::size_t kMaxTouchedBytes = 8UL << 20;

// One file, by all patches together.
struct TouchedFile {
  std::string path;      // The new one; of a deletion the old one.
  std::string old_path;  // Where it has another one; else "".
  // Changed lines without their marks, and what stands behind the @@ of their
  // hunks; each ended by LF.
  std::string lines;
};

// In the order of their first change.
struct Touched {
  std::vector<TouchedFile> files;
  bool cut = false;  // A limit was reached.
};

// Of all patches of a series, in their order. Null pointers are passed over.
Touched TouchedBy(const std::vector<const diff::Diff*>& diffs);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_PROMPTS_TOUCHED_H_
