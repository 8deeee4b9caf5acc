#include "tree/base/branch_history.h"

namespace patchmilter::tree {
namespace {

constexpr std::size_t kMaxWalks = 64;

}  // namespace

void BranchHistory::Trim() {
  if (walks_.size() >= kMaxWalks) walks_.clear();
}

Status BranchHistory::Extend(Walk* walk) {
  auto commit = repository_->ReadCommit(*walk->next);
  if (!commit.ok()) {
    // A shallow clone ends like this.
    if (commit.error().kind != ErrorKind::kNotFound || walk->steps.empty()) {
      return commit.error();
    }
    walk->next.reset();
    return {};
  }
  walk->steps.push_back({commit->id, commit->committed});
  walk->next.reset();
  if (!commit->parents.empty()) walk->next = commit->parents.front();
  return {};
}

BranchHistory::Walk* BranchHistory::WalkFrom(const git::ObjectId& tip) {
  Walk& walk = walks_[tip];
  if (walk.steps.empty()) walk.next = tip;
  return &walk;
}

Result<const BranchHistory::Step*> BranchHistory::StepAt(Walk* walk,
                                                         std::size_t back) {
  const Step* none = nullptr;
  while (back >= walk->steps.size()) {
    if (!walk->next || walk->steps.size() >= kMaxWalk) return none;
    PM_RETURN_IF_ERROR(Extend(walk));
  }
  return &walk->steps[back];
}

Result<std::optional<std::size_t>> BranchHistory::BackTo(
    const git::ObjectId& tip, UnixSeconds date) {
  Walk* walk = WalkFrom(tip);
  for (std::size_t back = 0;; ++back) {
    PM_ASSIGN_OR_RETURN(const Step* step, StepAt(walk, back));
    if (step == nullptr) return std::optional<std::size_t>();
    if (step->committed <= date) return std::optional(back);
  }
}

Result<std::optional<git::ObjectId>> BranchHistory::Commit(
    const git::ObjectId& tip, std::size_t back) {
  PM_ASSIGN_OR_RETURN(const Step* step, StepAt(WalkFrom(tip), back));
  if (step == nullptr) return std::optional<git::ObjectId>();
  return std::optional(step->commit);
}

}  // namespace patchmilter::tree
