// The patch-id that `git format-patch --base` writes for a prerequisite.
//
// git makes it from the trees, and `git patch-id --stable` from a diff's text:
// the two differ where the text says more (renames, binary files, quoted names)
// or less (files without a hunk). As of git 2.39.
// Threads: any. Tested in tests/tree/base_choice_test.cc.
#ifndef PATCHMILTER_TREE_BASE_BASE_PATCH_ID_H_
#define PATCHMILTER_TREE_BASE_BASE_PATCH_ID_H_

#include <string>

#include "diff/diff.h"
#include "git/repository.h"

namespace patchmilter::tree {

// `diff` is of two trees of `repository`, where its blobs are found. "" where
// there is none.
std::string BasePatchId(git::Repository* repository, const diff::Diff& diff);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_BASE_BASE_PATCH_ID_H_
