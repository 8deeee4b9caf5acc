// Series that a random generator makes, with the real git's decision on each:
// which patches apply, and to what tree. For comparing with ours.
//
// Bases and patches are commits of one repository, made by git fast-import in
// one go; the diffs are git's own, in many forms (context lines, renames,
// copies, binary); a base may have been changed since the patches were made.
#ifndef PATCHMILTER_TESTS_TREE_GENERATED_SERIES_H_
#define PATCHMILTER_TESTS_TREE_GENERATED_SERIES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/git/scratch_git.h"

namespace patchmilter::testing {

struct GeneratedSeries {
  std::string base;                  // Commit id.
  std::vector<std::string> patches;  // Diff texts.
};

struct GitDecision {
  std::size_t applied = 0;         // Patches that applied.
  std::vector<std::string> trees;  // After each of them.
  std::string complaint;           // All that git said.
  bool crashed = false;            // Nothing is decided.
};

// `count` series in `git`. The same seed makes the same series. With
// `damaged`, the patches' texts are damaged at random places afterwards. With
// `roomy`, files are longer, lines differ, and bases have moved on further:
// many patches need a merge.
std::vector<GeneratedSeries> GenerateSeries(ScratchGit* git, std::uint64_t seed,
                                            std::size_t count, bool damaged,
                                            bool roomy = false);

// `git apply --cached`, patch by patch.
GitDecision AskGit(ScratchGit* git, const GeneratedSeries& series);

}  // namespace patchmilter::testing

#endif  // PATCHMILTER_TESTS_TREE_GENERATED_SERIES_H_
