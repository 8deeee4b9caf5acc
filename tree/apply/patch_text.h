// PatchText: a patch as git apply (2.39) reads it: its files, their names,
// modes and hunks, or why it is corrupt.
//
// diff/ reads a diff as a person would, and keeps what is nearly one; whether a
// patch applies is git's to say, so here the rules are git's (apply.c): a line
// that none of them foresees makes the whole patch corrupt. What git reads of a
// mail is the text from the first line on that ends the commit message ("---",
// "diff -", "Index: "; mailinfo.c).
//
// Meant otherwise than git: a binary patch that cannot be read fails the patch
// (git drops it with all files behind it, and applies the rest).
//
// Input: hostile bytes, within the bounds of diff::Diff. Linear.
// Ownership: borrows the diff. Not copied or moved: its parts point to each
// other. Threads: const use from any.
// Tested in tests/tree/patch_text_test.cc, and against git by
// tests/tree/property_test.cc and am_history.py.
#ifndef PATCHMILTER_TREE_APPLY_PATCH_TEXT_H_
#define PATCHMILTER_TREE_APPLY_PATCH_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diff/diff.h"
#include "tree/apply/file_patch.h"

namespace patchmilter::tree {

// Why a patch is none that git reads.
struct TextRefusal {
  std::string path;                   // Of the file it is in; "" for none.
  std::optional<std::uint32_t> hunk;  // Its index in the file.
  std::string reason;
};

class PatchText {
 public:
  explicit PatchText(const diff::Diff& diff);
  explicit PatchText(diff::Diff&&) = delete;
  PatchText(const PatchText&) = delete;
  PatchText& operator=(const PatchText&) = delete;

  // Then files() are those in front of it.
  const std::optional<TextRefusal>& refusal() const { return refusal_; }
  const std::vector<FilePatch>& files() const { return files_; }
  const diff::Diff& diff() const { return diff_; }  // For View().
  // Lines of all hunks.
  std::size_t lines() const { return lines_; }

 private:
  friend class PatchReader;

  const diff::Diff& diff_;
  std::vector<diff::File> parsed_;
  std::vector<FilePatch> files_;
  std::optional<TextRefusal> refusal_;
  std::size_t lines_ = 0;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_APPLY_PATCH_TEXT_H_
