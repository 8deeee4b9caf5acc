// Reach: whether commits lie in the history of some heads, as far as that is
// cheap to know.
//
// Walks back by all parents, the latest first, goes on where the last question
// stopped, and ends kReachSlop before the date of the commit that is asked for:
// a clock may have been wrong by so much. (A commit that says that it is older
// than its parents counts as old as they: one wrong clock hides nothing.) What
// kMaxReach commits do not tell is not known, nor what lies behind the end of a
// shallow clone or damage. The clock plays no part: the answer is the same each
// time.
// Threads: the repository's. Tested in tests/tree/reach_test.cc.
#ifndef PATCHMILTER_TREE_BASE_REACH_H_
#define PATCHMILTER_TREE_BASE_REACH_H_

#include <optional>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "git/history.h"
#include "tree/questions/commit_queue.h"

namespace patchmilter::tree {

inline constexpr std::size_t kMaxReach = 20'000;
inline constexpr Seconds kReachSlop = Seconds{30} * 86'400;

class Reach {
 public:
  // Borrows the history.
  Reach(git::History* history, const std::vector<git::ObjectId>& heads,
        std::size_t most = kMaxReach);

  // Whether `commit` is one of the heads or behind one; nothing where that is
  // not known.
  std::optional<bool> Has(const git::ObjectId& commit);

 private:
  void Push(const git::ObjectId& commit);

  git::History* history_;
  CommitQueue queue_;
  std::unordered_set<git::ObjectId> seen_;
  std::size_t left_;
  bool whole_ = true;  // Nothing that it met was missing.
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_BASE_REACH_H_
