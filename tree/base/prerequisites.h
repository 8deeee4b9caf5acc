// The patches that a series says it needs ("prerequisite-patch-id"): where the
// tree has them.
//
// git format-patch --base names those that stand on top of the base-commit, so
// they are looked for behind it and, where they are not there, in what the
// branches have beside it. By git's stable patch-id; bounded: what is not found
// may still be there, further off.
// Errors: the repository's. Threads: the repository's. Tested in
// tests/tree/base_choice_test.cc.
#ifndef PATCHMILTER_TREE_BASE_PREREQUISITES_H_
#define PATCHMILTER_TREE_BASE_PREREQUISITES_H_

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/repository.h"
#include "tree/tree.h"

namespace patchmilter::tree {

// Their files are not known: each commit's difference has to be made.
inline constexpr std::size_t kMaxPrerequisites = 100;
inline constexpr std::size_t kPrerequisitesBehind = 500;
inline constexpr std::size_t kPrerequisitesBeside = 2'000;

// Which of them are behind `base`, in the order in which they are named.
Result<std::vector<Prerequisite>> FindPrerequisites(
    git::Repository* repository, const std::vector<std::string>& patch_ids,
    const git::ObjectId& base);

// The commit that has most of them, the latest of equals.
struct PrerequisiteCommit {
  git::ObjectId commit;
  std::size_t has = 0;  // Of all that are named, those behind the base too.
};

// Looks for those of `wanted` that were not found yet in what is behind `tips`
// and not behind `base`, and fills in `elsewhere`. Nothing where none is found.
Result<std::optional<PrerequisiteCommit>> FindPrerequisitesBeside(
    git::Repository* repository, const git::ObjectId& base,
    const std::vector<git::ObjectId>& tips, std::vector<Prerequisite>* wanted);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_BASE_PREREQUISITES_H_
