// The hunks of one file onto its bytes, deciding as git apply does.
//
// A hunk applies where its context and removed lines stand exactly; the search
// goes outward from where the header says (one line further, one back, two
// further, …). No fuzz. A hunk from line 1 (or 0) must match at the beginning,
// one without context after its last change at the end. Lines that an earlier
// hunk has put there or has matched do not match again.
// Pure: no I/O. Threads: any. Tested in tests/tree/text_apply_test.cc, and
// against git in tests/tree/property_test.cc.
#ifndef PATCHMILTER_TREE_APPLY_TEXT_APPLY_H_
#define PATCHMILTER_TREE_APPLY_TEXT_APPLY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "diff/diff.h"
#include "tree/apply/work.h"

namespace patchmilter::tree {

struct TextResult {
  std::string bytes;         // Where `failed_hunk` is empty.
  bool with_offset = false;  // Some hunk applied at another line.
  std::optional<std::uint32_t> failed_hunk;
  std::string reason;  // Why it failed, in words.
};

// REQUIRES: `file` is a PatchText's, and `diff` is its diff().
TextResult ApplyHunks(std::string_view bytes, const diff::Diff& diff,
                      const diff::File& file, Work* work);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_APPLY_TEXT_APPLY_H_
