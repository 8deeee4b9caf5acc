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
  struct Item {
    git::ObjectId commit;
    UnixSeconds date = 0;
    std::uint64_t order = 0;
    bool operator<(const Item& other) const {
      return date != other.date ? date < other.date : order > other.order;
    }
  };

  void Push(const git::ObjectId& commit, UnixSeconds date) {
    queue_.push({commit, date, pushed_++});
  }
  bool empty() const { return queue_.empty(); }
  // REQUIRES: !empty().
  Item Take() {
    const Item item = queue_.top();
    queue_.pop();
    return item;
  }
  // Where it was: for a step that failed.
  void PutBack(const Item& item) { queue_.push(item); }

 private:
  std::priority_queue<Item> queue_;
  std::uint64_t pushed_ = 0;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_COMMIT_QUEUE_H_
