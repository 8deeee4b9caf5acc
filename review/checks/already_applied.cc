// already-applied: a patch that is in the tree's history.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "review/anchor.h"
#include "review/checks/all.h"

namespace patchmilter::review {

namespace {

void Run(const SeriesUnderReview& series, const Check& self,
         std::vector<Finding>* findings) {
  for (const auto& [number, commit] : series.already_there) {
    const auto patch = series.patches.find(number);
    if (patch == series.patches.end()) continue;
    findings->push_back(CheckFinding(
        self, "In the tree already",
        "Commit " + commit.substr(0, 12) +
            " makes the very same change, and was there when this was sent. Is "
            "the patch left over from an earlier revision?",
        {AnchorMessageEnd(number, *patch->second)}));
  }
}

}  // namespace

Check AlreadyAppliedCheck() {
  Check check;
  check.name = "already-applied";
  check.summary = "a patch that the tree has already";
  check.manual =
      "A patch whose change is the same as that of a commit in the history of "
      "a configured branch: the same files and lines, by git's patch-id, "
      "whatever the message says.\n"
      "\n"
      "Left alone: patches that apply there (the change was taken back since), "
      "commits that were made after the patch was sent (a maintainer has "
      "taken it), and what lies further back than some 20,000 commits. Needs "
      "a tree.";
  check.bad =
      "A series on v6.12 whose first patch was merged for v6.12 already.\n";
  check.good = "The same series without that patch.\n";
  check.needs_tree = true;
  check.severity = Severity::kMedium;
  check.run = &Run;
  return check;
}

}  // namespace patchmilter::review
