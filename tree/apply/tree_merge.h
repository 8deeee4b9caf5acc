// MergeTrees: the merge that `git am -3` ends in.
//
// Decides as git 2.39's merge-recursive does with directory renames off: which
// files are found again by another name (rename_detection.h), contents by
// git's own merge of texts, modes each by itself; a file changed here and
// removed there, two files for one path, one file renamed in two ways, binary
// files, links and submodules changed on both sides are conflicts. `base` and
// `theirs` hold the files of one patch alone; what `ours` has besides stays.
// Attributes (.gitattributes) are not looked at.
// Threads: the repository's. Tested, against git, in
// tests/tree/three_way_property_test.cc.
#ifndef PATCHMILTER_TREE_APPLY_TREE_MERGE_H_
#define PATCHMILTER_TREE_APPLY_TREE_MERGE_H_

#include <string>

#include "base/result.h"
#include "git/repository.h"
#include "tree/apply/work.h"

namespace patchmilter::tree {

struct TreeMerge {
  bool clean = false;
  git::ObjectId tree;  // Where clean.
  std::string path;    // Else the path of a conflict,
  std::string reason;  // in words.
};

// The result is written to memory. Result errors are faults of the repository.
Result<TreeMerge> MergeTrees(git::Repository* repository,
                             const git::ObjectId& base,
                             const git::ObjectId& ours,
                             const git::ObjectId& theirs, Work* work);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_APPLY_TREE_MERGE_H_
