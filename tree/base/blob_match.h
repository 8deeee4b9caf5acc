// Which commit a series was made on, by the blobs that its "index" lines name.
//
// The index line of a git diff names the version that a file had before it; of
// each file the first patch that touches it tells. The commit at which most of
// them stand is the base, or so near to it that it makes no difference.
// Input: the diffs are hostile; ids are compared, paths looked up in trees.
// Bounded: kMaxBaseBlobs files, kMaxBlobWalk commits, all branches together.
// Threads: the repository's. Tested in tests/tree/base_choice_test.cc.
#ifndef PATCHMILTER_TREE_BASE_BLOB_MATCH_H_
#define PATCHMILTER_TREE_BASE_BLOB_MATCH_H_

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/repository.h"
#include "tree/tree.h"

namespace patchmilter::tree {

inline constexpr std::size_t kMaxBaseBlobs = 32;
inline constexpr std::size_t kMaxBlobWalk = 3'000;

struct BaseBlob {
  std::string path;
  git::ObjectId blob;
};

// The versions that the series starts from, where the repository has them.
Result<std::vector<BaseBlob>> BaseBlobs(git::Repository* repository,
                                        const SeriesInput& series);

struct BlobMatch {
  git::CommitInfo commit;
  std::size_t branch = 0;  // Index into `starts`.
  std::size_t back = 0;    // First parents behind it.
  std::size_t matched = 0;
};

// The commit among the first parents of `starts`, themselves included, at which
// most of `blobs` stand; of equals the first met. Nothing where none does.
Result<std::optional<BlobMatch>> FindBlobMatch(
    git::Repository* repository, const std::vector<git::ObjectId>& starts,
    const std::vector<BaseBlob>& blobs);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_BASE_BLOB_MATCH_H_
