// One patch onto one tree, in memory, deciding as `git apply --index` does.
//
// All files of the patch or none. What the rules are is said in
// docs/architecture.md ("Applying"): exact context at any offset, no fuzz;
// creation must not meet a file, deletion must leave nothing; renames and
// copies read the tree as it was before the patch.
// Threads: the repository's. Tested in tests/tree/.
#ifndef PATCHMILTER_TREE_APPLY_PATCH_APPLY_H_
#define PATCHMILTER_TREE_APPLY_PATCH_APPLY_H_

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "git/repository.h"
#include "git/tree_edit.h"
#include "tree/apply/patch_text.h"
#include "tree/apply/work.h"
#include "tree/tree.h"

namespace patchmilter::tree {

// Which paths of the tree an outcome hung on: on another tree where they are
// the same, the outcome is the same.
struct Consulted {
  enum class Depth : std::uint8_t {
    kType,     // Only what kind of thing stood there, if any.
    kContent,  // Mode and content.
  };
  std::map<std::string, Depth> paths;
  // False where more than paths was decisive: a memory bound, a clash of a
  // file with a directory.
  bool complete = true;

  void Add(const std::string& path, Depth depth) {
    Depth& known = paths.try_emplace(path, depth).first->second;
    if (depth > known) known = depth;
  }
};

struct PatchOutcome {
  std::optional<ApplyFailure> failure;  // `patch` is not set.
  git::ObjectId tree;                   // Where there is no failure.
  HowApplied how = HowApplied::kExact;
};

// Result errors are faults of the repository alone.
Result<PatchOutcome> ApplyPatch(git::Repository* repository,
                                const git::ObjectId& tree,
                                const PatchText& patch, Work* work,
                                Consulted* consulted);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_APPLY_PATCH_APPLY_H_
