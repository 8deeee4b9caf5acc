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

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/repository.h"
#include "tree/base/branch_history.h"
#include "tree/tree.h"

namespace patchmilter::tree {

inline constexpr std::size_t kMaxBaseBlobs = 32;
inline constexpr std::size_t kMaxBlobWalk = 3'000;
// One start after the other walks so many commits, then it is the next one's
// turn: the first start of all is a little ahead, but takes nothing from the
// others.
inline constexpr std::size_t kBlobTurn = 50;

struct BaseBlob {
  std::string path;
  git::ObjectId blob;
  friend bool operator==(const BaseBlob&, const BaseBlob&) = default;
};

// The versions that the series starts from.
struct BaseBlobs {
  std::vector<BaseBlob> there;  // Those that the repository has.
  std::size_t named = 0;        // By index lines, these among them.
};
Result<BaseBlobs> FindBaseBlobs(git::Repository* repository,
                                const SeriesInput& series);

// A branch, and where it stood at the series' date: so far behind its tip. 0
// where that is the tip, or not known.
struct BlobStart {
  git::ObjectId tip;
  std::size_t then = 0;
  friend bool operator==(const BlobStart&, const BlobStart&) = default;
};

struct BlobMatch {
  enum class Way : std::uint8_t {
    kBefore,   // Back from where the branch stood at the date.
    kAfter,    // From there towards the tip: rebased before it was sent.
    kFromTip,  // Back from the tip.
  };
  git::ObjectId commit;
  git::ObjectId tree;
  std::size_t start = 0;  // Index into `starts`.
  Way way = Way::kBefore;
  std::size_t steps = 0;  // First parents from where the way begins.
  std::size_t matched = 0;
};

// Remembers its last answer: a series is looked for more than once where there
// are several trees.
class BlobMatcher {
 public:
  // Both borrowed.
  BlobMatcher(git::Repository* repository, BranchHistory* history)
      : repository_(repository), history_(history) {}

  // The commit among the first parents of `starts`, themselves included, at
  // which most of `blobs` stand. The starts take turns; for each back from the
  // date, then the others ways. The first that has all of them ends the search;
  // of equals the earliest start, then the nearest. Nothing where none is
  // found. What cannot be read (damage, a partial clone) matches nothing.
  std::optional<BlobMatch> Find(const std::vector<BlobStart>& starts,
                                const std::vector<BaseBlob>& blobs);

 private:
  git::Repository* repository_;
  BranchHistory* history_;
  std::vector<BlobStart> last_starts_;
  std::vector<BaseBlob> last_blobs_;
  std::optional<BlobMatch> last_;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_BASE_BLOB_MATCH_H_
