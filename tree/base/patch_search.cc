#include "tree/base/patch_search.h"

#include <memory>
#include <unordered_map>
#include <utility>

#include "diff/diff.h"
#include "git/history.h"
#include "git/tree_diff.h"
#include "tree/base/base_patch_id.h"
#include "tree/base/commit_range.h"
#include "tree/base/path_changes.h"
#include "tree/questions/diff_text.h"

namespace patchmilter::tree {
namespace {

// A commit that changes more is no patch that came by mail.
constexpr std::size_t kMaxChanges = 2'000;
// Of a commit's diff as text.
constexpr std::size_t kMaxDiffText = 32U << 20;

class Search {
 public:
  Search(git::Repository* repository, const std::vector<WantedPatch>& wanted,
         const PatchSearchBounds& bounds, git::History* history)
      : repository_(repository),
        bounds_(bounds),
        own_history_(repository),
        history_(history != nullptr ? history : &own_history_),
        changes_(repository) {
    for (const WantedPatch& patch : wanted) {
      if (patch.patch_id.empty() || patch.paths.size() > kMaxChanges) continue;
      if (!wanted_.emplace(patch.patch_id, &patch).second) continue;
      any_paths_ = any_paths_ || patch.paths.empty();
      paths_.insert(patch.paths);
    }
    for (const std::set<std::string>& paths : paths_) {
      const std::size_t set = sizes_.size();
      sizes_.push_back(paths.size());
      for (const std::string& path : paths) {
        const std::size_t number = changes_.Add(path);
        sets_of_path_.resize(changes_.count());
        sets_of_path_[number].push_back(set);
      }
    }
  }

  Status Walk(const std::vector<git::ObjectId>& tips) {
    const auto start = std::chrono::steady_clock::now();
    const bool any_later =
        bounds_.not_after != std::numeric_limits<UnixSeconds>::max();
    CommitRange range(history_, tips,
                      {bounds_.not_behind, bounds_.not_before,
                       bounds_.commits + (any_later ? bounds_.later : 0)});
    std::size_t looked = 0;
    std::size_t later = 0;
    while (!wanted_.empty()) {
      if (bounds_.time &&
          std::chrono::steady_clock::now() - start >= *bounds_.time) {
        break;
      }
      const auto item = range.Next();
      if (!item) break;
      const git::CommitLinks& links = item->commit.links;
      const bool too_late = links.committed > bounds_.not_after;
      if (too_late ? ++later > bounds_.later : ++looked > bounds_.commits) {
        break;
      }
      if (too_late || links.parents.size() != 1 || item->commit.shallow) {
        continue;
      }
      PM_ASSIGN_OR_RETURN(const bool go_on, Compare(item->id, links));
      if (!go_on) break;
    }
    return {};
  }

  std::map<std::string, git::ObjectId> TakeFound() { return std::move(found_); }

 private:
  // Whether all paths of some wanted patch differ. What cannot be read does
  // not.
  bool TouchesAll(const git::ObjectId& from, const git::ObjectId& to) {
    if (any_paths_) return true;
    const auto changed = changes_.Between(from, to);
    if (!changed.ok()) return false;
    std::unordered_map<std::size_t, std::size_t> counts;  // By set of paths.
    for (const std::size_t path : *changed) {
      for (const std::size_t set : sets_of_path_[path]) {
        if (++counts[set] == sizes_[set]) return true;
      }
    }
    return false;
  }

  // False where no more may be compared.
  Result<bool> Compare(const git::ObjectId& id, const git::CommitLinks& links) {
    const auto parent = history_->Read(links.parents.front());
    if (!parent.ok() || !TouchesAll(parent->links.tree, links.tree)) {
      return true;
    }
    const auto changes =
        git::DiffTrees(repository_, parent->links.tree, links.tree);
    if (!changes.ok() || changes->size() > kMaxChanges) return true;
    if (!any_paths_) {
      std::set<std::string> paths;
      for (const git::TreeChange& change : *changes) paths.insert(change.path);
      if (paths_.count(paths) == 0) return true;
    }
    const diff::Diff diff = DiffOf(parent->links.tree, links.tree);
    if (!diff.empty()) {
      PM_ASSIGN_OR_RETURN(const bool taken, Take(diff.StablePatchId(), id));
      if (!taken && any_paths_) {
        const auto by_base = Take(BasePatchId(repository_, diff), id);
        if (!by_base.ok()) return by_base.error();
      }
    }
    return diff_bytes_ <= bounds_.diff_bytes;
  }

  // Whether it is wanted.
  Result<bool> Take(const std::string& patch_id, const git::ObjectId& commit) {
    const auto wanted = wanted_.find(patch_id);
    if (wanted == wanted_.end()) return false;
    if (wanted->second->accept) {
      PM_ASSIGN_OR_RETURN(const bool accepted, wanted->second->accept(commit));
      if (!accepted) return true;
    }
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
      diff_bytes_ += piece->size();
    }
    return diff::Diff::Parse(std::move(text));
  }

  git::Repository* repository_;
  const PatchSearchBounds& bounds_;
  git::History own_history_;
  git::History* history_;
  std::map<std::string, const WantedPatch*> wanted_;  // By patch-id.
  bool any_paths_ = false;
  std::set<std::set<std::string>> paths_;
  PathChanges changes_;
  std::vector<std::size_t> sizes_;  // Of each set in paths_.
  std::vector<std::vector<std::size_t>> sets_of_path_;  // By path's number.
  std::size_t diff_bytes_ = 0;
  std::map<std::string, git::ObjectId> found_;
};

}  // namespace

Result<std::map<std::string, git::ObjectId>> FindPatches(
    git::Repository* repository, const std::vector<git::ObjectId>& tips,
    const std::vector<WantedPatch>& wanted, const PatchSearchBounds& bounds,
    git::History* history) {
  Search search(repository, wanted, bounds, history);
  PM_RETURN_IF_ERROR(search.Walk(tips));
  return search.TakeFound();
}

}  // namespace patchmilter::tree
