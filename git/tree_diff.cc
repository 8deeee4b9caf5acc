#include "git/tree_diff.h"

#include <optional>
#include <utility>

namespace patchmilter::git {
namespace {

// Two directories of the same path that are gone through side by side.
struct Pair {
  std::size_t prefix = 0;  // How much of Comparison::path_ it is: "a/b/".
  std::vector<TreeEntry> old_entries;
  std::vector<TreeEntry> new_entries;
  std::size_t old_at = 0;
  std::size_t new_at = 0;
};

class Comparison {
 public:
  explicit Comparison(Repository* repository) : repository_(repository) {}

  // All that differs at `path`, given what stands there, of any kind, in both.
  Status Start(std::string_view path, const TreeEntry* before,
               const TreeEntry* after) {
    path_ = path;
    PM_RETURN_IF_ERROR(Take(before, after));
    while (!stack_.empty()) PM_RETURN_IF_ERROR(Step());
    return {};
  }

  std::vector<TreeChange> changes;

 private:
  static Error TooMuch() {
    return InvalidInput("the two trees differ in more than " +
                        std::to_string(kMaxTreeChanges) + " files");
  }

  // The same of path_.
  Status Take(const TreeEntry* before, const TreeEntry* after) {
    TreeChange change;
    ObjectId old_tree;
    ObjectId new_tree;
    if (before != nullptr) {
      (before->IsDirectory() ? old_tree : change.old_id) = before->id;
      if (!before->IsDirectory()) {
        change.old_mode = CanonicalMode(before->mode);
      }
    }
    if (after != nullptr) {
      (after->IsDirectory() ? new_tree : change.new_id) = after->id;
      if (!after->IsDirectory()) change.new_mode = CanonicalMode(after->mode);
    }
    if (change.old_mode != change.new_mode || change.old_id != change.new_id) {
      if (changes.size() >= kMaxTreeChanges) return TooMuch();
      change.path = path_;
      changes.push_back(std::move(change));
    }
    if (old_tree == new_tree) return {};
    if (!path_.empty()) path_ += '/';
    return Enter(old_tree, new_tree);
  }

  Status Enter(const ObjectId& old_tree, const ObjectId& new_tree) {
    if (old_tree == new_tree) return {};
    if (++entered_ > kMaxTreesCompared) return TooMuch();
    Pair pair;
    pair.prefix = path_.size();
    if (!old_tree.IsZero()) {
      PM_ASSIGN_OR_RETURN(pair.old_entries, repository_->ReadTree(old_tree));
    }
    if (!new_tree.IsZero()) {
      PM_ASSIGN_OR_RETURN(pair.new_entries, repository_->ReadTree(new_tree));
    }
    stack_.push_back(std::move(pair));
    return {};
  }

  // One entry of the pair on top.
  Status Step() {
    Pair& top = stack_.back();
    const TreeEntry* before = top.old_at < top.old_entries.size()
                                  ? &top.old_entries[top.old_at]
                                  : nullptr;
    const TreeEntry* after = top.new_at < top.new_entries.size()
                                 ? &top.new_entries[top.new_at]
                                 : nullptr;
    if (before == nullptr && after == nullptr) {
      stack_.pop_back();
      return {};
    }
    if (before != nullptr && after != nullptr) {
      if (ComesBefore(*before, *after)) {
        after = nullptr;
      } else if (ComesBefore(*after, *before)) {
        before = nullptr;
      }
    }
    // Entering another pair moves what is on top.
    std::optional<TreeEntry> old_entry;
    std::optional<TreeEntry> new_entry;
    if (before != nullptr) old_entry = top.old_entries[top.old_at++];
    if (after != nullptr) new_entry = top.new_entries[top.new_at++];
    if (old_entry && new_entry && old_entry->id == new_entry->id &&
        old_entry->mode == new_entry->mode) {
      return {};
    }
    path_.resize(top.prefix);
    path_ += old_entry ? old_entry->name : new_entry->name;
    return Take(old_entry ? &*old_entry : nullptr,
                new_entry ? &*new_entry : nullptr);
  }

  Repository* repository_;
  std::vector<Pair> stack_;
  std::string path_;  // Of the entry that is looked at.
  std::size_t entered_ = 0;
};

}  // namespace

Result<std::vector<TreeChange>> DiffTrees(Repository* repository,
                                          const ObjectId& old_tree,
                                          const ObjectId& new_tree,
                                          std::string_view path) {
  Comparison comparison(repository);
  if (path.empty()) {
    const TreeEntry old_root{"", kModeDirectory, old_tree};
    const TreeEntry new_root{"", kModeDirectory, new_tree};
    PM_RETURN_IF_ERROR(comparison.Start("", &old_root, &new_root));
    return std::move(comparison.changes);
  }
  std::optional<TreeEntry> before;
  std::optional<TreeEntry> after;
  if (!old_tree.IsZero()) {
    PM_ASSIGN_OR_RETURN(before, repository->Lookup(old_tree, path));
  }
  if (!new_tree.IsZero()) {
    PM_ASSIGN_OR_RETURN(after, repository->Lookup(new_tree, path));
  }
  PM_RETURN_IF_ERROR(comparison.Start(path, before ? &*before : nullptr,
                                      after ? &*after : nullptr));
  return std::move(comparison.changes);
}

}  // namespace patchmilter::git
