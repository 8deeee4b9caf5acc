#include "tree/apply/series_apply.h"

#include <algorithm>

#include "base/check.h"
#include "tree/apply/file_patch.h"
#include "tree/apply/three_way.h"

namespace patchmilter::tree {

bool Attempt::Is(HowApplied wanted) const {
  return std::find(how.begin(), how.end(), wanted) != how.end();
}

PatchTexts ReadPatches(const SeriesInput& series) {
  static const diff::Diff kNoDiff;
  PatchTexts texts;
  for (const PatchInput& patch : series.patches) {
    texts.emplace_back(patch.diff != nullptr ? *patch.diff : kNoDiff);
  }
  return texts;
}

Result<Attempt> ApplySeries(git::Repository* repository,
                            const git::ObjectId& base,
                            const SeriesInput& series, const PatchTexts& texts,
                            ApplyLevel level, Work* work) {
  CHECK(texts.size() == series.patches.size());
  Attempt attempt;
  git::ObjectId tree = base;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const PatchInput& patch = series.patches[i];
    PM_ASSIGN_OR_RETURN(
        PatchOutcome outcome,
        ApplyPatch(repository, tree, texts[i], work, &attempt.consulted));
    if (outcome.failure && level == ApplyLevel::kThreeWay) {
      std::optional<ApplyFailure> plain = std::move(outcome.failure);
      plain->patch = patch.number;
      PM_ASSIGN_OR_RETURN(outcome,
                          ApplyThreeWay(repository, tree, texts[i], work));
      // A merge looks at more than the patch's own paths.
      attempt.consulted.complete = false;
      if (outcome.failure) {
        // People want to know of both: the place, and why no merge helped.
        outcome.failure->patch = patch.number;
        const ApplyFailure merge = *std::move(outcome.failure);
        outcome.failure = plain;
        outcome.failure->reason +=
            "; by a merge: " +
            (merge.path.empty() || merge.path == plain->path
                 ? ""
                 : merge.path + ": ") +
            merge.reason;
      } else if (!attempt.plain_failure) {
        attempt.plain_failure = std::move(plain);
      }
    }
    if (outcome.failure) {
      attempt.failure = std::move(outcome.failure);
      attempt.failure->patch = patch.number;
      break;
    }
    tree = outcome.tree;
    attempt.trees.push_back(tree);
    attempt.how.push_back(outcome.how);
  }
  return attempt;
}

void FailedBases::Add(const git::ObjectId& tree, const Consulted& consulted) {
  if (consulted.complete) failed_.emplace_back(tree, consulted);
}

Result<bool> FailedBases::FareAlike(const git::ObjectId& tree) {
  for (const auto& [other, consulted] : failed_) {
    bool same = true;
    for (const auto& [path, depth] : consulted.paths) {
      PM_ASSIGN_OR_RETURN(const auto here, repository_->Lookup(tree, path));
      PM_ASSIGN_OR_RETURN(const auto there, repository_->Lookup(other, path));
      const auto type = [](const std::optional<git::TreeEntry>& entry) {
        return entry ? TypeOf(entry->mode) : 0;
      };
      same = type(here) == type(there) &&
             (depth == Consulted::Depth::kType || here == there);
      if (!same) break;
    }
    if (same) return true;
  }
  return false;
}

}  // namespace patchmilter::tree
