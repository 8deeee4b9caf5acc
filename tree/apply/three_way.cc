#include "tree/apply/three_way.h"

#include <utility>

#include "tree/apply/fake_ancestor.h"
#include "tree/apply/tree_merge.h"

namespace patchmilter::tree {

Result<PatchOutcome> ApplyThreeWay(git::Repository* repository,
                                   const git::ObjectId& tree,
                                   const PatchText& patch, Work* work) {
  PatchOutcome outcome;
  const auto fail = [&outcome](std::string path, std::string reason) {
    outcome.failure =
        ApplyFailure{0, std::move(path), std::nullopt, std::move(reason)};
    return std::move(outcome);
  };
  if (const auto& refusal = patch.refusal()) {
    return fail(refusal->path, refusal->reason);
  }
  PM_ASSIGN_OR_RETURN(FakeAncestor base,
                      BuildFakeAncestor(repository, tree, patch, work));
  if (base.tree.IsZero()) {
    return fail(std::move(base.path), std::move(base.reason));
  }
  Consulted unused;
  PM_ASSIGN_OR_RETURN(PatchOutcome theirs,
                      ApplyPatch(repository, base.tree, patch, work, &unused));
  if (theirs.failure) {
    theirs.failure->reason +=
        " (in the version that its index line names: edited by hand?)";
    return theirs;
  }
  PM_ASSIGN_OR_RETURN(TreeMerge merge, MergeTrees(repository, base.tree, tree,
                                                  theirs.tree, work));
  if (!merge.clean) {
    return fail(std::move(merge.path), std::move(merge.reason));
  }
  outcome.how =
      merge.tree == tree ? HowApplied::kAlreadyThere : HowApplied::kThreeWay;
  outcome.tree = merge.tree;
  return outcome;
}

}  // namespace patchmilter::tree
