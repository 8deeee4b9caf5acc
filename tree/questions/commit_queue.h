// CommitQueue: commits that a walk has yet to look at, the latest first; of
// equal dates the one that was put in first. git's order of a walk.
// Threads: one. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_COMMIT_QUEUE_H_
#define PATCHMILTER_TREE_QUESTIONS_COMMIT_QUEUE_H_

#include <cstdint>
#include <queue>
#include <vector>

#include "base/clock.h"
#include "git/object_id.h"

namespace patchmilter::tree {

class CommitQueue {
 public:
  void Push(const git::ObjectId& commit, UnixSeconds date) {
    queue_.push({date, pushed_++, commit});
  }
  bool empty() const { return queue_.empty(); }
  // REQUIRES: !empty().
  git::ObjectId Pop() {
    const git::ObjectId commit = queue_.top().commit;
    queue_.pop();
    return commit;
  }

 private:
  struct Item {
    UnixSeconds date = 0;
    std::uint64_t order = 0;
    git::ObjectId commit;
    bool operator<(const Item& other) const {
      return date != other.date ? date < other.date : order > other.order;
    }
  };
  std::priority_queue<Item> queue_;
  std::uint64_t pushed_ = 0;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_COMMIT_QUEUE_H_
