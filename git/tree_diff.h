// DiffTrees: the files that differ between two trees.
//
// Only directories with different ids are read. In git's order: that of the
// paths as bytes, but that a file comes before what is below a directory of its
// name. No recursion; trees are hostile, in number of entries as in depth.
// Threads: the repository's. Tested in tests/git/.
#ifndef PATCHMILTER_GIT_TREE_DIFF_H_
#define PATCHMILTER_GIT_TREE_DIFF_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/repository.h"

namespace patchmilter::git {

inline constexpr std::size_t kMaxTreeChanges = 500'000;
inline constexpr std::size_t kMaxTreesCompared = 1'000'000;

// A mode of 0 and a zero id: nothing stands there. Never a directory. Modes
// are canonical.
struct TreeChange {
  std::string path;
  std::uint32_t old_mode = 0;
  ObjectId old_id;
  std::uint32_t new_mode = 0;
  ObjectId new_id;
  friend bool operator==(const TreeChange&, const TreeChange&) = default;
};

// A zero id is the tree without entries. `path`: only what changed there, a
// file or all below a directory; "" is everything. kInvalidInput where more
// than the bounds changed.
Result<std::vector<TreeChange>> DiffTrees(Repository* repository,
                                          const ObjectId& old_tree,
                                          const ObjectId& new_tree,
                                          std::string_view path = {});

}  // namespace patchmilter::git

#endif  // PATCHMILTER_GIT_TREE_DIFF_H_
