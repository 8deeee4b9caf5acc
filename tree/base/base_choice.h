// Which commits a series may be based on, in the order in which to try them.
//
// A stated base-commit that the repository has stands alone: it is what the
// author has said. Else
//   1. the configured branches that the subject names ("net-next"),
//   2. the commit at which most of the versions stand that the index lines
//      name (blob_match.h),
//   3. the configured branches, the newest first, each as it stood at the
//      series' date: the author cannot have had anything newer,
//   4. and as they stand now: dates lie.
// Threads: the repository's. Tested in tests/tree/base_choice_test.cc and
// tests/tree/tree_test.cc.
#ifndef PATCHMILTER_TREE_BASE_BASE_CHOICE_H_
#define PATCHMILTER_TREE_BASE_BASE_CHOICE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "git/repository.h"
#include "tree/tree.h"

namespace patchmilter::tree {

struct BaseCandidate {
  git::ObjectId commit;
  git::ObjectId tree;
  std::string reason;   // "base-commit", "branch master as of …".
  bool stated = false;  // The stated base-commit.
};

// The first parents of branches, newest first, read as far as was needed and
// kept: series arrive in the order of time, walks are short.
class BranchHistory {
 public:
  explicit BranchHistory(git::Repository* repository)
      : repository_(repository) {}

  // The newest first parent of `tip` (itself included) that was committed at
  // or before `date`. Nothing where there is none, or history ends before
  // (a shallow clone), or it lies more than kMaxWalk commits back.
  Result<std::optional<git::CommitInfo>> At(const git::ObjectId& tip,
                                            UnixSeconds date);

  // Twenty years of the kernel's first parents are less.
  static constexpr std::size_t kMaxWalk = 200'000;

 private:
  struct Step {
    git::ObjectId commit;
    UnixSeconds committed = 0;
  };
  struct Walk {
    std::vector<Step> steps;
    std::optional<git::ObjectId> next;  // None at the end of history.
  };

  Status Extend(Walk* walk);

  git::Repository* repository_;
  std::map<git::ObjectId, Walk> walks_;  // By tip.
};

// Whether `branch` is what a subject calls `hint`: its last components, the end
// of its last behind a '-', or those in front of a last "main" or "master". In
// any case of letters; fewer than three letters say nothing.
bool MatchesHint(std::string_view branch, std::string_view hint);

// In order; each commit once. Empty only where no branch can be resolved: the
// Error says which and what to do.
Result<std::vector<BaseCandidate>> ChooseBases(git::Repository* repository,
                                               BranchHistory* history,
                                               const TreeConfig& config,
                                               const SeriesInput& series);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_BASE_BASE_CHOICE_H_
