// WantedFiles: what an index is to hold of a repository: the files of its
// branches' heads, in the order in which they have a right to a place: first
// those of the branch whose head is newest, by path, then the next one's.
//
// Memory: a listing a tree, and some 60 bytes a blob.
// Errors: those of the repository; kNotFound where none of the branches is
// there, while one that is not beside others is only gone().
// Threads: values.  Tested in tests/tree/index/index_test.cc.
#ifndef PATCHMILTER_TREE_INDEX_WANTED_FILES_H_
#define PATCHMILTER_TREE_INDEX_WANTED_FILES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "git/repository.h"
#include "tree/index/segment.h"
#include "tree/listing.h"

namespace patchmilter::tree {

class WantedFiles {
 public:
  WantedFiles() = default;  // None.
  // No branches: HEAD, which "" is too.
  static Result<WantedFiles> Of(git::Repository* repository,
                                std::vector<std::string> branches);

  // Different ones, the newest head's first.
  const std::vector<Listing>& trees() const { return trees_; }
  const std::vector<std::string>& gone() const { return gone_; }

  // Calls `each` with every file; one that trees share comes for each.
  template <typename Each>
  void ForEach(const Each& each) const {
    for (const Listing& tree : trees_) {
      for (Listing::Position at = tree.From(""); at.valid(); at.Next()) {
        if (IsFile(*at)) each(*at);
      }
    }
  }
  // Not a link, nor a submodule.
  static bool IsFile(const ListedFile& file) {
    return file.mode == git::kModeFile || file.mode == git::kModeExecutable;
  }

  // A blob's place in that order; nothing where it is not wanted.
  std::optional<std::size_t> RankOf(const git::ObjectId& blob) const;
  bool Has(const git::ObjectId& blob) const { return RankOf(blob).has_value(); }
  // Ranks below that are of the newest head's tree.
  std::size_t newest_end() const { return newest_end_; }

  // How much text a segment has, and how much of that is of blobs with a rank
  // below `end`.
  struct Share {
    std::uint64_t whole = 0;
    std::uint64_t wanted = 0;
  };
  Share ShareOf(const Segment& segment, std::size_t end) const;

 private:
  Status List(git::Repository* repository,
              const std::vector<git::CommitInfo>& heads);

  std::vector<Listing> trees_;
  std::vector<std::string> gone_;
  std::unordered_map<git::ObjectId, std::size_t> ranks_;
  std::size_t newest_end_ = 0;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_WANTED_FILES_H_
