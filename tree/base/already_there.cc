#include "tree/base/already_there.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "tree/apply/patch_apply.h"
#include "tree/apply/work.h"
#include "tree/base/patch_search.h"
#include "tree/base/reach.h"
#include "tree/base/tree_hint.h"

namespace patchmilter::tree {
namespace {

class Finder {
 public:
  Finder(git::Repository* repository, git::History* history,
         const SentSeries& series, const AppliedTo& applied_to)
      : repository_(repository),
        series_(series),
        applied_to_(applied_to),
        history_(history) {}

  // Those of the patches that are backports, or those that are none.
  Status Find(const std::vector<NamedTip>& tips, bool backports) {
    tips_.clear();
    for (const NamedTip& tip : tips) tips_.push_back(tip.commit);
    if (tips_.empty()) return {};
    std::vector<WantedPatch> wanted;
    for (const SentPatch& patch : series_.patches) {
      if (patch.backport != backports || patch.diff == nullptr) continue;
      WantedPatch one;
      one.patch_id = patch.diff->StablePatchId();
      for (const diff::File& file : patch.diff->files()) {
        if (!file.old_path.empty()) one.paths.insert(file.old_path);
        if (!file.new_path.empty()) one.paths.insert(file.new_path);
      }
      if (one.patch_id.empty() || one.paths.empty()) continue;
      one.accept = [this, &patch](const git::ObjectId& commit) {
        return Accept(patch, commit);
      };
      wanted.push_back(std::move(one));
    }
    if (wanted.empty()) return {};
    PatchSearchBounds bounds;
    bounds.not_after = series_.date;
    PM_ASSIGN_OR_RETURN(
        const auto found,
        FindPatches(repository_, tips_, wanted, bounds, history_));
    for (const SentPatch& patch : series_.patches) {
      if (patch.backport != backports || patch.diff == nullptr) continue;
      const auto commit = found.find(patch.diff->StablePatchId());
      if (commit == found.end() || Names(patch, commit->second)) continue;
      PM_ASSIGN_OR_RETURN(const bool applies,
                          AppliesWhere(commit->second, patch.number));
      if (!applies) there_.emplace(patch.number, commit->second.Hex());
    }
    return {};
  }

  std::map<std::int64_t, std::string> TakeThere() { return std::move(there_); }

 private:
  static bool Names(const SentPatch& patch, const git::ObjectId& commit) {
    const std::string id = commit.Hex();
    return std::any_of(
        patch.named.begin(), patch.named.end(),
        [&id](const std::string& named) { return id.starts_with(named); });
  }

  Result<bool> Accept(const SentPatch& patch, const git::ObjectId& commit) {
    // Its sender knows of the change: no other commit of it is looked for.
    if (Names(patch, commit)) return true;
    const auto text = history_->ReadText(commit);
    if (!text.ok()) return false;
    for (const std::string& person : patch.people) {
      if (EqualsIgnoreCase(person, text->committer.email) ||
          EqualsIgnoreCase(person, text->committer.name)) {
        return false;
      }
    }
    for (const UnixSeconds date : patch.dates) {
      if (date == text->author.time) return false;
    }
    return IsOfThisLine(patch.number, commit);
  }

  // Whether the commit and the base, where the series was applied to one, are
  // of one line, so that the patch is for where the commit is.
  bool IsOfThisLine(std::int64_t number, const git::ObjectId& commit) {
    if (applied_to_.applied.empty() || !applied_to_.base) return true;
    const git::ObjectId& base = *applied_to_.base;
    const bool applied = applied_to_.applied.contains(number);
    if (!applied && ReachOf(base).Has(commit) == true) return true;
    // Where it is behind the base and applies, it was taken back.
    return commit != base && Reach(history_, {commit}).Has(base) == true;
  }

  Reach& ReachOf(const git::ObjectId& head) {
    const auto known = reach_.find(head);
    if (known != reach_.end()) return known->second;
    return reach_.emplace(head, Reach(history_, {head})).first->second;
  }

  // Whether the patch applies to a branch that has the commit, by itself or
  // with those of the series before it that do.
  Result<bool> AppliesWhere(const git::ObjectId& commit, std::int64_t number) {
    for (const git::ObjectId& tip : tips_) {
      if (tips_.size() > 1 && ReachOf(tip).Has(commit) == false) continue;
      const auto known = applies_.find(tip);
      if (known == applies_.end()) PM_RETURN_IF_ERROR(ApplyTo(tip));
      if (applies_[tip].contains(number)) return true;
    }
    return false;
  }

  Status ApplyTo(const git::ObjectId& tip) {
    std::set<std::int64_t>& applies = applies_[tip];
    PM_ASSIGN_OR_RETURN(const auto commit, repository_->ReadCommit(tip));
    git::ObjectId tree = commit.tree;
    for (const SentPatch& patch : series_.patches) {
      if (patch.diff == nullptr) continue;
      const PatchText text(*patch.diff);
      for (const git::ObjectId& on : {tree, commit.tree}) {
        Consulted consulted;
        PM_ASSIGN_OR_RETURN(
            const PatchOutcome outcome,
            ApplyPatch(repository_, on, text, &work_, &consulted));
        // Where that costs too much, it is not known.
        if (outcome.failure && !work_.exhausted()) continue;
        applies.insert(patch.number);
        if (!outcome.failure && on == tree) tree = outcome.tree;
        break;
      }
    }
    return {};
  }

  git::Repository* repository_;
  const SentSeries& series_;
  const AppliedTo& applied_to_;
  git::History* history_;
  std::vector<git::ObjectId> tips_;
  std::unordered_map<git::ObjectId, Reach> reach_;  // By head.
  // By tip, the patches that apply there.
  std::unordered_map<git::ObjectId, std::set<std::int64_t>> applies_;
  Work work_;
  std::map<std::int64_t, std::string> there_;
};

}  // namespace

Result<std::map<std::int64_t, std::string>> FindAlreadyThere(
    git::Repository* repository, git::History* history,
    const std::vector<NamedTip>& tips, const SentSeries& series,
    const AppliedTo& applied_to) {
  std::vector<NamedTip> named;
  for (const NamedTip& tip : tips) {
    if (std::any_of(series.tree_hints.begin(), series.tree_hints.end(),
                    [&tip](const std::string& hint) {
                      return FitHint(tip.branch, hint) != HintFit::kNone;
                    })) {
      named.push_back(tip);
    }
  }
  Finder finder(repository, history, series, applied_to);
  PM_RETURN_IF_ERROR(finder.Find(tips, false));
  PM_RETURN_IF_ERROR(finder.Find(named, true));
  return finder.TakeThere();
}

}  // namespace patchmilter::tree
