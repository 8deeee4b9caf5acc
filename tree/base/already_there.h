// FindAlreadyThere: which patches of a series a tree has in its history
// already.
//
// A commit counts where it makes the same change, by git's stable patch-id, was
// made not after the series' date, and is another person's: not committed by
// who wrote or sent the patch, not with the mail's own date as its author's (a
// commit made of that very mail, or the mail of it). Not told is a patch
//  - that applies where the commit is: the change was taken back since;
//  - whose mail names the commit;
//  - that is applied to a base which does not lead to the commit: it is for
//    another branch. A backport, which says that it is one, is looked for in
//    the branches alone that its subject names.
// What is not known within bounds is not told.
// Errors: those of the repository. Threads: the repository's. Tested in
// tests/tree/already_there_test.cc.
#ifndef PATCHMILTER_TREE_BASE_ALREADY_THERE_H_
#define PATCHMILTER_TREE_BASE_ALREADY_THERE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/history.h"
#include "git/repository.h"
#include "tree/tree.h"

namespace patchmilter::tree {

struct NamedTip {
  std::string branch;
  git::ObjectId commit;
};

// Where the series was applied, if it was.
struct AppliedTo {
  std::optional<git::ObjectId> base;
  // Numbers of the patches that applied and made a change.
  std::set<std::int64_t> applied;
};

// By patch number, the commit's full id.
Result<std::map<std::int64_t, std::string>> FindAlreadyThere(
    git::Repository* repository, git::History* history,
    const std::vector<NamedTip>& tips, const SentSeries& series,
    const AppliedTo& applied_to);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_BASE_ALREADY_THERE_H_
