#include "tree/apply/file_patch.h"

#include <utility>

#include "base/text.h"
#include "tree/apply/patch_header.h"

namespace patchmilter::tree {
namespace {

FilePatch ReadFilePatch(const diff::Diff& diff, const diff::File& file,
                        HeaderReader* reader) {
  FilePatch patch;
  patch.file = &file;
  PatchHeader header = reader->Read(diff.View(file.header));
  // Without a header diff/ found no way from its first line to a hunk.
  if (file.header.size == 0 || (header.ended_early && !file.hunks.empty())) {
    header.refusal =
        "corrupt patch: a line that is none of git's stands in the file's "
        "header";
  }
  patch.refusal = std::move(header.refusal);
  if (patch.refusal) return patch;
  patch.old_name = std::move(header.old_name);
  patch.new_name = std::move(header.new_name);
  patch.creates = header.creates;
  patch.deletes = header.deletes;
  patch.renames = header.renames;
  patch.copies = header.copies;
  patch.old_mode = header.old_mode;
  patch.new_mode = header.new_mode;
  patch.unprefixed = header.unprefixed;
  patch.may_create = header.plain && !header.creates && !header.deletes &&
                     file.hunks.size() == 1 && file.hunks[0].old_count == 0;
  return patch;
}

}  // namespace

std::vector<FilePatch> ReadFilePatches(const diff::Diff& diff) {
  std::vector<FilePatch> patches;
  patches.reserve(diff.files().size());
  HeaderReader reader;
  for (const diff::File& file : diff.files()) {
    patches.push_back(ReadFilePatch(diff, file, &reader));
  }
  return patches;
}

}  // namespace patchmilter::tree
