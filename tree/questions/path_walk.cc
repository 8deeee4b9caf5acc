// WalkPath: history as git simplifies it for a path ("Default mode" of History
// Simplification in git-log(1)).

#include <unordered_set>
#include <utility>

#include "tree/questions/commit_queue.h"
#include "tree/questions/commit_walk.h"

namespace patchmilter::tree {
namespace {

class PathWalk final : public CommitWalk {
 public:
  PathWalk(git::Repository* repository, git::History* history,
           const std::string& path)
      : history_(history), at_path_(repository, path), all_(path.empty()) {}

  Status Push(const git::ObjectId& commit) {
    if (seen_.contains(commit)) return {};
    PM_ASSIGN_OR_RETURN(const auto read, history_->Read(commit));
    seen_.insert(commit);
    queue_.Push(commit, read.links.committed);
    return {};
  }

 protected:
  bool AtEnd() const override { return queue_.empty(); }

  Status Step() override {
    const CommitQueue::Item next = queue_.Take();
    Status looked = Look(next.commit);
    if (!looked.ok()) queue_.PutBack(next);
    return looked;
  }

 private:
  Status Look(const git::ObjectId& id) {
    PM_ASSIGN_OR_RETURN(const auto commit, history_->Read(id));
    if (commit.shallow) SayShallow();
    bool shown = true;
    std::vector<git::ObjectId> follow = commit.links.parents;
    if (!all_) {
      PM_ASSIGN_OR_RETURN(const auto here, at_path_.At(commit.links.tree));
      // Without parents it is compared with the empty tree.
      if (follow.empty()) shown = here.mode != 0;
      for (const git::ObjectId& parent : commit.links.parents) {
        PM_ASSIGN_OR_RETURN(const auto before, history_->Read(parent));
        PM_ASSIGN_OR_RETURN(const auto there, at_path_.At(before.links.tree));
        if (there != here) continue;
        shown = false;
        follow = {parent};
        break;
      }
    }
    for (const git::ObjectId& parent : follow) {
      PM_RETURN_IF_ERROR(Push(parent));
    }
    if (shown) Show(id);
    return {};
  }

  git::History* history_;
  git::PathHistory at_path_;
  bool all_;
  CommitQueue queue_;
  std::unordered_set<git::ObjectId> seen_;
};

}  // namespace

Result<std::unique_ptr<CommitWalk>> WalkPath(git::Repository* repository,
                                             git::History* history,
                                             const git::ObjectId& head,
                                             const std::string& path) {
  auto walk = std::make_unique<PathWalk>(repository, history, path);
  PM_RETURN_IF_ERROR(walk->Push(head));
  return std::unique_ptr<CommitWalk>(std::move(walk));
}

}  // namespace patchmilter::tree
