#include "tree/base/patch_search.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "diff/diff.h"
#include "git/history.h"
#include "git/tree_diff.h"
#include "tree/base/base_patch_id.h"
#include "tree/base/commit_range.h"
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
    CommitRange range(&history_, tips,
                      {bounds.not_behind, bounds.not_before, bounds.commits});
    while (!wanted_.empty() && std::chrono::steady_clock::now() < until) {
      const auto item = range.Next();
      if (!item) break;
      if (item->commit.links.parents.size() != 1 || item->commit.shallow) {
        continue;
      }
      PM_RETURN_IF_ERROR(Compare(item->id, item->commit.links));
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
    const diff::Diff diff = DiffOf(parent->links.tree, links.tree);
    if (diff.empty()) return {};
    if (!Take(diff.StablePatchId(), id) && any_paths_) {
      Take(BasePatchId(repository_, diff), id);
    }
    return {};
  }

  bool Take(const std::string& patch_id, const git::ObjectId& commit) {
    const auto wanted = wanted_.find(patch_id);
    if (wanted == wanted_.end()) return false;
    found_.emplace(patch_id, commit);
    wanted_.erase(wanted);
    return true;
  }

  // Nothing where it cannot be made.
  diff::Diff DiffOf(const git::ObjectId& from, const git::ObjectId& to) {
    const auto pieces = DiffPieces(repository_, from, to, "");
    if (!pieces.ok()) return {};
    std::string text;
    for (std::size_t i = 0; i < (*pieces)->count(); ++i) {
      const auto piece = (*pieces)->Make(i);
      if (!piece.ok() || text.size() + piece->size() > kMaxDiffText) return {};
      text += *piece;
    }
    return diff::Diff::Parse(std::move(text));
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
