// A series onto one base: patch by patch, until one does not apply.
// Threads: the repository's. Tested in tests/tree/tree_test.cc.
#ifndef PATCHMILTER_TREE_APPLY_SERIES_APPLY_H_
#define PATCHMILTER_TREE_APPLY_SERIES_APPLY_H_

#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "git/repository.h"
#include "tree/apply/patch_apply.h"
#include "tree/apply/patch_text.h"
#include "tree/apply/work.h"
#include "tree/tree.h"

namespace patchmilter::tree {

// How a series fared on one base.
struct Attempt {
  std::vector<git::ObjectId> trees;  // After each patch that applied,
  std::vector<HowApplied> how;       // and what it took.
  std::optional<ApplyFailure> failure;
  std::optional<ApplyFailure> plain_failure;  // See ApplyReport.
  Consulted consulted;

  bool Is(HowApplied wanted) const;
};

// Of each patch of a series, in order: read once, for all bases. Borrows its
// diffs.
using PatchTexts = std::deque<PatchText>;
PatchTexts ReadPatches(const SeriesInput& series);

// `texts` are those of `series`.
Result<Attempt> ApplySeries(git::Repository* repository,
                            const git::ObjectId& base,
                            const SeriesInput& series, const PatchTexts& texts,
                            ApplyLevel level, Work* work);

// The bases on which a series failed. Another one where the files that the
// failure hung on are the same fares the same.
class FailedBases {
 public:
  explicit FailedBases(git::Repository* repository) : repository_(repository) {}
  void Add(const git::ObjectId& tree, const Consulted& consulted);
  Result<bool> FareAlike(const git::ObjectId& tree);

 private:
  git::Repository* repository_;
  std::vector<std::pair<git::ObjectId, Consulted>> failed_;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_APPLY_SERIES_APPLY_H_
