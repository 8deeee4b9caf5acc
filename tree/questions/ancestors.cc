#include "tree/questions/ancestors.h"

namespace patchmilter::tree {
namespace {

// Commits between two looks at the clock.
constexpr int kStride = 64;

}  // namespace

Status Ancestors::Push(const git::ObjectId& commit) {
  if (seen_.contains(commit)) return {};
  PM_ASSIGN_OR_RETURN(const auto read, history_->Read(commit));
  seen_.insert(commit);
  queue_.Push(commit, read.links.committed);
  return {};
}

Status Ancestors::PushParents(const git::ObjectId& commit) {
  PM_ASSIGN_OR_RETURN(const auto read, history_->Read(commit));
  for (const git::ObjectId& parent : read.links.parents) {
    PM_RETURN_IF_ERROR(Push(parent));
  }
  return {};
}

Status Ancestors::Start(const std::vector<git::ObjectId>& heads) {
  for (const git::ObjectId& head : heads) PM_RETURN_IF_ERROR(Push(head));
  return {};
}

Result<Ancestors::Found> Ancestors::Look(const git::ObjectId& commit,
                                         const Deadline& deadline) {
  for (int step = 0; !seen_.contains(commit); ++step) {
    if (queue_.empty()) return Found::kNo;
    if (step % kStride == kStride - 1 && deadline.IsOver()) {
      return Found::kUnknown;
    }
    const CommitQueue::Item next = queue_.Take();
    Status pushed = PushParents(next.commit);
    if (!pushed.ok()) {
      queue_.PutBack(next);
      return pushed.error();
    }
  }
  return Found::kYes;
}

}  // namespace patchmilter::tree
