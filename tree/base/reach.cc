#include "tree/base/reach.h"

#include <algorithm>

namespace patchmilter::tree {

Reach::Reach(git::History* history, const std::vector<git::ObjectId>& heads,
             std::size_t most)
    : history_(history), left_(most) {
  for (const git::ObjectId& head : heads) Push(head);
}

void Reach::Push(const git::ObjectId& commit) {
  if (!seen_.insert(commit).second) return;
  const auto read = history_->Read(commit);
  if (!read.ok() || read->shallow) whole_ = false;
  if (!read.ok()) return;
  UnixSeconds date = read->links.committed;
  for (const git::ObjectId& parent : read->links.parents) {
    const auto older = history_->Read(parent);
    if (older.ok()) date = std::max(date, older->links.committed);
  }
  queue_.Push(commit, date);
}

std::optional<bool> Reach::Has(const git::ObjectId& commit) {
  const auto wanted = history_->Read(commit);
  if (!wanted.ok()) return std::nullopt;
  while (!seen_.contains(commit)) {
    if (queue_.empty()) break;
    const CommitQueue::Item next = queue_.Take();
    if (next.date + kReachSlop < wanted->links.committed || left_ == 0) {
      queue_.PutBack(next);
      if (left_ == 0) return std::nullopt;
      break;
    }
    --left_;
    const auto read = history_->Read(next.commit);
    if (!read.ok()) continue;
    for (const git::ObjectId& parent : read->links.parents) Push(parent);
  }
  if (seen_.contains(commit)) return true;
  if (!whole_) return std::nullopt;
  return false;
}

}  // namespace patchmilter::tree
