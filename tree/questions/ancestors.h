// Ancestors: whether a commit lies in the history that may be seen.
//
// Walks back from the heads by all parents, the latest date first, and goes on
// where the last question stopped. That a commit is there is said only when the
// walk has come to it; that it is not, only when the walk has come to its end:
// dates and generation numbers may lie, links cannot. Where the time ends
// first, nothing is known.
// Memory: 30 bytes a commit walked. Threads: the repository's.
// Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_ANCESTORS_H_
#define PATCHMILTER_TREE_QUESTIONS_ANCESTORS_H_

#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "git/history.h"
#include "tree/questions/commit_queue.h"
#include "tree/questions/meter.h"

namespace patchmilter::tree {

class Ancestors {
 public:
  explicit Ancestors(git::History* history) : history_(history) {}

  // REQUIRES: before the first Look().
  Status Start(const std::vector<git::ObjectId>& heads);

  enum class Found { kYes, kNo, kUnknown };
  Result<Found> Look(const git::ObjectId& commit, const Deadline& deadline);

 private:
  Status Push(const git::ObjectId& commit);
  Status PushParents(const git::ObjectId& commit);

  git::History* history_;
  CommitQueue queue_;
  std::unordered_set<git::ObjectId> seen_;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_ANCESTORS_H_
