#include "tree/base/base_choice.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "tree/base/blob_match.h"

namespace patchmilter::tree {
namespace {

// Tips move on while a daemon lives; walks of old tips are let go.
constexpr std::size_t kMaxWalks = 64;

std::string BranchName(const std::string& branch) {
  return branch.empty() ? "HEAD" : "branch " + log::Clean(branch, 100);
}

// "net-next" for net-next and linux/net-next, "6.12.y" for linux-6.12.y.
bool EndsInName(std::string_view branch, std::string_view hint) {
  if (branch.size() < hint.size()) return false;
  const std::size_t begin = branch.size() - hint.size();
  if (!EqualsIgnoreCase(branch.substr(begin), hint)) return false;
  return begin == 0 || branch[begin - 1] == '/' || branch[begin - 1] == '-';
}

struct Branch {
  std::string name;  // As configured.
  BaseCandidate now;
  // As it stood at the series' date, where that is another commit.
  std::optional<BaseCandidate> then;
  UnixSeconds committed = 0;  // Of the older of the two.
};

// Candidates, each commit once, by the first reason for it.
class CandidateList {
 public:
  void Add(BaseCandidate candidate, const std::string& why = "") {
    for (const BaseCandidate& known : list_) {
      if (known.commit == candidate.commit) return;
    }
    candidate.reason += why;
    list_.push_back(std::move(candidate));
  }
  std::vector<BaseCandidate> Take() && { return std::move(list_); }

 private:
  std::vector<BaseCandidate> list_;
};

// The branches that are there, the newest first. Not one is an error.
Result<std::vector<Branch>> ReadBranches(git::Repository* repository,
                                         BranchHistory* history,
                                         const TreeConfig& config,
                                         UnixSeconds date, bool as_configured) {
  const std::string as_of = " as of " + FormatTime(date);
  std::vector<std::string> names = config.branches;
  if (names.empty()) names.emplace_back();
  std::vector<Branch> branches;
  std::optional<Error> error;
  for (const std::string& name : names) {
    const auto tip = repository->ResolveName(name);
    if (!tip.ok()) {
      // One branch that has gone does not take the others with it.
      if (!error) error = tip.error();
      continue;
    }
    PM_ASSIGN_OR_RETURN(const auto commit, repository->ReadCommit(*tip));
    Branch branch{name,
                  {commit.id, commit.tree, BranchName(name), false},
                  std::nullopt,
                  commit.committed};
    if (date > 0 && commit.committed > date) {
      PM_ASSIGN_OR_RETURN(const auto then, history->At(commit.id, date));
      if (then) {
        branch.then = BaseCandidate{then->id, then->tree,
                                    BranchName(name) + as_of, false};
        branch.committed = then->committed;
      }
    }
    branches.push_back(std::move(branch));
  }
  if (branches.empty()) {
    Error none = *error;
    none.message += as_configured
                        ? ": it has no such commit, branch or tag"
                        : "; set `branches` of the tree to branches that it "
                          "has";
    return none;
  }
  std::stable_sort(branches.begin(), branches.end(),
                   [](const Branch& a, const Branch& b) {
                     return a.committed > b.committed;
                   });
  return branches;
}

Status AddByIndexLines(git::Repository* repository,
                       const std::vector<Branch>& branches,
                       const SeriesInput& series, CandidateList* list) {
  PM_ASSIGN_OR_RETURN(const auto blobs, BaseBlobs(repository, series));
  if (blobs.empty()) return {};
  // The author cannot have had anything newer than the date; but dates lie.
  std::vector<const BaseCandidate*> starts;
  for (const Branch& branch : branches) {
    if (branch.then) starts.push_back(&*branch.then);
  }
  for (const Branch& branch : branches) starts.push_back(&branch.now);
  std::vector<git::ObjectId> commits;
  commits.reserve(starts.size());
  for (const BaseCandidate* start : starts) commits.push_back(start->commit);
  PM_ASSIGN_OR_RETURN(const auto match,
                      FindBlobMatch(repository, commits, blobs));
  if (!match) return {};
  std::string reason = starts[match->branch]->reason;
  if (match->back > 0) {
    reason += ", " + std::to_string(match->back) +
              (match->back == 1 ? " commit" : " commits") + " before it";
  }
  reason += ", by index lines of " + std::to_string(match->matched) + " of " +
            std::to_string(blobs.size()) + " files";
  list->Add({match->commit.id, match->commit.tree, std::move(reason), false});
  return {};
}

}  // namespace

bool MatchesHint(std::string_view branch, std::string_view hint) {
  if (hint.size() < 3) return false;
  if (EndsInName(branch, hint)) return true;
  // net-next/main, where a repository mirrors several.
  const std::size_t slash = branch.rfind('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view last = branch.substr(slash + 1);
  return (last == "main" || last == "master") &&
         EndsInName(branch.substr(0, slash), hint);
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
  if (!series.base_commit.empty() && !series.as_configured) {
    auto stated = repository->ResolveCommit(series.base_commit);
    if (stated.ok()) {
      PM_ASSIGN_OR_RETURN(const auto commit, repository->ReadCommit(*stated));
      return std::vector<BaseCandidate>{
          {commit.id, commit.tree, "base-commit", true}};
    }
    if (stated.error().kind != ErrorKind::kNotFound) return stated.error();
  }
  PM_ASSIGN_OR_RETURN(const std::vector<Branch> branches,
                      ReadBranches(repository, history, config, series.date,
                                   series.as_configured));

  CandidateList list;
  if (series.as_configured) {
    for (const Branch& branch : branches) {
      BaseCandidate given = branch.now;
      // A commit or a tag as well as a branch.
      if (!branch.name.empty()) {
        given.reason = "given as " + log::Clean(branch.name, 100);
      }
      list.Add(std::move(given));
    }
    return std::move(list).Take();
  }
  for (const std::string& hint : series.tree_hints) {
    for (const Branch& branch : branches) {
      if (!MatchesHint(branch.name, hint)) continue;
      const std::string why =
          " (the subject says " + log::Clean(hint, 60) + ")";
      if (branch.then) list.Add(*branch.then, why);
      list.Add(branch.now, why);
    }
  }
  PM_RETURN_IF_ERROR(AddByIndexLines(repository, branches, series, &list));
  for (const Branch& branch : branches) {
    if (branch.then) {
      list.Add(*branch.then);
    } else {
      list.Add(branch.now);
    }
  }
  for (const Branch& branch : branches) list.Add(branch.now);
  return std::move(list).Take();
}

}  // namespace patchmilter::tree
