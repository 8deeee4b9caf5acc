// Which of the files that went are found again among those that came, and by
// another name.
//
// Decides as git's merge does (gitdiffcore(7), "diffcore-rename"): equal
// content first, then equal base names that are each unique and at least 75 %
// alike, then the most similar of all pairs that are at least half alike; no
// copies, no empty files. Similarity is git's count of equal chunks (lines, cut
// at 64 bytes), quirks included: what git 2.39 takes for a rename decides
// whether a patch applies by three-way merge.
// Reads file contents, bounded by Work: where it is used up, what was found so
// far is the answer.
// Threads: the repository's. Tested in tests/tree/rename_detection_test.cc and,
// against git, tests/tree/three_way_property_test.cc.
#ifndef PATCHMILTER_TREE_APPLY_RENAME_DETECTION_H_
#define PATCHMILTER_TREE_APPLY_RENAME_DETECTION_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "git/repository.h"
#include "git/tree_edit.h"
#include "tree/apply/work.h"

namespace patchmilter::tree {

// A file with its path, in the order of paths where there are several.
using NamedFile = std::pair<std::string, git::FileVersion>;

// Chunks of a file by hash, with how many bytes fall to each.
class ChunkCounts {
 public:
  explicit ChunkCounts(std::string_view bytes);
  // How many bytes of this one's chunks `other` has too.
  std::uint64_t SharedWith(const ChunkCounts& other) const;

 private:
  std::vector<std::pair<std::uint32_t, std::uint32_t>> counts_;
};

// How alike two files are, of git's 60,000; 0 where sizes alone say that it is
// less than `minimum`. REQUIRES: the sizes are those of the bytes counted.
int Similarity(const ChunkCounts& from, std::uint64_t from_size,
               const ChunkCounts& to, std::uint64_t to_size, int minimum);

// Old path to new path. REQUIRES: both sorted by path.
Result<std::map<std::string, std::string>> DetectRenames(
    git::Repository* repository, const std::vector<NamedFile>& gone,
    const std::vector<NamedFile>& come, Work* work);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_APPLY_RENAME_DETECTION_H_
