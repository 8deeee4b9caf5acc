#include "tree/apply/fake_ancestor.h"

#include <optional>
#include <utility>

#include "git/tree_edit.h"
#include "tree/apply/file_patch.h"
#include "tree/apply/path_rules.h"

namespace patchmilter::tree {
namespace {

bool ChangesLines(const diff::File& file) {
  for (const diff::Hunk& hunk : file.hunks) {
    for (const diff::Line& line : hunk.lines) {
      if (line.kind == diff::LineKind::kAdded ||
          line.kind == diff::LineKind::kRemoved) {
        return true;
      }
    }
  }
  return false;
}

// The commit that a submodule stood at: the only hunk's removed line, or a
// full id on the index line.
std::optional<git::ObjectId> OldSubmodule(const diff::Diff& diff,
                                          const diff::File& file) {
  if (file.hunks.size() == 1) {
    const diff::Hunk& hunk = file.hunks.front();
    if (hunk.old_start == 1 && hunk.old_count == 1 && !hunk.lines.empty() &&
        hunk.lines.front().kind == diff::LineKind::kRemoved) {
      std::string_view text = diff.View(hunk.lines.front().span);
      if (text.starts_with(kSubmodulePrefix)) {
        text.remove_prefix(kSubmodulePrefix.size());
        const auto id = git::ObjectId::FromHex(text);
        if (id && text.starts_with(file.old_blob)) return id;
      }
    }
  }
  return git::ObjectId::FromHex(file.old_blob);
}

class Builder {
 public:
  Builder(git::Repository* repository, const git::ObjectId& ours,
          const PatchText& text, Work* work)
      : repository_(repository), ours_(ours), text_(text), work_(work) {}

  Result<FakeAncestor> Run() {
    git::TreeEdits edits;
    for (const FilePatch& patch : text_.files()) {
      if (patch.creates) continue;
      const std::string& path = patch.name();
      if (auto refusal = PathRefusal(path, patch.old_mode)) {
        return Fail(path, *refusal);
      }
      if (!work_->Spend(100)) return Fail(path, kTooMuchWork);
      PM_ASSIGN_OR_RETURN(const auto id, OldContent(patch));
      if (!id) {
        return Fail(path,
                    "the version that the patch was made for is not in the "
                    "repository");
      }
      edits[path] = git::FileVersion{git::CanonicalMode(patch.old_mode), *id};
    }
    PM_ASSIGN_OR_RETURN(const git::ObjectId empty, repository_->WriteTree({}));
    std::string conflict;
    const auto tree = git::EditTree(repository_, empty, edits, &conflict);
    if (!tree.ok()) {
      if (tree.error().kind != ErrorKind::kInvalidInput) return tree.error();
      return Fail(conflict, "the path would be a file and a directory at once");
    }
    FakeAncestor ancestor;
    ancestor.tree = *tree;
    return ancestor;
  }

 private:
  static FakeAncestor Fail(std::string path, std::string_view reason) {
    return {git::ObjectId(), std::move(path), std::string(reason)};
  }

  Result<std::optional<git::ObjectId>> OldContent(const FilePatch& patch) {
    const diff::File& file = *patch.file;
    if (TypeOf(patch.old_mode) == git::kModeSubmodule) {
      return OldSubmodule(text_.diff(), file);
    }
    PM_ASSIGN_OR_RETURN(auto id, repository_->FindBlob(file.old_blob));
    // A full id is taken at its word by git, and then not found.
    const bool full = file.old_blob.size() == git::kHexIdLength;
    if (id || full || ChangesLines(file)) return id;
    PM_ASSIGN_OR_RETURN(const auto entry,
                        repository_->Lookup(ours_, patch.name()));
    // A submodule's commit is no content: git finds no such object either.
    if (entry && !entry->IsDirectory() &&
        TypeOf(entry->mode) != git::kModeSubmodule) {
      id = entry->id;
    }
    return id;
  }

  git::Repository* repository_;
  const git::ObjectId ours_;
  const PatchText& text_;
  Work* work_;
};

}  // namespace

Result<FakeAncestor> BuildFakeAncestor(git::Repository* repository,
                                       const git::ObjectId& ours,
                                       const PatchText& patch, Work* work) {
  return Builder(repository, ours, patch, work).Run();
}

}  // namespace patchmilter::tree
