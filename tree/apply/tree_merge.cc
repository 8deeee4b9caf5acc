// The cases and their order are those of git's merge-recursive.c (process_entry
// and process_renames) and unpack-trees.c (threeway_merge). Only whether the
// merge is clean and what it makes is wanted here, so the first conflict ends
// it.
#include "tree/apply/tree_merge.h"

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "git/merge.h"
#include "git/tree_edit.h"
#include "tree/apply/file_patch.h"
#include "tree/apply/rename_detection.h"
#include "tree/listing.h"

namespace patchmilter::tree {
namespace {

using Version = std::optional<git::FileVersion>;
using Files = std::map<std::string, git::FileVersion>;
using Renames = std::map<std::string, std::string>;

constexpr std::size_t kBinaryLook = 8000;

// What stands at one path on the three sides.
struct Stages {
  Version base;
  Version ours;
  Version theirs;
};

bool IsBinary(std::string_view bytes) {
  return bytes.substr(0, kBinaryLook).find('\0') != std::string_view::npos;
}

class Merger {
 public:
  Merger(git::Repository* repository, const git::ObjectId& base,
         const git::ObjectId& ours, const git::ObjectId& theirs, Work* work)
      : repository_(repository),
        base_tree_(base),
        ours_tree_(ours),
        theirs_tree_(theirs),
        work_(work) {}

  Result<TreeMerge> Run() {
    if (base_tree_ == theirs_tree_) {
      outcome_.clean = true;
      outcome_.tree = ours_tree_;
      return std::move(outcome_);
    }
    PM_ASSIGN_OR_RETURN(base_, FilesOf(base_tree_));
    PM_ASSIGN_OR_RETURN(theirs_, FilesOf(theirs_tree_));
    PM_ASSIGN_OR_RETURN(const bool whole, TakeTrivial());
    if (!whole) {
      PM_ASSIGN_OR_RETURN(const bool renamed, TakeRenames());
      if (!renamed) return std::move(outcome_);
      for (const std::string& path : open_) {
        if (processed_.count(path) > 0) continue;
        PM_ASSIGN_OR_RETURN(const bool merged, TakeEntry(path));
        if (!merged) return std::move(outcome_);
      }
    }
    PM_RETURN_IF_ERROR(WriteResult());
    return std::move(outcome_);
  }

 private:
  bool Conflict(std::string path, std::string_view reason) {
    outcome_.path = std::move(path);
    outcome_.reason =
        work_->exhausted() ? std::string(kTooMuchWork) : std::string(reason);
    return false;
  }

  // A tree of the files of one patch.
  Result<Files> FilesOf(const git::ObjectId& tree) {
    Files files;
    PM_ASSIGN_OR_RETURN(const Listing listing,
                        Listing::Walk(repository_, tree));
    for (auto at = listing.From(""); at.valid(); at.Next()) {
      files.emplace(std::string(at->path),
                    git::FileVersion{at->mode, at->blob});
    }
    return files;
  }

  static Version Find(const Files& files, const std::string& path) {
    const auto found = files.find(path);
    return found == files.end() ? Version() : Version(found->second);
  }

  Result<Version> FindOurs(const std::string& path) {
    work_->Spend(100);
    PM_ASSIGN_OR_RETURN(const auto entry,
                        repository_->Lookup(ours_tree_, path));
    if (!entry || entry->IsDirectory()) return Version();
    return Version(
        git::FileVersion{git::CanonicalMode(entry->mode), entry->id});
  }

  Result<Stages> StagesOf(const std::string& path) {
    Stages stages;
    stages.base = Find(base_, path);
    stages.theirs = Find(theirs_, path);
    PM_ASSIGN_OR_RETURN(stages.ours, FindOurs(path));
    return stages;
  }

  // Where only one side changed a file, or both did alike; a file that went
  // from one side may have been renamed, and is left open. True where nothing
  // is.
  Result<bool> TakeTrivial() {
    std::set<std::string> paths;
    for (const auto& [path, file] : base_) paths.insert(path);
    for (const auto& [path, file] : theirs_) paths.insert(path);
    for (const std::string& path : paths) {
      PM_ASSIGN_OR_RETURN(const Stages stages, StagesOf(path));
      const auto& [base, ours, theirs] = stages;
      if (base && !ours) gone_.push_back({path, *base});
      if (theirs && ours == base && theirs != base) {
        edits_[path] = theirs;
      } else if (!ours || (ours != theirs && theirs != base)) {
        open_.push_back(path);
      }
    }
    return open_.empty();
  }

  Result<Renames> RenamesOfTheirs() {
    std::vector<NamedFile> gone;
    std::vector<NamedFile> come;
    for (const auto& file : base_) {
      if (theirs_.count(file.first) == 0) gone.push_back(file);
    }
    for (const auto& file : theirs_) {
      if (base_.count(file.first) == 0) come.push_back(file);
    }
    return DetectRenames(repository_, gone, come, work_);
  }

  // Looks for them in the whole tree.
  Result<Renames> RenamesOfOurs() {
    if (gone_.empty()) return Renames();
    PM_ASSIGN_OR_RETURN(const Listing listing,
                        Listing::Walk(repository_, ours_tree_));
    work_->Spend(listing.size());
    std::vector<NamedFile> come;
    come.reserve(listing.size());
    for (auto at = listing.From(""); at.valid(); at.Next()) {
      std::string path(at->path);
      if (base_.count(path) > 0) continue;
      come.emplace_back(std::move(path), git::FileVersion{at->mode, at->blob});
    }
    return DetectRenames(repository_, gone_, come, work_);
  }

  // False after a Conflict().
  Result<bool> TakeRenames() {
    PM_ASSIGN_OR_RETURN(const Renames ours, RenamesOfOurs());
    PM_ASSIGN_OR_RETURN(const Renames theirs, RenamesOfTheirs());
    std::set<std::string> our_targets;
    for (const auto& [from, to] : ours) our_targets.insert(to);
    for (const auto& [from, to] : theirs) {
      const auto both = ours.find(from);
      if (both != ours.end()) {
        if (both->second != to) {
          return Conflict(from, "the tree has it as " + both->second +
                                    ", the patch renames it to " + to);
        }
        continue;
      }
      if (our_targets.count(to) > 0) {
        return Conflict(to, "two files are renamed to it");
      }
    }
    for (const auto& [from, to] : ours) {
      PM_ASSIGN_OR_RETURN(const bool merged,
                          theirs.count(from) > 0
                              ? TakeRenameOfBoth(from, to)
                              : TakeRename(from, to, /*ours=*/true));
      if (!merged) return false;
    }
    for (const auto& [from, to] : theirs) {
      if (ours.count(from) > 0) continue;
      PM_ASSIGN_OR_RETURN(const bool merged,
                          TakeRename(from, to, /*ours=*/false));
      if (!merged) return false;
    }
    return true;
  }

  Result<bool> TakeRenameOfBoth(const std::string& from,
                                const std::string& to) {
    processed_.insert({from, to});
    PM_ASSIGN_OR_RETURN(const Version ours, FindOurs(to));
    PM_ASSIGN_OR_RETURN(
        const Version merged,
        MergeContent(to, *Find(base_, from), *ours, *Find(theirs_, to)));
    if (!merged) return false;
    edits_[from].reset();
    edits_[to] = merged;
    return true;
  }

  // One side has renamed the file, the other may have changed it.
  Result<bool> TakeRename(const std::string& from, const std::string& to,
                          bool ours) {
    processed_.insert({from, to});
    PM_ASSIGN_OR_RETURN(const Stages at_from, StagesOf(from));
    PM_ASSIGN_OR_RETURN(const Stages at_to, StagesOf(to));
    const git::FileVersion& base = *at_from.base;
    const git::FileVersion& renamed = ours ? *at_to.ours : *at_to.theirs;
    const Version& other = ours ? at_from.theirs : at_from.ours;
    const Version& in_the_way = ours ? at_to.theirs : at_to.ours;
    edits_[from].reset();
    if (!other) {
      return Conflict(from, ours
                                ? "the patch deletes what the tree has as " + to
                                : "the tree has it no more, the patch "
                                  "renames it to " +
                                      to);
    }
    if (in_the_way == renamed) {
      edits_[to] = renamed;
      return true;
    }
    PM_ASSIGN_OR_RETURN(Version merged,
                        ours ? MergeContent(to, base, renamed, *other)
                             : MergeContent(to, base, *other, renamed));
    if (!merged) return false;
    if (in_the_way) {
      PM_ASSIGN_OR_RETURN(merged,
                          MergeContent(to, std::nullopt, *merged, *in_the_way));
      if (!merged) return false;
    }
    edits_[to] = merged;
    return true;
  }

  // False after a Conflict().
  Result<bool> TakeEntry(const std::string& path) {
    PM_ASSIGN_OR_RETURN(const Stages stages, StagesOf(path));
    const auto& [base, ours, theirs] = stages;
    if (base && (!ours || !theirs)) {
      const bool unchanged = (!ours && !theirs) || (!theirs && ours == base) ||
                             (!ours && theirs == base);
      if (!unchanged) {
        return Conflict(path, ours ? "the patch deletes it, the tree has "
                                     "another version"
                                   : "the file is not in the tree");
      }
      edits_[path].reset();
      return true;
    }
    if (!ours || !theirs) {
      if (theirs) edits_[path] = theirs;
      return true;
    }
    PM_ASSIGN_OR_RETURN(const Version merged,
                        MergeContent(path, base, *ours, *theirs));
    if (!merged) return false;
    edits_[path] = merged;
    return true;
  }

  // git's merge_mode_and_contents. Nothing after a Conflict().
  Result<Version> MergeContent(const std::string& path, const Version& base,
                               const git::FileVersion& ours,
                               const git::FileVersion& theirs) {
    const auto conflict = [this, &path](std::string_view reason) {
      Conflict(path, reason);
      return Version();
    };
    if (TypeOf(ours.mode) != TypeOf(theirs.mode)) {
      return conflict("it is of another type in the tree");
    }
    const std::uint32_t base_mode = base ? base->mode : 0;
    git::FileVersion merged;
    merged.mode = ours.mode == theirs.mode || ours.mode == base_mode
                      ? theirs.mode
                      : ours.mode;
    const bool modes_differ = ours.mode != theirs.mode &&
                              ours.mode != base_mode &&
                              theirs.mode != base_mode;
    if (ours.id == theirs.id || (base && ours.id == base->id)) {
      merged.id = theirs.id;
    } else if (base && theirs.id == base->id) {
      merged.id = ours.id;
    } else if (TypeOf(ours.mode) != TypeOf(git::kModeFile)) {
      return conflict("both sides changed a link or a submodule");
    } else {
      PM_ASSIGN_OR_RETURN(const auto id, MergeTexts(path, base, ours, theirs));
      if (!id) return Version();
      merged.id = *id;
      // A merge of contents makes git forget that the modes disagree.
      return Version(merged);
    }
    if (modes_differ) return conflict("both sides changed its mode");
    return Version(merged);
  }

  Result<std::optional<git::ObjectId>> MergeTexts(
      const std::string& path, const Version& base,
      const git::FileVersion& ours, const git::FileVersion& theirs) {
    std::optional<git::ObjectId> none;
    if (base && TypeOf(base->mode) == git::kModeSubmodule) {
      Conflict(path, "both sides made a file of a submodule");
      return none;
    }
    std::string texts[3];
    const git::ObjectId* ids[] = {base ? &base->id : nullptr, &ours.id,
                                  &theirs.id};
    for (int i = 0; i < 3; ++i) {
      if (ids[i] == nullptr) continue;
      PM_ASSIGN_OR_RETURN(const std::uint64_t size,
                          repository_->BlobSize(*ids[i]));
      // A diff of two files costs more than reading them.
      if (size > kMaxFileBytes || !work_->Spend(4 * size)) {
        Conflict(path, "too large to be merged");
        return none;
      }
      PM_ASSIGN_OR_RETURN(texts[i],
                          repository_->ReadBlob(*ids[i], kMaxFileBytes));
      if (IsBinary(texts[i])) {
        Conflict(path, "both sides changed a binary file");
        return none;
      }
    }
    PM_ASSIGN_OR_RETURN(const auto merged,
                        git::MergeText(texts[0], texts[1], texts[2]));
    if (!merged) {
      Conflict(path, "the patch and the tree change the same lines");
      return none;
    }
    if (merged->size() > kMaxFileBytes ||
        merged->size() + repository_->written_bytes() > kMaxSeriesBytes) {
      Conflict(path, "the merge makes more than the limit");
      return none;
    }
    PM_ASSIGN_OR_RETURN(const git::ObjectId id,
                        repository_->WriteBlob(*merged));
    return std::optional(id);
  }

  Status WriteResult() {
    std::string conflict;
    auto tree = git::EditTree(repository_, ours_tree_, edits_, &conflict);
    if (tree.ok()) {
      outcome_.clean = true;
      outcome_.tree = *tree;
      return {};
    }
    if (tree.error().kind != ErrorKind::kInvalidInput) return tree.error();
    Conflict(conflict, "the path would be a file and a directory at once");
    return {};
  }

  git::Repository* repository_;
  const git::ObjectId base_tree_;
  const git::ObjectId ours_tree_;
  const git::ObjectId theirs_tree_;
  Work* work_;
  Files base_;
  Files theirs_;
  std::vector<NamedFile> gone_;  // In base, not in ours.
  std::vector<std::string> open_;
  std::set<std::string> processed_;
  git::TreeEdits edits_;
  TreeMerge outcome_;
};

}  // namespace

Result<TreeMerge> MergeTrees(git::Repository* repository,
                             const git::ObjectId& base,
                             const git::ObjectId& ours,
                             const git::ObjectId& theirs, Work* work) {
  return Merger(repository, base, ours, theirs, work).Run();
}

}  // namespace patchmilter::tree
