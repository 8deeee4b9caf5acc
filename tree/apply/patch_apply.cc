// The order of the checks, and which file of a patch sees what an earlier one
// of the same patch has made, are git's (apply.c, check_patch): a type change
// is a deletion and a creation of one path, two files may swap names, a plain
// diff may change a file twice.
#include "tree/apply/patch_apply.h"

#include <set>
#include <utility>
#include <vector>

#include "tree/apply/binary_apply.h"
#include "tree/apply/file_patch.h"
#include "tree/apply/path_rules.h"
#include "tree/apply/text_apply.h"

namespace patchmilter::tree {
namespace {

// What earlier files of the patch have done with a path, or later ones will.
struct PathState {
  enum class Kind { kWillGo, kGone, kMade } kind = Kind::kWillGo;
  std::size_t maker = 0;  // Index of the file that made it.
};

class PatchApplier {
 public:
  PatchApplier(git::Repository* repository, const git::ObjectId& tree,
               const PatchText& text, Work* work, Consulted* consulted)
      : repository_(repository),
        tree_(tree),
        text_(text),
        work_(work),
        consulted_(consulted) {}

  Result<PatchOutcome> Run() {
    if (!CheckText()) return std::move(outcome_);
    PrepareTables();
    for (std::size_t i = 0; i < patches_.size(); ++i) {
      PM_ASSIGN_OR_RETURN(const bool fits, ApplyFile(i));
      if (!fits) return std::move(outcome_);
    }
    PM_RETURN_IF_ERROR(WriteResult());
    return std::move(outcome_);
  }

 private:
  // Notes why the patch does not apply; false, for the caller to return.
  bool Fail(std::string path, std::string_view reason,
            std::optional<std::uint32_t> hunk = std::nullopt) {
    if (work_->exhausted()) consulted_->complete = false;
    outcome_.failure =
        ApplyFailure{0, std::move(path), hunk, std::string(reason)};
    return false;
  }

  // What git finds before it looks at any file.
  bool CheckText() {
    if (const auto& refusal = text_.refusal()) {
      return Fail(refusal->path, refusal->reason, refusal->hunk);
    }
    patches_ = text_.files();
    if (!work_->Spend(text_.lines())) return Fail("", kTooMuchWork);
    // The tree's own mode can only be a link where a rule about links matters
    // more: what the patch makes is checked with the mode that it says.
    for (const FilePatch& patch : patches_) {
      for (const auto& name : {patch.old_name, patch.new_name}) {
        if (!name) continue;
        const std::uint32_t mode =
            patch.new_mode != 0 ? patch.new_mode : patch.old_mode;
        if (auto refusal = PathRefusal(*name, mode)) {
          return Fail(*name, *refusal);
        }
      }
    }
    return true;
  }

  void PrepareTables() {
    for (const FilePatch& patch : patches_) {
      if (patch.deletes || patch.renames) {
        paths_[*patch.old_name] = {PathState::Kind::kWillGo, 0};
        if (TypeOf(patch.old_mode) == git::kModeSymlink) {
          links_going_.insert(*patch.old_name);
        }
      }
      if (patch.new_name && TypeOf(patch.new_mode) == git::kModeSymlink) {
        links_made_.insert(*patch.new_name);
      }
    }
  }

  const PathState* FindState(const std::string& path) const {
    const auto found = paths_.find(path);
    return found == paths_.end() ? nullptr : &found->second;
  }

  // A file of the tree as it was before the patch; not a directory.
  Result<std::optional<git::TreeEntry>> FindFile(const std::string& path,
                                                 Consulted::Depth depth) {
    consulted_->Add(path, depth);
    work_->Spend(100);
    PM_ASSIGN_OR_RETURN(const auto found, repository_->Lookup(tree_, path));
    std::optional<git::TreeEntry> entry;
    if (!found || found->IsDirectory()) return entry;
    entry.emplace(*found);
    entry->mode = git::CanonicalMode(entry->mode);
    return entry;
  }

  Result<bool> ApplyFile(std::size_t index) {
    FilePatch& patch = patches_[index];
    std::optional<git::TreeEntry> entry;  // In the tree,
    const FilePatch* previous = nullptr;  // or made by this patch before.
    if (patch.old_name) {
      PM_ASSIGN_OR_RETURN(const bool found,
                          FindPreimage(&patch, &entry, &previous));
      if (!found) return false;
    }
    PM_ASSIGN_OR_RETURN(const bool may_stand, CheckNewName(&patch));
    if (!may_stand) return false;
    PM_ASSIGN_OR_RETURN(const bool changed,
                        ChangeContent(&patch, entry, previous));
    if (!changed) return false;

    if (patch.new_name) {
      paths_[*patch.new_name] = {PathState::Kind::kMade, index};
    }
    if (patch.deletes || patch.renames) {
      paths_[*patch.old_name] = {PathState::Kind::kGone, 0};
    }
    return true;
  }

  Result<bool> FindPreimage(FilePatch* patch,
                            std::optional<git::TreeEntry>* entry,
                            const FilePatch** previous) {
    const std::string& name = *patch->old_name;
    // Renames and copies do not depend on the order: they read the tree.
    const PathState* state =
        patch->renames || patch->copies ? nullptr : FindState(name);
    std::uint32_t mode = 0;
    if (state != nullptr && state->kind == PathState::Kind::kGone) {
      return Fail(name, "the same patch has renamed or deleted the file");
    }
    if (state != nullptr && state->kind == PathState::Kind::kMade) {
      *previous = &patches_[state->maker];
      mode = (*previous)->new_mode;
    } else {
      PM_ASSIGN_OR_RETURN(*entry, FindFile(name, Consulted::Depth::kContent));
      if (!*entry) {
        if (!patch->may_create) {
          return Fail(name, patch->WhyNotThere());
        }
        patch->creates = true;
        patch->old_name.reset();
        return true;
      }
      mode = (*entry)->mode;
    }
    patch->may_create = false;
    if (patch->old_mode == 0) patch->old_mode = mode;
    if (TypeOf(mode) != TypeOf(patch->old_mode)) {
      return Fail(name, "the file is of another type in the tree");
    }
    if (patch->new_mode == 0 && !patch->deletes) patch->new_mode = mode;
    return true;
  }

  Result<bool> CheckNewName(FilePatch* patch) {
    if (!patch->new_name) return true;
    const std::string& name = *patch->new_name;
    if (patch->creates || patch->renames || patch->copies) {
      const PathState* state = FindState(name);
      const bool may_exist =
          state != nullptr && state->kind != PathState::Kind::kMade;
      if (!may_exist) {
        PM_ASSIGN_OR_RETURN(const auto entry,
                            FindFile(name, Consulted::Depth::kType));
        if (entry) return Fail(name, "the file exists already");
      }
    }
    if (patch->new_mode == 0) {
      patch->new_mode = patch->creates ? git::kModeFile : patch->old_mode;
    }
    if (patch->old_name && TypeOf(patch->old_mode) != TypeOf(patch->new_mode)) {
      return Fail(name, "the patch changes the file's type in place");
    }
    PM_ASSIGN_OR_RETURN(const bool beyond, IsBeyondLink(name));
    if (beyond) return Fail(name, "the path leads through a symbolic link");
    return true;
  }

  Result<bool> IsBeyondLink(const std::string& name) {
    for (std::size_t slash = name.rfind('/');
         slash != std::string::npos && slash > 0;
         slash = name.rfind('/', slash - 1)) {
      const std::string parent = name.substr(0, slash);
      if (links_made_.count(parent) > 0) return true;
      if (links_going_.count(parent) > 0) continue;
      // What is a directory has only directories above it.
      if (!directories_.insert(parent).second) return false;
      PM_ASSIGN_OR_RETURN(const auto entry,
                          FindFile(parent, Consulted::Depth::kType));
      if (entry && entry->mode == git::kModeSymlink) return true;
    }
    return false;
  }

  // The bytes that the patch starts from; nothing after a Fail().
  Result<std::optional<std::string>> LoadPreimage(
      const FilePatch& patch, const std::optional<git::TreeEntry>& entry,
      const FilePatch* previous) {
    git::ObjectId id;
    if (previous != nullptr) {
      if (const auto* bytes = std::get_if<std::string>(&previous->result)) {
        work_->SpendBytes(bytes->size());
        return std::optional(*bytes);
      }
      id = std::get<git::ObjectId>(previous->result);
    } else if (entry) {
      id = entry->id;
    } else {
      return std::optional<std::string>("");
    }
    if (TypeOf(patch.old_mode) == git::kModeSubmodule) {
      return std::optional(std::string(kSubmodulePrefix) + id.Hex() + "\n");
    }
    PM_ASSIGN_OR_RETURN(const std::uint64_t size, repository_->BlobSize(id));
    std::optional<std::string> none;
    if (size > kMaxFileBytes) {
      Fail(patch.name(), "the file has " + std::to_string(size) +
                             " bytes, over the limit of " +
                             std::to_string(kMaxFileBytes));
      return none;
    }
    if (!work_->SpendBytes(size)) {
      Fail(patch.name(), kTooMuchWork);
      return none;
    }
    PM_ASSIGN_OR_RETURN(std::string bytes,
                        repository_->ReadBlob(id, kMaxFileBytes));
    return std::optional(std::move(bytes));
  }

  Result<bool> ChangeContent(FilePatch* patch,
                             const std::optional<git::TreeEntry>& entry,
                             const FilePatch* previous) {
    const diff::File& file = *patch->file;
    if (file.hunks.empty() && !file.binary && !patch->deletes &&
        !patch->creates) {
      if (previous != nullptr) {
        patch->result = previous->result;
      } else {
        patch->result = entry->id;
      }
      return true;
    }
    PM_ASSIGN_OR_RETURN(auto before, LoadPreimage(*patch, entry, previous));
    if (!before) return false;
    std::string after;
    if (file.binary) {
      PM_ASSIGN_OR_RETURN(auto changed, ApplyBinary(*patch, *before));
      if (!changed) return false;
      after = std::move(*changed);
    } else {
      TextResult text = ApplyHunks(*before, text_.diff(), file, work_);
      if (text.failed_hunk) {
        return Fail(patch->name(), text.reason, text.failed_hunk);
      }
      if (text.with_offset) outcome_.how = HowApplied::kOffset;
      after = std::move(text.bytes);
    }
    if (patch->deletes) {
      if (!after.empty()) {
        return Fail(patch->name(), "the deletion leaves content in the file");
      }
      return true;
    }
    return KeepResult(patch, std::move(after));
  }

  // The new bytes, or nothing after a Fail().
  Result<std::optional<std::string>> ApplyBinary(const FilePatch& patch,
                                                 const std::string& before) {
    const diff::File& file = *patch.file;
    std::optional<std::string> none;
    const auto old_id = git::ObjectId::FromHex(file.old_blob);
    const auto new_id = git::ObjectId::FromHex(file.new_blob);
    if (!old_id || !new_id) {
      Fail(patch.name(), "a binary patch without a full index line");
      return none;
    }
    work_->SpendBytes(before.size());
    if (patch.old_name) {
      if (git::Repository::HashBlob(before) != *old_id) {
        Fail(patch.name(),
             "the binary patch is for another version of the file");
        return none;
      }
    } else if (!before.empty()) {
      Fail(patch.name(), "the binary patch is for an empty file");
      return none;
    }
    if (new_id->IsZero()) return std::optional<std::string>("");
    // "Binary files differ" has no content: then the result must be known.
    std::optional<BinaryHunk> hunk;
    if (file.binary_patch.begin != 0) {
      auto parsed =
          ParseBinaryPatch(text_.diff().View(file.binary_patch), work_);
      if (!parsed.ok()) {
        Fail(patch.name(), parsed.error().message);
        return none;
      }
      hunk = std::move(parsed).value();
    }
    // Where it is known, git takes it whatever the patch holds.
    if (repository_->Has(*new_id)) {
      consulted_->complete = false;
      auto known = repository_->ReadBlob(*new_id, kMaxFileBytes);
      if (known.ok()) return std::optional(std::move(known).value());
    }
    if (!hunk) {
      Fail(patch.name(), "the binary patch has no content");
      return none;
    }
    std::string after = std::move(hunk->data);
    if (hunk->delta) {
      auto patched = ApplyDelta(before, after, work_);
      if (!patched.ok()) {
        Fail(patch.name(), patched.error().message);
        return none;
      }
      after = std::move(patched).value();
    }
    if (git::Repository::HashBlob(after) != *new_id) {
      Fail(patch.name(), "the binary patch does not make what it says");
      return none;
    }
    return std::optional(std::move(after));
  }

  bool KeepResult(FilePatch* patch, std::string bytes) {
    if (TypeOf(patch->new_mode) == git::kModeSubmodule) {
      const std::string_view text = bytes;
      const auto id = text.starts_with(kSubmodulePrefix)
                          ? git::ObjectId::FromHex(text.substr(
                                kSubmodulePrefix.size(), git::kHexIdLength))
                          : std::nullopt;
      if (!id) return Fail(patch->name(), "corrupt patch for a submodule");
      patch->result = *id;
      return true;
    }
    held_ += bytes.size();
    if (bytes.size() > kMaxFileBytes) {
      return Fail(patch->name(), "the file would be over the limit of " +
                                     std::to_string(kMaxFileBytes) + " bytes");
    }
    if (held_ + repository_->written_bytes() > kMaxSeriesBytes) {
      consulted_->complete = false;
      return Fail(patch->name(), "the series makes more than the limit of " +
                                     std::to_string(kMaxSeriesBytes) +
                                     " bytes");
    }
    patch->result = std::move(bytes);
    return true;
  }

  // Removals first, then what is made; the last one to make a path wins.
  Status WriteResult() {
    git::TreeEdits edits;
    for (const FilePatch& patch : patches_) {
      if (patch.old_name && !patch.copies) edits[*patch.old_name].reset();
    }
    for (const FilePatch& patch : patches_) {
      if (!patch.new_name || patch.deletes) continue;
      git::FileVersion version{git::CanonicalMode(patch.new_mode), {}};
      if (const auto* bytes = std::get_if<std::string>(&patch.result)) {
        PM_ASSIGN_OR_RETURN(version.id, repository_->WriteBlob(*bytes));
      } else {
        version.id = std::get<git::ObjectId>(patch.result);
      }
      edits[*patch.new_name] = version;
    }
    std::string conflict;
    auto tree = git::EditTree(repository_, tree_, edits, &conflict);
    if (tree.ok()) {
      outcome_.tree = *tree;
      return {};
    }
    if (tree.error().kind != ErrorKind::kInvalidInput) return tree.error();
    consulted_->complete = false;
    Fail(conflict, "the path would be a file and a directory at once");
    return {};
  }

  git::Repository* repository_;
  const git::ObjectId tree_;
  const PatchText& text_;
  Work* work_;
  Consulted* consulted_;
  std::vector<FilePatch> patches_;
  std::map<std::string, PathState> paths_;
  std::set<std::string> links_made_;
  std::set<std::string> links_going_;
  std::set<std::string> directories_;  // Parents that are no links.
  std::uint64_t held_ = 0;
  PatchOutcome outcome_;
};

}  // namespace

Result<PatchOutcome> ApplyPatch(git::Repository* repository,
                                const git::ObjectId& tree,
                                const PatchText& patch, Work* work,
                                Consulted* consulted) {
  return PatchApplier(repository, tree, patch, work, consulted).Run();
}

}  // namespace patchmilter::tree
