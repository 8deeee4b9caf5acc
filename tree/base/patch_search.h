// FindPatches: commits that make the same change as a patch, by git's stable
// patch-id.
//
// Walks from `tips` through all parents, the latest commit first, and compares
// only commits that touch the very files of a wanted patch (where those are
// known). Merges make no change of their own and are passed over. Patch-ids are
// what `git diff-tree -p -M | git patch-id --stable` makes of a commit, or,
// where a wanted patch's files are not known, what `git format-patch --base`
// makes. Bounded by what is looked at, by the clock only where `time` is given:
// else the answer is the same each time. A patch that is not found may still be
// there, further back than was looked.
// Errors: those of the repository; a history that ends (a shallow clone) is no
// error. Threads: the repository's. Tested in tests/tree/patch_search_test.cc.
#ifndef PATCHMILTER_TREE_BASE_PATCH_SEARCH_H_
#define PATCHMILTER_TREE_BASE_PATCH_SEARCH_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "git/history.h"
#include "git/repository.h"

namespace patchmilter::tree {

struct WantedPatch {
  std::string patch_id;         // 40 hexadecimal digits, lower case.
  std::set<std::string> paths;  // Old and new names; empty: not known.
  // Whether a commit with this patch-id is one that is looked for; where not,
  // the walk goes on to older ones. None: each is.
  std::function<Result<bool>(const git::ObjectId& commit)> accept = {};
};

struct PatchSearchBounds {
  std::size_t commits = 20'000;
  // Commits that were made later are walked through and not looked at.
  UnixSeconds not_after = std::numeric_limits<UnixSeconds>::max();
  std::size_t later = 100'000;  // So many of those.
  // Commits that were made before are not looked at, nor what they follow.
  UnixSeconds not_before = 0;
  // Nor are these and what is behind them.
  std::vector<git::ObjectId> not_behind = {};
  std::optional<std::chrono::milliseconds> time = {};
  // Of the differences that patch-ids are made from, all together.
  std::size_t diff_bytes = 256U << 20;
};

// By patch-id, the latest commit that has it and is accepted. Commits that
// cannot be read (damage, a partial clone) end the walk there. `history` is the
// repository's and saves reading what it has; null: one of its own.
Result<std::map<std::string, git::ObjectId>> FindPatches(
    git::Repository* repository, const std::vector<git::ObjectId>& tips,
    const std::vector<WantedPatch>& wanted, const PatchSearchBounds& bounds,
    git::History* history = nullptr);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_BASE_PATCH_SEARCH_H_
