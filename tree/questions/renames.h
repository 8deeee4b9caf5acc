// FindRenames: which of the files that are new are old ones under a new name.
//
// Decides as git does by default (diff.renames, 50 %): equal content first,
// then files of the same name when they are alone in having it, then by how
// much of the content is the same; a file that is gone is the source of one
// that is new at most. Beyond the bounds only equal content is looked for.
// Input: blobs are hostile. Threads: the repository's.
// Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_RENAMES_H_
#define PATCHMILTER_TREE_QUESTIONS_RENAMES_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/repository.h"
#include "git/tree_diff.h"

namespace patchmilter::tree {

// Pairs compared, as git's diff.renameLimit of 1,000.
inline constexpr std::size_t kMaxRenamePairs = 1'000'000;
// Read to compare, all files together.
inline constexpr std::uint64_t kMaxRenameBytes = 32ULL << 20;

// A file that changed, under one name or two.
struct FilePair {
  std::string old_path;
  std::string new_path;
  std::uint32_t old_mode = 0;
  git::ObjectId old_id;
  std::uint32_t new_mode = 0;
  git::ObjectId new_id;
  int similarity = -1;  // Percent; -1 where it is no rename.
};

// All of `changes`, in the order in which git shows them: renames stand where
// their new name does. With `only`, no other new file is given a source.
Result<std::vector<FilePair>> FindRenames(
    git::Repository* repository, const std::vector<git::TreeChange>& changes,
    std::string_view only = {});

// What stood in `old_tree` for the file `path` of `new_tree`; "" for a file
// that is new.
Result<std::string> OldNameOf(git::Repository* repository,
                              const git::ObjectId& old_tree,
                              const git::ObjectId& new_tree,
                              std::string_view path);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_RENAMES_H_
