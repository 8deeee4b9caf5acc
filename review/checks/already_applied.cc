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
      "whatever the message says. The commit was made by another person, and "
      "before the patch was sent.\n"
      "\n"
      "Left alone: commits of the sender's or author's own and those with the "
      "mail's date as their author's (a maintainer has taken this mail, or it "
      "was made of the commit); patches whose subject says that they are "
      "committed, pushed or applied; patches that apply where the commit is "
      "(the change was taken back since), or that apply to a branch that does "
      "not have it. Backports (\"6.12.y\" or \"stable\" in the subject, "
      "\"commit ... upstream\", \"cherry picked from commit ...\") are looked "
      "for in the branches alone that their subjects name, and a commit that "
      "the mail names is not told. What lies further back than 20,000 commits "
      "is not seen. Needs a tree.";
  check.bad =
      "A series on v6.12 whose first patch was merged for v6.12 already.\n";
  check.good = "The same series without that patch.\n";
  check.needs_tree = true;
  check.severity = Severity::kMedium;
  check.run = &Run;
  return check;
}

}  // namespace patchmilter::review
