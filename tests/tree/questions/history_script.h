// A history made up from a seed, for comparing walks with git's.
//
// Files of few different lines, edited, renamed, removed and made again, on
// branches that are merged; dates that mostly grow.
#ifndef PATCHMILTER_TESTS_TREE_QUESTIONS_HISTORY_SCRIPT_H_
#define PATCHMILTER_TESTS_TREE_QUESTIONS_HISTORY_SCRIPT_H_

#include <cstdint>
#include <string>

#include "tests/git/scratch_git.h"

namespace patchmilter::tree {

struct HistoryShape {
  int commits = 60;
  int branches_percent = 10;
  int merges_percent = 15;
  int renames_percent = 4;
  bool dates_lie = false;
};

// Puts a history onto the branch "made" of the repository (git fast-import).
void MakeHistory(testing::ScratchGit* git, std::uint32_t seed,
                 const HistoryShape& shape);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TESTS_TREE_QUESTIONS_HISTORY_SCRIPT_H_
