// Why a patch does not apply to a tree, hunk by hunk: which stand nowhere, and
// where their lines stand most nearly.
//
// For people and for the checks; the decision is ApplyPatch's. The nearest
// place is where most of a hunk's lines stand at one distance from each other;
// of equals the one nearest to where the hunk says. Bounded by Work and
// kMaxHunkFailures. Pure but for reading the tree.
// Threads: the repository's. Tested in tests/tree/nearest_match_test.cc.
#ifndef PATCHMILTER_TREE_APPLY_NEAREST_MATCH_H_
#define PATCHMILTER_TREE_APPLY_NEAREST_MATCH_H_

#include <string_view>
#include <vector>

#include "base/result.h"
#include "diff/diff.h"
#include "git/repository.h"
#include "tree/apply/patch_text.h"
#include "tree/apply/work.h"
#include "tree/tree.h"

namespace patchmilter::tree {

// The hunks of one file that do not apply to `bytes`, each tried with those
// before it applied where they do. REQUIRES: `file` is a PatchText's.
std::vector<HunkFailure> ExplainHunks(std::string_view bytes,
                                      const diff::Diff& diff,
                                      const diff::File& file, Work* work);

// The same for all files of a patch: one entry without a hunk for a file that
// is not in the tree or is there already, or for what makes it corrupt.
Result<std::vector<HunkFailure>> ExplainPatch(git::Repository* repository,
                                              const git::ObjectId& tree,
                                              const PatchText& patch,
                                              Work* work);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_APPLY_NEAREST_MATCH_H_
