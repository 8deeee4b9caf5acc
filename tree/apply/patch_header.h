// PatchHeader: what the lines in front of a file's first hunk say, as git apply
// (2.39) reads them with -p1.
//
// diff/ reads headers as a person would: a diff that was made without a/ and b/
// names its files all the same. What git takes for their names, and where it
// gives up, decides whether a patch applies and what it makes.
//
// Input: lines of hostile mails; any text gives an answer. Linear in the
// header, but for a first line with many blanks (bounded by kMaxPathBytes).
// Threads: values; a HeaderReader is one thread's.
// Tested in tests/tree/patch_header_test.cc, and against git by
// tests/tree/property_test.cc and am_history.py.
#ifndef PATCHMILTER_TREE_APPLY_PATCH_HEADER_H_
#define PATCHMILTER_TREE_APPLY_PATCH_HEADER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace patchmilter::tree {

struct PatchHeader {
  std::size_t size = 0;  // In bytes.
  // Why git does not read it, in words; then nothing else counts.
  std::optional<std::string> refusal;
  std::optional<std::string> old_name;  // None for a creation.
  std::optional<std::string> new_name;  // None for a deletion.
  bool plain = false;                   // No "diff --git" line.
  bool creates = false;
  bool deletes = false;
  bool renames = false;
  bool copies = false;
  std::uint32_t old_mode = 0;  // 0: not said. An index line's is the old one.
  std::uint32_t new_mode = 0;
  std::string old_blob;  // Of the index line, lower-case hex; "" without.
  std::string new_blob;
  // Both names of "diff --git NAME NAME" are one: there is no a/ and b/, and
  // what git strips off is the first directory.
  bool unprefixed = false;
};

// Reads the headers of one patch, one after the other.
class HeaderReader {
 public:
  // The header at the front of `text`, which begins with "diff --git " or with
  // "--- ". A line that git does not know ends it.
  PatchHeader Read(std::string_view text);

 private:
  // Directories that are stripped off: git guesses none for the rest of the
  // patch at the first plain header whose new name has no slash.
  int strip_ = 1;
  bool strip_is_known_ = false;
  // Of a "diff --git" line with nothing behind it: git holds the next header's
  // names against them.
  std::optional<std::string> left_over_;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_APPLY_PATCH_HEADER_H_
