// "GIT binary patch": base85 lines, deflated, a literal or a delta.
//
// The form is git's (diff.c emit_binary_diff_body, apply.c parse_binary), the
// delta that of pack files (gitformat-pack). Everything is hostile: the sizes
// that are said are checked before anything is allocated, inflating stops at
// them. Pure: no I/O. Threads: any. Tested in tests/tree/binary_apply_test.cc.
#ifndef PATCHMILTER_TREE_APPLY_BINARY_APPLY_H_
#define PATCHMILTER_TREE_APPLY_BINARY_APPLY_H_

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tree/apply/work.h"

namespace patchmilter::tree {

struct BinaryHunk {
  bool delta = false;
  std::string data;  // Inflated: the new content, or a delta to it.
};

// The first (forward) hunk of the text behind "GIT binary patch". The second
// (reverse) hunk, where there is one, must be sound too, as for git.
// kInvalidInput says in words what is wrong.
Result<BinaryHunk> ParseBinaryPatch(std::string_view body, Work* work);

// `delta` applied to `base`. kInvalidInput where it is not one, is not for a
// base of this size, or makes more than kMaxFileBytes.
Result<std::string> ApplyDelta(std::string_view base, std::string_view delta,
                               Work* work);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_APPLY_BINARY_APPLY_H_
