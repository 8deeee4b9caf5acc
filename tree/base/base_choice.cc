#include "tree/base/base_choice.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "tree/base/prerequisites.h"
#include "tree/base/tree_hint.h"

namespace patchmilter::tree {
namespace {

std::string BranchName(const std::string& branch) {
  return branch.empty() ? "HEAD" : "branch " + log::Clean(branch, 100);
}

std::string Counted(std::size_t count, const std::string& one,
                    const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

}  // namespace

BaseChoice::BaseChoice(const BaseSources& sources, const SeriesInput* series)
    : sources_(sources), series_(*series) {
  sources_.history->Trim();
}

Result<std::optional<BaseCandidate>> BaseChoice::Next() {
  while (given_ == list_.size()) {
    if (stage_ == Stage::kEnd) return std::optional<BaseCandidate>();
    const Stage stage = stage_;
    stage_ = static_cast<Stage>(static_cast<int>(stage_) + 1);
    PM_RETURN_IF_ERROR(Run(stage));
  }
  return std::optional(list_[given_++]);
}

void BaseChoice::Add(BaseCandidate candidate, const std::string& why) {
  for (const BaseCandidate& known : list_) {
    if (known.commit == candidate.commit) return;
  }
  candidate.reason += why;
  list_.push_back(std::move(candidate));
}

Status BaseChoice::Run(Stage stage) {
  switch (stage) {
    case Stage::kStated:
      return AddStated();
    case Stage::kPrerequisites:
      if (!stated_) return {};
      stage_ = Stage::kEnd;
      return AddWithPrerequisites();
    case Stage::kConfigured:
      PM_RETURN_IF_ERROR(ReadBranches());
      if (series_.as_configured) AddConfigured();
      return {};
    case Stage::kHints:
      AddHinted();
      return {};
    case Stage::kIndexLines:
      return AddByIndexLines();
    case Stage::kThen:
      for (const Branch& branch : branches_) {
        Add(branch.then ? *branch.then : branch.now);
      }
      return {};
    case Stage::kNow:
      for (const Branch& branch : branches_) Add(branch.now);
      return {};
    case Stage::kEnd:
      break;
  }
  return {};
}

Status BaseChoice::AddStated() {
  if (series_.base_commit.empty() || series_.as_configured) return {};
  const auto stated = sources_.repository->ResolveCommit(series_.base_commit);
  if (!stated.ok()) {
    if (stated.error().kind != ErrorKind::kNotFound) return stated.error();
    return {};
  }
  PM_ASSIGN_OR_RETURN(const auto commit,
                      sources_.repository->ReadCommit(*stated));
  Add({commit.id, commit.tree, "base-commit", true});
  stated_ = true;
  return {};
}

// A branch that has the patches which the author had on top of the base.
Status BaseChoice::AddWithPrerequisites() {
  if (series_.prerequisite_patch_ids.empty()) return {};
  const git::ObjectId base = list_.front().commit;
  PM_ASSIGN_OR_RETURN(prerequisites_,
                      FindPrerequisites(sources_.repository,
                                        series_.prerequisite_patch_ids, base));
  // Without a branch there is the stated base still.
  if (!ReadBranches().ok()) return {};
  std::vector<git::ObjectId> then;
  std::vector<git::ObjectId> now;
  for (const Branch& branch : branches_) {
    if (branch.then) then.push_back(branch.then->commit);
    now.push_back(branch.now.commit);
  }
  std::optional<PrerequisiteCommit> best;
  for (const auto* tips : {&then, &now}) {
    if (tips->empty()) continue;
    PM_ASSIGN_OR_RETURN(const auto found,
                        FindPrerequisitesBeside(sources_.repository, base,
                                                *tips, &prerequisites_));
    if (found && (!best || found->has > best->has)) best = found;
  }
  if (!best) return {};
  PM_ASSIGN_OR_RETURN(const auto commit,
                      sources_.repository->ReadCommit(best->commit));
  Add({commit.id, commit.tree,
       "has " + std::to_string(best->has) + " of " +
           Counted(prerequisites_.size(), "patch", "patches") +
           " needed on top of the base-commit",
       false});
  return {};
}

void BaseChoice::AddConfigured() {
  for (const Branch& branch : branches_) {
    BaseCandidate given = branch.now;
    // A commit or a tag as well as a branch.
    if (!branch.name.empty()) {
      given.reason = "given as " + log::Clean(branch.name, 100);
    }
    Add(std::move(given));
  }
  stage_ = Stage::kEnd;
}

void BaseChoice::AddHinted() {
  for (const std::string& hint : series_.tree_hints) {
    const std::string why = " (the subject says " + log::Clean(hint, 60) + ")";
    for (const HintFit wanted : {HintFit::kExact, HintFit::kEnd}) {
      for (const Branch& branch : branches_) {
        if (FitHint(branch.name, hint) != wanted) continue;
        if (branch.then) Add(*branch.then, why);
        Add(branch.now, why);
      }
    }
  }
}

std::optional<BlobMatch> BaseChoice::MatchIn(const BaseBlobs& blobs) {
  std::vector<BlobStart> starts;
  starts.reserve(branches_.size());
  for (const Branch& branch : branches_) {
    starts.push_back({branch.now.commit, branch.back});
  }
  return sources_.matcher->Find(starts, blobs.there);
}

Result<std::size_t> BaseChoice::MatchBlobs() {
  PM_RETURN_IF_ERROR(ReadBranches());
  PM_ASSIGN_OR_RETURN(const BaseBlobs blobs,
                      FindBaseBlobs(sources_.repository, series_));
  const auto match = MatchIn(blobs);
  return match ? match->matched : 0;
}

Status BaseChoice::AddByIndexLines() {
  PM_ASSIGN_OR_RETURN(const BaseBlobs blobs,
                      FindBaseBlobs(sources_.repository, series_));
  const auto match = MatchIn(blobs);
  if (!match) return {};
  const Branch& branch = branches_[match->start];
  const bool from_tip = match->way == BlobMatch::Way::kFromTip || !branch.then;
  std::string reason = (from_tip ? branch.now : *branch.then).reason;
  if (match->steps > 0) {
    reason += ", " + Counted(match->steps, "commit", "commits");
    reason += match->way == BlobMatch::Way::kAfter ? " after it" : " before it";
  }
  reason += ", by index lines of " + std::to_string(match->matched) + " of " +
            std::to_string(blobs.named) + " files";
  Add({match->commit, match->tree, std::move(reason), false});
  return {};
}

// Nothing, and the error, where the branch is not there.
Result<std::optional<BaseChoice::Branch>> BaseChoice::ReadBranch(
    const std::string& name, std::optional<Error>* error) {
  const auto tip = sources_.repository->ResolveName(name);
  if (!tip.ok()) {
    // One branch that has gone does not take the others with it.
    if (!*error) *error = tip.error();
    return std::optional<Branch>();
  }
  PM_ASSIGN_OR_RETURN(const auto commit, sources_.repository->ReadCommit(*tip));
  Branch branch;
  branch.name = name;
  branch.now = {commit.id, commit.tree, BranchName(name), false};
  branch.committed = commit.committed;
  if (series_.date <= 0 || commit.committed <= series_.date) {
    return std::optional(std::move(branch));
  }
  PM_ASSIGN_OR_RETURN(const auto back,
                      sources_.history->BackTo(commit.id, series_.date));
  if (!back) return std::optional(std::move(branch));
  PM_ASSIGN_OR_RETURN(const auto id,
                      sources_.history->Commit(commit.id, *back));
  PM_ASSIGN_OR_RETURN(const auto then, sources_.repository->ReadCommit(*id));
  branch.then = BaseCandidate{
      then.id, then.tree,
      BranchName(name) + " as of " + FormatTime(series_.date), false};
  branch.back = *back;
  branch.committed = then.committed;
  return std::optional(std::move(branch));
}

// The branches that are there, the newest first. Not one is an error.
Status BaseChoice::ReadBranches() {
  if (!branches_.empty()) return {};
  std::vector<std::string> names = sources_.config->branches;
  if (names.empty()) names.emplace_back();
  std::optional<Error> error;
  std::vector<Branch> branches;
  for (const std::string& name : names) {
    PM_ASSIGN_OR_RETURN(auto branch, ReadBranch(name, &error));
    if (branch) branches.push_back(*std::move(branch));
  }
  if (branches.empty()) {
    Error none = *error;
    none.message += series_.as_configured
                        ? ": it has no such commit, branch or tag"
                        : "; set `branches` of the tree to branches that it "
                          "has";
    return none;
  }
  std::stable_sort(branches.begin(), branches.end(),
                   [](const Branch& a, const Branch& b) {
                     return a.committed > b.committed;
                   });
  branches_ = std::move(branches);
  return {};
}

}  // namespace patchmilter::tree
