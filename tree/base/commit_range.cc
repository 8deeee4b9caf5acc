#include "tree/base/commit_range.h"

#include <utility>

namespace patchmilter::tree {

CommitRange::CommitRange(git::History* history,
                         const std::vector<git::ObjectId>& tips, Bounds bounds)
    : history_(history), bounds_(std::move(bounds)) {
  for (const git::ObjectId& id : bounds_.hidden) Push(id, true);
  for (const git::ObjectId& id : tips) Push(id, false);
}

void CommitRange::Push(const git::ObjectId& id, bool hidden) {
  const auto [known, added] = met_.try_emplace(id);
  State& state = known->second;
  if (!added) {
    if (hidden && !state.hidden && state.waits) --waiting_;
    state.hidden = state.hidden || hidden;
    return;
  }
  state.hidden = hidden;
  const auto commit = history_->Read(id);
  if (!commit.ok() || commit->links.committed < bounds_.not_before) return;
  state.waits = true;
  if (!hidden) ++waiting_;
  queue_.Push(id, commit->links.committed);
}

std::optional<CommitRange::Item> CommitRange::Next() {
  while (waiting_ > 0 && walked_ < bounds_.commits) {
    const git::ObjectId id = queue_.Take().commit;
    State& state = met_[id];
    const bool hidden = state.hidden;
    state.waits = false;
    if (!hidden) --waiting_;
    ++walked_;
    auto commit = history_->Read(id);
    if (!commit.ok()) continue;
    for (const git::ObjectId& parent : commit->links.parents) {
      Push(parent, hidden);
    }
    if (!hidden) return Item{id, *std::move(commit)};
  }
  return std::nullopt;
}

}  // namespace patchmilter::tree
