// The tree that a patch was made for, as far as the patch knows it: the blobs
// that its "index abc..def" lines name, at the paths that it touches.
//
// As `git apply --build-fake-ancestor` makes it for `git am -3`: files that
// the patch creates are left out; one whose content does not change may be
// named by no index line, and is taken as it stands in the tree.
// Threads: the repository's. Tested in tests/tree/three_way_test.cc and,
// against git, tests/tree/three_way_property_test.cc.
#ifndef PATCHMILTER_TREE_APPLY_FAKE_ANCESTOR_H_
#define PATCHMILTER_TREE_APPLY_FAKE_ANCESTOR_H_

#include <string>

#include "base/result.h"
#include "git/repository.h"
#include "tree/apply/patch_text.h"
#include "tree/apply/work.h"

namespace patchmilter::tree {

struct FakeAncestor {
  git::ObjectId tree;  // Zero where it cannot be made; then
  std::string path;    // the path that it fails at,
  std::string reason;  // in words.
};

// Written to memory. `ours` is the tree that the patch did not apply to.
Result<FakeAncestor> BuildFakeAncestor(git::Repository* repository,
                                       const git::ObjectId& ours,
                                       const PatchText& patch, Work* work);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_APPLY_FAKE_ANCESTOR_H_
