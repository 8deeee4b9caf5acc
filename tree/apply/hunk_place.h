// Where a hunk stands in a file, as git apply looks for it.
//
// See text_apply.h for the rules. Views are borrowed from the diff.
// Pure. Threads: any. Tested through tests/tree/text_apply_test.cc.
#ifndef PATCHMILTER_TREE_APPLY_HUNK_PLACE_H_
#define PATCHMILTER_TREE_APPLY_HUNK_PLACE_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "diff/diff.h"
#include "tree/apply/line_image.h"
#include "tree/apply/work.h"

namespace patchmilter::tree {

// A hunk as the lines that must stand and the lines that take their place.
struct Sides {
  std::vector<ImageLine> before;
  std::vector<ImageLine> after;
  std::uint32_t trailing_context = 0;
};

// REQUIRES: `hunk` is one of a PatchText: its lines are those that its header
// counts.
Sides TakeSides(const diff::Diff& diff, const diff::Hunk& hunk);

// The index of the first line of the place; nothing where there is none.
std::optional<std::size_t> FindPlace(const LineImage& image,
                                     const diff::Hunk& hunk, const Sides& sides,
                                     Work* work);
// Why there is none, in words.
std::string_view WhyNowhere(const diff::Hunk& hunk, const Sides& sides);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_APPLY_HUNK_PLACE_H_
