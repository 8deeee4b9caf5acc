#include "tree/apply/file_patch.h"

namespace patchmilter::tree {

FilePatch ReadFilePatch(const diff::Diff& diff, const diff::File& file) {
  FilePatch patch;
  patch.file = &file;
  patch.creates = file.change == diff::FileChange::kAdded;
  patch.deletes = file.change == diff::FileChange::kDeleted;
  patch.renames = file.change == diff::FileChange::kRenamed;
  patch.copies = file.change == diff::FileChange::kCopied;
  if (!patch.creates) patch.old_name = file.old_path;
  if (!patch.deletes) patch.new_name = file.new_path;
  patch.old_mode = file.old_mode;
  // One mode for both sides is that of the "index" line, which says what the
  // author's file had: the tree's own is kept.
  if (patch.creates || file.new_mode != file.old_mode) {
    patch.new_mode = file.new_mode;
  }
  const bool plain = !diff.View(file.header).starts_with("diff --git ");
  if (plain && patch.old_name && patch.new_name) {
    // Two names for one file ("x.c.orig", "x.c"): the shorter where the other
    // only adds to it, else the second.
    const bool first = patch.old_name->size() < patch.new_name->size() &&
                       patch.new_name->starts_with(*patch.old_name);
    (first ? patch.new_name : patch.old_name) =
        first ? *patch.old_name : *patch.new_name;
    patch.may_create = file.hunks.size() == 1 && file.hunks[0].old_count == 0;
  }
  return patch;
}

}  // namespace patchmilter::tree
