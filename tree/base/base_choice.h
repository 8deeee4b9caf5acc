// Which commits a series may be based on, in the order in which to try them.
//
// A stated base-commit that the repository has stands alone: it is what the
// author has said; where the series names patches that it needs on top of that
// and a branch has them, the commit that has most of them comes after it. Else
//   1. the configured branches that the subject names ("net-next"),
//   2. the commit at which most of the versions stand that the index lines
//      name (blob_match.h),
//   3. the configured branches, the newest first, each as it stood at the
//      series' date: the author cannot have had anything newer,
//   4. and as they stand now: dates lie.
// Each is looked for when it is asked for: mostly the first will do.
// Threads: the repository's. Tested in tests/tree/base_choice_test.cc and
// tests/tree/tree_test.cc.
#ifndef PATCHMILTER_TREE_BASE_BASE_CHOICE_H_
#define PATCHMILTER_TREE_BASE_BASE_CHOICE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "git/repository.h"
#include "tree/base/blob_match.h"
#include "tree/base/branch_history.h"
#include "tree/tree.h"

namespace patchmilter::tree {

struct BaseCandidate {
  git::ObjectId commit;
  git::ObjectId tree;
  std::string reason;   // "base-commit", "branch master as of …".
  bool stated = false;  // The stated base-commit.
};

// What a choice works with: a tree's own, and kept by it.
struct BaseSources {
  git::Repository* repository = nullptr;
  BranchHistory* history = nullptr;
  BlobMatcher* matcher = nullptr;
  const TreeConfig* config = nullptr;
};

class BaseChoice {
 public:
  // All borrowed.
  BaseChoice(const BaseSources& sources, const SeriesInput* series);

  // The next one, each commit once; nothing behind the last. An error where no
  // branch can be resolved before any was given: it says which and what to do.
  Result<std::optional<BaseCandidate>> Next();

  // The stated base-commit was given.
  bool stated() const { return stated_; }
  // What was found out of the series' prerequisites on the way to the last
  // candidate: as to the stated base. Empty where they were not looked for.
  const std::vector<Prerequisite>& prerequisites() const {
    return prerequisites_;
  }
  // How many of the versions that the index lines name stand at one commit.
  Result<std::size_t> MatchBlobs();

 private:
  struct Branch {
    std::string name;  // As configured.
    BaseCandidate now;
    // As it stood at the series' date, where that is another commit, and how
    // far that is behind.
    std::optional<BaseCandidate> then;
    std::size_t back = 0;
    UnixSeconds committed = 0;  // Of the older of the two.
  };
  enum class Stage : std::uint8_t {
    kStated,
    kPrerequisites,
    kConfigured,
    kHints,
    kIndexLines,
    kThen,
    kNow,
    kEnd,
  };

  void Add(BaseCandidate candidate, const std::string& why = "");
  Status Run(Stage stage);
  Status AddStated();
  Status AddWithPrerequisites();
  void AddConfigured();
  void AddHinted();
  Status AddByIndexLines();
  Status ReadBranches();
  Result<std::optional<Branch>> ReadBranch(const std::string& name,
                                           std::optional<Error>* error);
  std::optional<BlobMatch> MatchIn(const BaseBlobs& blobs);

  BaseSources sources_;
  const SeriesInput& series_;
  Stage stage_ = Stage::kStated;
  bool stated_ = false;
  std::vector<Branch> branches_;  // The newest first. Empty: not read yet.
  std::vector<BaseCandidate> list_;
  std::size_t given_ = 0;
  std::vector<Prerequisite> prerequisites_;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_BASE_BASE_CHOICE_H_
