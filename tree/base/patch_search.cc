#include "tree/base/patch_search.h"

#include <algorithm>
#include <memory>
#include <unordered_set>
#include <utility>

#include "diff/diff.h"
#include "git/history.h"
#include "git/tree_diff.h"
#include "tree/questions/commit_queue.h"
#include "tree/questions/diff_text.h"

namespace patchmilter::tree {
namespace {

// A commit that changes more is no patch that came by mail.
constexpr std::size_t kMaxChanges = 2'000;
// Of a commit's diff as text.
constexpr std::size_t kMaxDiffText = 32U << 20;

class Search {
 public:
  Search(git::Repository* repository, const std::vector<WantedPatch>& wanted)
      : repository_(repository), history_(repository) {
    for (const WantedPatch& patch : wanted) {
      if (patch.patch_id.empty()) continue;
      wanted_.insert(patch.patch_id);
      if (patch.paths.empty()) {
        any_paths_ = true;
      } else {
        paths_.insert(patch.paths);
      }
    }
  }

  Status Walk(const std::vector<git::ObjectId>& tips,
              const PatchSearchBounds& bounds) {
    const auto until = std::chrono::steady_clock::now() + bounds.time;
    CommitQueue queue;
    std::unordered_set<git::ObjectId> seen;
    const auto push = [&](const git::ObjectId& id) {
      if (!seen.insert(id).second) return;
      const auto commit = history_.Read(id);
      if (!commit.ok() || commit->links.committed < bounds.not_before) return;
      queue.Push(id, commit->links.committed);
    };
    for (const git::ObjectId& tip : tips) push(tip);
    for (std::size_t looked = 0; looked < bounds.commits; ++looked) {
      if (queue.empty() || wanted_.empty()) break;
      if (std::chrono::steady_clock::now() >= until) break;
      const git::ObjectId id = queue.Take().commit;
      const auto commit = history_.Read(id);
      if (!commit.ok()) continue;
      for (const git::ObjectId& parent : commit->links.parents) push(parent);
      if (commit->links.parents.size() != 1 || commit->shallow) continue;
      PM_RETURN_IF_ERROR(Compare(id, commit->links));
    }
    return {};
  }

  std::map<std::string, git::ObjectId> TakeFound() { return std::move(found_); }

 private:
  Status Compare(const git::ObjectId& id, const git::CommitLinks& links) {
    const auto parent = history_.Read(links.parents.front());
    if (!parent.ok()) return {};
    const auto changes =
        git::DiffTrees(repository_, parent->links.tree, links.tree);
    if (!changes.ok() || changes->size() > kMaxChanges) return {};
    if (!any_paths_) {
      std::set<std::string> paths;
      for (const git::TreeChange& change : *changes) paths.insert(change.path);
      if (paths_.count(paths) == 0) return {};
    }
    const std::string patch_id = PatchIdOf(parent->links.tree, links.tree);
    const auto wanted = wanted_.find(patch_id);
    if (wanted == wanted_.end()) return {};
    found_.emplace(patch_id, id);
    wanted_.erase(wanted);
    return {};
  }

  // "" where it cannot be made.
  std::string PatchIdOf(const git::ObjectId& from, const git::ObjectId& to) {
    const auto pieces = DiffPieces(repository_, from, to, "");
    if (!pieces.ok()) return "";
    std::string text;
    for (std::size_t i = 0; i < (*pieces)->count(); ++i) {
      const auto piece = (*pieces)->Make(i);
      if (!piece.ok() || text.size() + piece->size() > kMaxDiffText) return "";
      text += *piece;
    }
    return diff::Diff::Parse(std::move(text)).StablePatchId();
  }

  git::Repository* repository_;
  git::History history_;
  std::set<std::string> wanted_;
  bool any_paths_ = false;
  std::set<std::set<std::string>> paths_;
  std::map<std::string, git::ObjectId> found_;
};

}  // namespace

Result<std::map<std::string, git::ObjectId>> FindPatches(
    git::Repository* repository, const std::vector<git::ObjectId>& tips,
    const std::vector<WantedPatch>& wanted, const PatchSearchBounds& bounds) {
  Search search(repository, wanted);
  PM_RETURN_IF_ERROR(search.Walk(tips, bounds));
  return search.TakeFound();
}

}  // namespace patchmilter::tree
