#include "tree/base/base_choice.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace patchmilter::tree {
namespace {

// Tips move on while a daemon lives; walks of old tips are let go.
constexpr std::size_t kMaxWalks = 64;

std::string BranchName(const std::string& branch) {
  return branch.empty() ? "HEAD" : "branch " + log::Clean(branch, 100);
}

}  // namespace

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

Result<std::optional<git::CommitInfo>> BranchHistory::At(
    const git::ObjectId& tip, UnixSeconds date) {
  if (walks_.size() >= kMaxWalks && walks_.find(tip) == walks_.end()) {
    walks_.clear();
  }
  Walk& walk = walks_[tip];
  if (walk.steps.empty()) walk.next = tip;
  for (std::size_t i = 0; i < kMaxWalk; ++i) {
    if (i == walk.steps.size()) {
      if (!walk.next) break;
      PM_RETURN_IF_ERROR(Extend(&walk));
      if (i == walk.steps.size()) break;
    }
    if (walk.steps[i].committed <= date) {
      PM_ASSIGN_OR_RETURN(auto commit,
                          repository_->ReadCommit(walk.steps[i].commit));
      return std::optional(std::move(commit));
    }
  }
  return std::optional<git::CommitInfo>();
}

Result<std::vector<BaseCandidate>> ChooseBases(git::Repository* repository,
                                               BranchHistory* history,
                                               const TreeConfig& config,
                                               const SeriesInput& series) {
  std::vector<BaseCandidate> candidates;
  if (!series.base_commit.empty()) {
    auto stated = repository->ResolveCommit(series.base_commit);
    if (stated.ok()) {
      PM_ASSIGN_OR_RETURN(const auto commit, repository->ReadCommit(*stated));
      candidates.push_back({commit.id, commit.tree, "base-commit", true});
      return candidates;
    }
    if (stated.error().kind != ErrorKind::kNotFound) return stated.error();
  }

  const std::string as_of = " as of " + FormatTime(series.date);
  std::vector<std::string> branches = config.branches;
  if (branches.empty()) branches.emplace_back();
  std::vector<BaseCandidate> tips;
  std::optional<Error> error;
  const auto add = [&candidates](BaseCandidate candidate) {
    const bool known = std::any_of(candidates.begin(), candidates.end(),
                                   [&candidate](const BaseCandidate& other) {
                                     return other.commit == candidate.commit;
                                   });
    if (!known) candidates.push_back(std::move(candidate));
  };
  for (const std::string& branch : branches) {
    const auto tip = repository->ResolveName(branch);
    if (!tip.ok()) {
      // One branch that has gone does not take the others with it.
      if (!error) error = tip.error();
      continue;
    }
    PM_ASSIGN_OR_RETURN(const auto commit, repository->ReadCommit(*tip));
    BaseCandidate now{commit.id, commit.tree, BranchName(branch), false};
    if (series.date > 0 && commit.committed > series.date) {
      PM_ASSIGN_OR_RETURN(const auto then, history->At(commit.id, series.date));
      if (then) {
        add({then->id, then->tree, BranchName(branch) + as_of, false});
      }
      tips.push_back(std::move(now));
    } else {
      add(std::move(now));
    }
  }
  for (BaseCandidate& tip : tips) add(std::move(tip));
  if (candidates.empty()) {
    Error none = *error;
    none.message += "; set `branches` of the tree to branches that it has";
    return none;
  }
  return candidates;
}

}  // namespace patchmilter::tree
