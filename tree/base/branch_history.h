// BranchHistory: the first parents of branches, the newest first.
//
// Read as far as was needed and kept, by the tip they start from: series arrive
// in the order of time, walks are short.
// Errors: those of the repository; a shallow clone's end is the end.
// Threads: the repository's. Tested in tests/tree/base_choice_test.cc.
#ifndef PATCHMILTER_TREE_BASE_BRANCH_HISTORY_H_
#define PATCHMILTER_TREE_BASE_BRANCH_HISTORY_H_

#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "git/repository.h"

namespace patchmilter::tree {

class BranchHistory {
 public:
  explicit BranchHistory(git::Repository* repository)
      : repository_(repository) {}

  // Lets go of what was kept, where it has become much: tips move on while a
  // daemon lives.
  void Trim();

  // How far behind `tip` (0: itself) the newest first parent stands that was
  // committed at or before `date`. Nothing where there is none, or history ends
  // before, or it lies more than kMaxWalk commits back.
  Result<std::optional<std::size_t>> BackTo(const git::ObjectId& tip,
                                            UnixSeconds date);
  // The first parent that stands `back` commits behind `tip`; nothing behind
  // the end of history or kMaxWalk.
  Result<std::optional<git::ObjectId>> Commit(const git::ObjectId& tip,
                                              std::size_t back);

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

  Walk* WalkFrom(const git::ObjectId& tip);
  // Null where the walk ends before.
  Result<const Step*> StepAt(Walk* walk, std::size_t back);
  Status Extend(Walk* walk);

  git::Repository* repository_;
  std::map<git::ObjectId, Walk> walks_;  // By tip.
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_BASE_BRANCH_HISTORY_H_
