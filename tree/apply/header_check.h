// What git apply finds wrong with the headers of a diff before it looks at any
// file. diff/ is lenient (a review wants to read what a person would); whether
// a patch applies is git's to say.
// Pure. Threads: any. Tested in tests/tree/tree_test.cc and against git
// on damaged patches in tests/tree/property_test.cc.
#ifndef PATCHMILTER_TREE_APPLY_HEADER_CHECK_H_
#define PATCHMILTER_TREE_APPLY_HEADER_CHECK_H_

#include <optional>
#include <string>

#include "diff/diff.h"

namespace patchmilter::tree {

// Why git apply -p1 does not read the header of `file`, in words; nothing
// where it does.
std::optional<std::string> HeaderRefusal(const diff::Diff& diff,
                                         const diff::File& file);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_APPLY_HEADER_CHECK_H_
