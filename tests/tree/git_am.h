// What `git am` does with a series, in the scratch repository's own work tree.
#ifndef PATCHMILTER_TESTS_TREE_GIT_AM_H_
#define PATCHMILTER_TESTS_TREE_GIT_AM_H_

#include <string>
#include <vector>

#include "tests/git/scratch_git.h"

namespace patchmilter::testing {

struct AmDecision {
  std::size_t applied = 0;  // Patches that applied, one after the other.
  std::string tree;         // After the last of these; the base's for none.
  std::string output;       // What git said.
};

// A patch as a mail around it that git am reads.
std::string AsMail(const std::string& patch);

// Leaves the work tree as it was: clean, at some commit.
AmDecision AskGitAm(ScratchGit* git, const std::string& base,
                    const std::vector<std::string>& mails, bool three_way);

}  // namespace patchmilter::testing

#endif  // PATCHMILTER_TESTS_TREE_GIT_AM_H_
