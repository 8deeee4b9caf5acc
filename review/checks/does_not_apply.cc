// does-not-apply: the series does not apply to the base that it names itself.
#include <string>
#include <vector>

#include "review/anchor.h"
#include "review/checks/all.h"

namespace patchmilter::review {

namespace {

// Where most of the first failing hunk stands, and the first line that differs;
// "" where next to nothing of it stands anywhere.
std::string Nearest(const std::vector<tree::HunkFailure>& hunks) {
  if (hunks.empty()) return "";
  const tree::HunkFailure& hunk = hunks.front();
  if (hunk.matched * 2 < hunk.lines || hunk.first_line == 0) return "";
  std::string text = "The nearest match is at line " +
                     std::to_string(hunk.first_line) + ": " +
                     std::to_string(hunk.matched) + " of " +
                     std::to_string(hunk.lines) + " lines stand there";
  if (hunk.differs_at != 0) {
    text += ", and line " + std::to_string(hunk.differs_at) + " differs";
  }
  return text + ". ";
}

// What became of a patch that did not apply plainly, but by a merge.
std::string Merged(const SeriesUnderReview& series, std::int64_t patch) {
  const tree::ApplyReport& apply = series.apply;
  std::size_t place = 0;
  for (const auto& [number, mail] : series.patches) {
    if (number < patch) ++place;
  }
  const bool there = place < apply.how.size() &&
                     apply.how[place] == tree::HowApplied::kAlreadyThere;
  return there ? "Merged with the version that its index lines name, it "
                 "changes nothing: that commit has all of it already. "
               : "A three-way merge with the version that its index lines name "
                 "makes it apply. ";
}

void Run(const SeriesUnderReview& series, const Check& self,
         std::vector<Finding>* findings) {
  const tree::ApplyReport& apply = series.apply;
  // A merge that helped hides nothing: the base is not what it is said to be.
  const bool merged = apply.plain_failure.has_value();
  if (!apply.stated_base_known || (!merged && !apply.failure) ||
      apply.status == tree::ApplyStatus::kNoTree) {
    return;
  }
  // What else the series needs is not in the tree: no fault of its own. The
  // same where patches before the failing one have not been seen.
  for (const auto& [number, patch] : series.patches) {
    if (!patch->prerequisite_patch_ids.empty()) return;
  }
  if (series.cover != nullptr &&
      !series.cover->prerequisite_patch_ids.empty()) {
    return;
  }
  const tree::ApplyFailure& failure =
      merged ? *apply.plain_failure : *apply.failure;
  // already-applied says it better.
  if (series.already_there.count(failure.patch) > 0) return;
  for (std::int64_t k = 1; k < failure.patch; ++k) {
    if (series.patches.count(k) == 0) return;
  }
  auto found = series.patches.find(failure.patch);
  if (found == series.patches.end()) return;
  const diff::Diff& diff = found->second->diff;
  Anchor anchor = AnchorMessageEnd(failure.patch, *found->second);
  for (std::uint32_t i = 0; i < diff.files().size(); ++i) {
    const diff::File& file = diff.files()[i];
    if (file.path() != failure.path && file.old_path != failure.path) continue;
    anchor = failure.hunk && *failure.hunk < file.hunks.size()
                 ? AnchorHunk(failure.patch, diff, i, *failure.hunk)
                 : AnchorFile(failure.patch, diff, i);
    break;
  }
  findings->push_back(CheckFinding(
      self, "Does not apply to the stated base",
      "This patch does not apply to " + apply.base.substr(0, 12) +
          ", which the series names as its base-commit and which is in the "
          "tree: " +
          failure.reason + ". " +
          Nearest(merged ? apply.plain_hunks : apply.hunks) +
          (merged ? Merged(series, failure.patch) : "") +
          "Was it made on top of something that is not in that commit?",
      {std::move(anchor)}));
}

}  // namespace

Check DoesNotApplyCheck() {
  Check check;
  check.name = "does-not-apply";
  check.summary = "a patch that does not apply to the base-commit it names";
  check.manual =
      "Speaks only where the series states a base-commit, that commit is in "
      "the tree that is configured for the list, and a patch still does not "
      "apply to it as it stands, also where a three-way merge makes it apply. "
      "A series without a stated base that does not apply to any "
      "branch is no finding: the series mail says how far it applied.\n"
      "\n"
      "Left alone: series that name prerequisite-patch-id, and patches behind "
      "one that has not been seen. Needs a tree.";
  check.bad =
      "base-commit: 8f2c1d0e4b7a... (which has other lines at this hunk)\n"
      "@@ -10,7 +10,7 @@ static int foo_init(void)\n";
  check.good =
      "base-commit: the commit that git format-patch --base was run on, with\n"
      "a prerequisite-patch-id for each patch that is needed on top of it\n";
  check.needs_tree = true;
  check.severity = Severity::kMedium;
  check.run = &Run;
  return check;
}

}  // namespace patchmilter::review
