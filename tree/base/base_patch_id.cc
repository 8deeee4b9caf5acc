#include "tree/base/base_patch_id.h"

#include <fmt/format.h>

#include <vector>

namespace patchmilter::tree {
namespace {

std::string FullId(git::Repository* repository, const std::string& hex) {
  const auto id = repository->FindBlob(hex);
  return id.ok() && *id ? (*id)->Hex() : git::ObjectId().Hex();
}

// What git counts of a file's diff.
std::string TextOf(git::Repository* repository, const diff::Diff& diff,
                   const diff::File& file) {
  const bool added = file.old_path.empty();
  const bool deleted = file.new_path.empty();
  const std::string& old_path = added ? file.new_path : file.old_path;
  const std::string& new_path = deleted ? file.old_path : file.new_path;
  std::string text = "diff --git a/" + old_path + "b/" + new_path;
  if (added) {
    text += fmt::format("new file mode {:06o}", file.new_mode);
  } else if (deleted) {
    text += fmt::format("deleted file mode {:06o}", file.old_mode);
  } else if (file.old_mode != file.new_mode) {
    text += fmt::format("old mode {:06o} new mode {:06o}", file.old_mode,
                        file.new_mode);
  }
  if (file.binary) {
    return text + FullId(repository, file.old_blob) +
           FullId(repository, file.new_blob);
  }
  text += "---" + (added ? "/dev/null" : "a/" + old_path);
  text += "+++" + (deleted ? "/dev/null" : "b/" + new_path);
  for (const diff::Hunk& hunk : file.hunks) {
    for (const diff::Line& line : hunk.lines) {
      if (line.kind == diff::LineKind::kNoNewline) continue;
      if (line.kind == diff::LineKind::kAdded) text += '+';
      if (line.kind == diff::LineKind::kRemoved) text += '-';
      text += diff.View(line.span);
    }
  }
  return text;
}

}  // namespace

std::string BasePatchId(git::Repository* repository, const diff::Diff& diff) {
  if (diff.empty()) return "";
  std::vector<std::string> texts;
  texts.reserve(diff.files().size());
  for (const diff::File& file : diff.files()) {
    texts.push_back(TextOf(repository, diff, file));
  }
  return diff::StableSum(texts);
}

}  // namespace patchmilter::tree
