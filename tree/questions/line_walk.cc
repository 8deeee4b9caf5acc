// WalkLines: the history of some lines of a file.

#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "git/line_diff.h"
#include "tree/questions/commit_queue.h"
#include "tree/questions/commit_walk.h"
#include "tree/questions/read_file.h"
#include "tree/questions/renames.h"

namespace patchmilter::tree {
namespace {

// What is followed at one commit: by path, for a file may have two names on
// two branches.
using Followed = std::map<std::string, LineRanges>;

class LineWalk final : public CommitWalk {
 public:
  LineWalk(git::Repository* repository, git::History* history)
      : repository_(repository), history_(history) {}

  Status Push(const git::ObjectId& commit, const Followed& followed) {
    if (followed.empty()) return {};
    PM_ASSIGN_OR_RETURN(const auto read, history_->Read(commit));
    const auto [pending, fresh] = pending_.try_emplace(commit);
    for (const auto& [path, lines] : followed) {
      pending->second[path].Add(lines);
    }
    if (fresh) queue_.Push(commit, read.links.committed);
    return {};
  }

 protected:
  bool AtEnd() const override { return queue_.empty(); }

  Status Step() override {
    const CommitQueue::Item next = queue_.Take();
    Status looked = Look(next.commit);
    if (!looked.ok()) {
      queue_.PutBack(next);
      return looked;
    }
    pending_.erase(next.commit);
    return {};
  }

 private:
  struct Before {
    Followed followed;
    bool touched = false;
  };

  Status Look(const git::ObjectId& id) {
    PM_ASSIGN_OR_RETURN(const auto commit, history_->Read(id));
    if (commit.shallow) SayShallow();
    const Followed followed = pending_.find(id)->second;
    std::vector<Before> sides;
    for (const git::ObjectId& parent : commit.links.parents) {
      PM_ASSIGN_OR_RETURN(Before before,
                          Compare(followed, parent, commit.links.tree));
      if (!before.touched) {
        // This parent had the lines as they are.
        return Push(parent, before.followed);
      }
      sides.push_back(std::move(before));
    }
    for (std::size_t i = 0; i < sides.size(); ++i) {
      PM_RETURN_IF_ERROR(Push(commit.links.parents[i], sides[i].followed));
    }
    if (shown_.insert(id).second) Show(id);
    return {};
  }

  Result<Before> Compare(const Followed& followed, const git::ObjectId& parent,
                         const git::ObjectId& tree) {
    PM_ASSIGN_OR_RETURN(const auto commit, history_->Read(parent));
    const git::ObjectId& old_tree = commit.links.tree;
    Before all;
    for (const auto& [path, lines] : followed) {
      PM_ASSIGN_OR_RETURN(const auto after, AtPath(path).At(tree));
      PM_ASSIGN_OR_RETURN(auto before, AtPath(path).At(old_tree));
      std::string old_path = path;
      if (!IsFile(before)) {
        PM_ASSIGN_OR_RETURN(old_path,
                            OldNameOf(repository_, old_tree, tree, path));
        if (old_path.empty()) {
          all.touched = true;  // The commit made the file.
          continue;
        }
        PM_ASSIGN_OR_RETURN(before, AtPath(old_path).At(old_tree));
      }
      LineRanges::Before lines_before{lines, false};
      if (before.id != after.id) {
        PM_ASSIGN_OR_RETURN(const std::string old_text,
                            repository_->ReadBlob(before.id, kMaxReadBytes));
        PM_ASSIGN_OR_RETURN(const std::string new_text,
                            repository_->ReadBlob(after.id, kMaxReadBytes));
        PM_ASSIGN_OR_RETURN(
            const auto changes,
            git::DiffLines(old_text, new_text, git::DiffStyle::kFollowed));
        lines_before = lines.Follow(changes);
      }
      all.touched = all.touched || lines_before.touched;
      if (!lines_before.ranges.empty()) {
        all.followed[old_path].Add(lines_before.ranges);
      }
    }
    return all;
  }

  static bool IsFile(const git::PathHistory::Entry& entry) {
    return entry.mode != 0 && entry.mode != git::kModeDirectory &&
           entry.mode != git::kModeSubmodule;
  }

  git::PathHistory& AtPath(const std::string& path) {
    return paths_.try_emplace(path, repository_, path).first->second;
  }

  git::Repository* repository_;
  git::History* history_;
  std::map<std::string, git::PathHistory> paths_;
  CommitQueue queue_;
  std::unordered_map<git::ObjectId, Followed> pending_;
  std::unordered_set<git::ObjectId> shown_;
};

}  // namespace

Result<std::unique_ptr<CommitWalk>> WalkLines(git::Repository* repository,
                                              git::History* history,
                                              const git::ObjectId& head,
                                              const std::string& path,
                                              const LineRanges& lines) {
  auto walk = std::make_unique<LineWalk>(repository, history);
  PM_RETURN_IF_ERROR(walk->Push(head, {{path, lines}}));
  return std::unique_ptr<CommitWalk>(std::move(walk));
}

}  // namespace patchmilter::tree
