// does-not-apply: the series does not apply to the base that it names itself.
#include <algorithm>
#include <string>
#include <utility>
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

bool NamesPrerequisites(const SeriesUnderReview& series) {
  if (series.cover != nullptr &&
      !series.cover->prerequisite_patch_ids.empty()) {
    return true;
  }
  return std::any_of(series.patches.begin(), series.patches.end(),
                     [](const auto& entry) {
                       return !entry.second->prerequisite_patch_ids.empty();
                     });
}

// What the series needs besides its base, and what of it was found.
struct Needs {
  std::vector<std::string> nowhere;  // Patch-ids.
  bool all_behind = true;            // The base has them all.
};

Needs WhatItNeeds(const tree::ApplyReport& apply) {
  Needs needs;
  for (const tree::Prerequisite& one : apply.prerequisites) {
    if (!one.commit.empty()) continue;
    needs.all_behind = false;
    if (one.elsewhere.empty()) needs.nowhere.push_back(one.patch_id);
  }
  return needs;
}

// "1 of the 2 patches that it names … was not found in the tree: 0123…."
std::string Missing(const std::vector<std::string>& ids, std::size_t named) {
  constexpr std::size_t kMaxShown = 3;
  std::string text =
      std::to_string(ids.size()) + " of the " + std::to_string(named) +
      (named == 1 ? " patch" : " patches") +
      " that it names as needed on top of that (prerequisite-patch-id) " +
      (ids.size() == 1 ? "was" : "were") + " not found in the tree: ";
  for (std::size_t i = 0; i < std::min(ids.size(), kMaxShown); ++i) {
    text += (i > 0 ? ", " : "") + ids[i].substr(0, 12);
  }
  if (ids.size() > kMaxShown) text += ", …";
  return text;
}

// Where the failure stands in the mails.
Anchor Place(const tree::ApplyFailure& failure, const mime::PatchMail& mail) {
  const diff::Diff& diff = mail.diff;
  for (std::uint32_t i = 0; i < diff.files().size(); ++i) {
    const diff::File& file = diff.files()[i];
    if (file.path() != failure.path && file.old_path != failure.path) continue;
    return failure.hunk && *failure.hunk < file.hunks.size()
               ? AnchorHunk(failure.patch, diff, i, *failure.hunk)
               : AnchorFile(failure.patch, diff, i);
  }
  return AnchorMessageEnd(failure.patch, mail);
}

void Run(const SeriesUnderReview& series, const Check& self,
         std::vector<Finding>* findings) {
  const tree::ApplyReport& apply = series.apply;
  // A merge that helped hides nothing: the base is not what it is said to be.
  const bool merged = apply.plain_failure.has_value();
  // A branch that has the patches which the series needs has others, too.
  if (!apply.on_stated_base || (!merged && !apply.failure) ||
      apply.status == tree::ApplyStatus::kNoTree) {
    return;
  }
  const Needs needs = WhatItNeeds(apply);
  if (NamesPrerequisites(series)) {
    // What else the series needs is elsewhere in the tree, or nobody looked.
    if (apply.prerequisites.empty()) return;
    if (!needs.all_behind && needs.nowhere.empty()) return;
  }
  const tree::ApplyFailure& failure =
      merged ? *apply.plain_failure : *apply.failure;
  // already-applied says it better.
  if (series.already_there.count(failure.patch) > 0) return;
  // The same where patches before the failing one have not been seen.
  for (std::int64_t k = 1; k < failure.patch; ++k) {
    if (series.patches.count(k) == 0) return;
  }
  const auto found = series.patches.find(failure.patch);
  if (found == series.patches.end()) return;
  const std::string where =
      "This patch does not apply to " + apply.base.substr(0, 12) +
      ", which the series names as its base-commit and which is in the tree: " +
      failure.reason + ". ";
  std::vector<Anchor> anchors = {Place(failure, *found->second)};
  if (!needs.nowhere.empty()) {
    // No fault of its own, but nobody can try it.
    Finding finding = CheckFinding(
        self, "Needs patches that the tree does not have",
        where + Missing(needs.nowhere, apply.prerequisites.size()) +
            ". Which series are they of?",
        std::move(anchors));
    finding.severity = Severity::kLow;
    findings->push_back(std::move(finding));
    return;
  }
  findings->push_back(CheckFinding(
      self, "Does not apply to the stated base",
      where + Nearest(merged ? apply.plain_hunks : apply.hunks) +
          (merged ? Merged(series, failure.patch) : "") +
          (apply.prerequisites.empty()
               ? "Was it made on top of something that is not in that commit?"
               : "The patches that it names as needed are behind that commit."),
      std::move(anchors)));
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
      "Of a series that names patches which it needs on top of its base "
      "(prerequisite-patch-id) it is said, as low, which of them were found "
      "neither behind the base nor in what the configured branches have since. "
      "Where a branch has them, the series is tried there.\n"
      "\n"
      "Left alone: series that need patches which are elsewhere in the tree, "
      "and patches behind one that has not been seen. Needs a tree.";
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
