// FilePatch: what a patch says about one file, as git apply reads it
// (patch_text.h), and what applying makes of it.
//
// A value that borrows from the PatchText. Threads: any.
#ifndef PATCHMILTER_TREE_APPLY_FILE_PATCH_H_
#define PATCHMILTER_TREE_APPLY_FILE_PATCH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "diff/diff.h"
#include "git/repository.h"

namespace patchmilter::tree {

// A submodule's content, as a diff shows it: this and its commit.
inline constexpr std::string_view kSubmodulePrefix = "Subproject commit ";

inline std::uint32_t TypeOf(std::uint32_t mode) {
  return mode & git::kModeTypeMask;
}

struct FilePatch {
  const diff::File* file = nullptr;     // The PatchText's.
  std::optional<std::string> old_name;  // None for a creation.
  std::optional<std::string> new_name;  // None for a deletion.
  bool creates = false;
  // A diff without a/ and b/: see PatchHeader.
  bool unprefixed = false;
  // A plain diff of one hunk without old lines: whether it creates or extends
  // an empty file is seen when the tree is.
  bool may_create = false;
  bool deletes = false;
  bool renames = false;
  bool copies = false;
  std::uint32_t old_mode = 0;  // 0: not said.
  std::uint32_t new_mode = 0;

  // Bytes, or an object that is taken over as it is.
  std::variant<git::ObjectId, std::string> result;

  // The reason where old_name is not in the tree.
  std::string_view WhyNotThere() const {
    return unprefixed ? "the file is not in the tree (the diff was made "
                        "without a/ and b/ in front of its paths: git am "
                        "strips their first directory)"
                      : "the file is not in the tree";
  }

  const std::string& name() const { return old_name ? *old_name : *new_name; }
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_APPLY_FILE_PATCH_H_
