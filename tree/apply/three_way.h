// A patch onto a tree that it does not apply to, as `git am -3` does it.
//
// The patch is applied to the blobs that its index lines name
// (fake_ancestor.h), and the result merged into the tree (tree_merge.h). What
// neither side's blobs or texts allow is a failure, with git's reason in our
// words. A merge that changes nothing means that the patch is there already.
// Threads: the repository's. Tested in tests/tree/three_way_test.cc and,
// against git, tests/tree/three_way_property_test.cc.
#ifndef PATCHMILTER_TREE_APPLY_THREE_WAY_H_
#define PATCHMILTER_TREE_APPLY_THREE_WAY_H_

#include "base/result.h"
#include "git/repository.h"
#include "tree/apply/patch_apply.h"
#include "tree/apply/patch_text.h"
#include "tree/apply/work.h"

namespace patchmilter::tree {

// REQUIRES: ApplyPatch() of it has failed. Result errors are faults of the
// repository alone.
Result<PatchOutcome> ApplyThreeWay(git::Repository* repository,
                                   const git::ObjectId& tree,
                                   const PatchText& patch, Work* work);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_APPLY_THREE_WAY_H_
