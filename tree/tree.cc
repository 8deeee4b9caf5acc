#include "tree/tree.h"

#include <utility>

#include "base/log.h"
#include "git/repository.h"
#include "tree/apply/patch_apply.h"
#include "tree/apply/work.h"
#include "tree/base/base_choice.h"

namespace patchmilter::tree {
namespace {

// How a series fared on one base.
struct Attempt {
  std::vector<git::ObjectId> trees;  // After each patch that applied.
  std::optional<ApplyFailure> failure;
  bool with_offset = false;
  Consulted consulted;
};

class GitTree : public Tree {
 public:
  GitTree(TreeConfig config, std::unique_ptr<git::Repository> repository)
      : config_(std::move(config)),
        repository_(std::move(repository)),
        history_(repository_.get()) {}

  const std::string& name() const override { return config_.name; }

  Result<ApplyReport> Apply(const SeriesInput& series) override {
    auto report = ApplySeries(series);
    if (!report.ok()) return report.error().Wrap("tree " + config_.name);
    return report;
  }

  Result<std::string> CommitSubject(std::string_view abbreviated) override {
    PM_ASSIGN_OR_RETURN(const auto id, repository_->ResolveCommit(abbreviated));
    PM_ASSIGN_OR_RETURN(auto commit, repository_->ReadCommit(id));
    return std::move(commit.subject);
  }

  Result<std::string> ReadFile(std::size_t patched_tree,
                               std::string_view path) override {
    if (patched_tree >= trees_.size()) {
      return NotFound("there is no patched tree " +
                      std::to_string(patched_tree));
    }
    PM_ASSIGN_OR_RETURN(const auto entry,
                        repository_->Lookup(trees_[patched_tree], path));
    const std::uint32_t type = entry ? entry->mode & git::kModeTypeMask : 0;
    if (type == 0 || type == git::kModeDirectory ||
        type == git::kModeSubmodule) {
      return NotFound("\"" + log::Clean(path) + "\" is no file of the tree");
    }
    return repository_->ReadBlob(entry->id, kMaxFileBytes);
  }

  std::unique_ptr<Code> Questions(QuestionScope scope) override {
    CHECK(!trees_.empty());
    CodeScope code;
    code.base = base_;
    code.patched.assign(trees_.begin() + 1, trees_.end());
    code.patches = std::move(scope.patches);
    code.branches = config_.branches;
    code.history_limit = scope.history_limit;
    return Code::Make(repository_.get(), nullptr, std::move(code));
  }

 private:
  Result<ApplyReport> ApplySeries(const SeriesInput& series) {
    trees_.clear();
    repository_->DropWritten();
    PM_ASSIGN_OR_RETURN(
        const auto candidates,
        ChooseBases(repository_.get(), &history_, config_, series));

    Work work;
    std::optional<Attempt> best;
    std::size_t best_base = 0;
    std::vector<std::pair<git::ObjectId, Consulted>> failed;
    std::size_t last_base = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      // Another branch where the files in question are the same fares the
      // same.
      PM_ASSIGN_OR_RETURN(const bool hopeless,
                          LooksLikeOne(candidates[i].tree, failed));
      if (hopeless) continue;
      repository_->DropWritten();
      last_base = i;
      PM_ASSIGN_OR_RETURN(Attempt attempt,
                          TryBase(candidates[i].tree, series, &work));
      const bool applies = !attempt.failure;
      if (!applies && attempt.consulted.complete) {
        failed.emplace_back(candidates[i].tree, attempt.consulted);
      }
      if (!best || attempt.trees.size() > best->trees.size() || applies) {
        best = std::move(attempt);
        best_base = i;
      }
      if (applies || work.exhausted()) break;
    }
    if (best_base != last_base) {
      // Its trees were dropped for those of a base that fared worse.
      repository_->DropWritten();
      Work again;
      PM_ASSIGN_OR_RETURN(*best,
                          TryBase(candidates[best_base].tree, series, &again));
    }
    return MakeReport(series, candidates[best_base], *best, candidates.size());
  }

  Result<Attempt> TryBase(const git::ObjectId& base, const SeriesInput& series,
                          Work* work) {
    static const diff::Diff kNoDiff;
    Attempt attempt;
    git::ObjectId tree = base;
    for (const PatchInput& patch : series.patches) {
      PM_ASSIGN_OR_RETURN(
          PatchOutcome outcome,
          ApplyPatch(repository_.get(), tree,
                     patch.diff != nullptr ? *patch.diff : kNoDiff, work,
                     &attempt.consulted));
      if (outcome.failure) {
        attempt.failure = std::move(outcome.failure);
        attempt.failure->patch = patch.number;
        break;
      }
      attempt.with_offset = attempt.with_offset || outcome.with_offset;
      tree = outcome.tree;
      attempt.trees.push_back(tree);
    }
    return attempt;
  }

  // Whether `tree` has, at every path that one of `failed` hung on, what that
  // one had.
  Result<bool> LooksLikeOne(
      const git::ObjectId& tree,
      const std::vector<std::pair<git::ObjectId, Consulted>>& failed) {
    for (const auto& [other, consulted] : failed) {
      bool same = true;
      for (const auto& [path, depth] : consulted.paths) {
        PM_ASSIGN_OR_RETURN(const auto here, repository_->Lookup(tree, path));
        PM_ASSIGN_OR_RETURN(const auto there, repository_->Lookup(other, path));
        const auto type = [](const std::optional<git::TreeEntry>& entry) {
          return entry ? entry->mode & git::kModeTypeMask : 0;
        };
        same = type(here) == type(there) &&
               (depth == Consulted::Depth::kType || here == there);
        if (!same) break;
      }
      if (same) return true;
    }
    return false;
  }

  ApplyReport MakeReport(const SeriesInput& series, const BaseCandidate& base,
                         const Attempt& attempt, std::size_t candidates) {
    ApplyReport report;
    report.tree = config_.name;
    report.base = base.commit.Hex();
    report.base_reason = base.reason;
    if (!series.base_commit.empty() && !base.stated) {
      report.base_reason += " (the stated base-commit is not in this tree)";
    }
    if (attempt.failure && candidates > 1) {
      report.base_reason +=
          " (best of " + std::to_string(candidates) + " bases tried)";
    }
    report.stated_base_known = base.stated;
    report.with_offset = attempt.with_offset;
    report.applied = attempt.trees.size();
    report.total = series.patches.size();
    report.failure = attempt.failure;
    report.status = !attempt.failure        ? ApplyStatus::kApplied
                    : attempt.trees.empty() ? ApplyStatus::kReference
                                            : ApplyStatus::kPartial;
    base_ = base.commit;
    trees_.push_back(base.tree);
    for (const git::ObjectId& tree : attempt.trees) {
      report.result_trees.push_back(tree.Hex());
      trees_.push_back(tree);
    }
    return report;
  }

  TreeConfig config_;
  std::unique_ptr<git::Repository> repository_;
  BranchHistory history_;
  git::ObjectId base_;                // A commit.
  std::vector<git::ObjectId> trees_;  // The base, then after each patch.
};

}  // namespace

Result<std::unique_ptr<Tree>> Tree::Open(const TreeConfig& config) {
  auto repository = git::Repository::Open(config.path);
  if (!repository.ok()) {
    Error error = repository.error().Wrap("tree " + config.name);
    error.message += "; set `path` of [[tree]] " + config.name;
    return error;
  }
  return std::unique_ptr<Tree>(
      new GitTree(config, std::move(repository).value()));
}

}  // namespace patchmilter::tree
