// EditTree: a tree object with some paths changed, and nothing else.
//
// Only the directories on the way to a changed path are written anew; the rest
// is taken over by id. The same rules as git's index: a rewritten directory's
// modes are canonical, a directory that becomes empty goes away, a path cannot
// be file and directory at once. No recursion: paths are hostile.
// Threads: the repository's. Tested in tests/git/tree_edit_test.cc.
#ifndef PATCHMILTER_GIT_TREE_EDIT_H_
#define PATCHMILTER_GIT_TREE_EDIT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "git/repository.h"

namespace patchmilter::git {

struct FileVersion {
  std::uint32_t mode = kModeFile;
  ObjectId id;
  friend bool operator==(const FileVersion&, const FileVersion&) = default;
};

// Full path to what shall stand there; nothing removes it. Removing what is
// not there does nothing.
using TreeEdits = std::map<std::string, std::optional<FileVersion>>;

// The id of `root` with `edits` made, written to memory.
// kInvalidInput where the edits would make a path a file and a directory;
// `conflict` is then that path. REQUIRES: paths as CheckPath takes them: no
// empty components.
Result<ObjectId> EditTree(Repository* repository, const ObjectId& root,
                          const TreeEdits& edits,
                          std::string* conflict = nullptr);

}  // namespace patchmilter::git

#endif  // PATCHMILTER_GIT_TREE_EDIT_H_
