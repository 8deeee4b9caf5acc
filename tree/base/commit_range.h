// CommitRange: the commits behind some and not behind others, the latest first.
//
// As `git rev-list TIPS ^HIDDEN`, by date: where dates lie, some of the hidden
// ones may come, too.
// Errors: what cannot be read (damage, a shallow or partial clone) ends the
// walk there. Threads: the repository's. Tested in
// tests/tree/patch_search_test.cc.
#ifndef PATCHMILTER_TREE_BASE_COMMIT_RANGE_H_
#define PATCHMILTER_TREE_BASE_COMMIT_RANGE_H_

#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "git/history.h"
#include "tree/questions/commit_queue.h"

namespace patchmilter::tree {

class CommitRange {
 public:
  struct Bounds {
    std::vector<git::ObjectId> hidden = {};
    // What was made before is not walked, nor what it follows.
    UnixSeconds not_before = 0;
    std::size_t commits = 20'000;  // Read, hidden ones too.
  };
  // Borrows `history`.
  CommitRange(git::History* history, const std::vector<git::ObjectId>& tips,
              Bounds bounds);

  struct Item {
    git::ObjectId id;
    git::History::Commit commit;
  };
  // Nothing at the end, or at a bound.
  std::optional<Item> Next();

 private:
  struct State {
    bool hidden = false;
    bool waits = false;  // In the queue.
  };
  void Push(const git::ObjectId& id, bool hidden);

  git::History* history_;
  Bounds bounds_;
  CommitQueue queue_;
  std::unordered_map<git::ObjectId, State> met_;
  std::size_t waiting_ = 0;  // Not hidden.
  std::size_t walked_ = 0;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_BASE_COMMIT_RANGE_H_
