#include "tree/tree.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/log.h"
#include "git/history.h"
#include "git/repository.h"
#include "tree/apply/nearest_match.h"
#include "tree/apply/series_apply.h"
#include "tree/apply/work.h"
#include "tree/base/already_there.h"
#include "tree/base/base_choice.h"
#include "tree/base/prerequisites.h"
#include "tree/base/reach.h"
#include "tree/base/tree_hint.h"
#include "tree/index/code_index.h"
#include "tree/index/ctags.h"

namespace patchmilter::tree {
namespace {

// Bases on which a series is tried by merges, which cost more.
constexpr std::size_t kMaxMergeBases = 8;
constexpr std::size_t kMaxReferences = 10'000;

constexpr char kHead[] = "HEAD";

class GitTree : public Tree {
 public:
  GitTree(TreeConfig config, std::unique_ptr<git::Repository> repository)
      : config_(std::move(config)),
        repository_(std::move(repository)),
        commits_(repository_.get()),
        history_(repository_.get()),
        matcher_(repository_.get(), &history_) {}

  const std::string& name() const override { return config_.name; }

  Result<bool> HasStatedBase(const SeriesInput& series) override {
    if (series.base_commit.empty()) return false;
    const auto id = repository_->ResolveCommit(series.base_commit);
    if (id.ok()) return true;
    if (id.error().kind == ErrorKind::kNotFound) return false;
    return id.error().Wrap("tree " + config_.name);
  }

  TreeFit Fit(const SeriesInput& series) const override {
    TreeFit fit;
    for (std::size_t i = 0; i < series.tree_hints.size() && !fit.hint; ++i) {
      HintFit best = FitHint(config_.name, series.tree_hints[i]);
      fit.by_name = best != HintFit::kNone;
      for (const std::string& branch : config_.branches) {
        best = std::max(best, FitHint(branch, series.tree_hints[i]));
      }
      if (best == HintFit::kNone) continue;
      fit.hint = i;
      fit.exact = best == HintFit::kExact;
    }
    return fit;
  }

  Result<std::size_t> CountBlobs(const SeriesInput& series) override {
    PM_ASSIGN_OR_RETURN(const BaseBlobs blobs,
                        FindBaseBlobs(repository_.get(), series));
    return blobs.there.size();
  }

  Result<std::size_t> MatchBlobs(const SeriesInput& series) override {
    return BaseChoice(Sources(), &series).MatchBlobs();
  }

  Result<ApplyReport> Apply(const SeriesInput& series) override {
    auto report = ChooseAndApply(series);
    texts_.clear();
    if (!report.ok()) return report.error().Wrap("tree " + config_.name);
    return report;
  }

  Result<NamedCommit> FindCommit(std::string_view abbreviated) override {
    PM_ASSIGN_OR_RETURN(const auto match,
                        repository_->MatchCommit(abbreviated));
    NamedCommit named;
    switch (match.kind) {
      case git::CommitMatch::Kind::kNone:
        break;
      case git::CommitMatch::Kind::kUnsure:
        named.kind = NamedCommit::Kind::kUnsure;
        break;
      case git::CommitMatch::Kind::kOne: {
        PM_ASSIGN_OR_RETURN(auto commit, repository_->ReadCommit(match.commit));
        named.kind = NamedCommit::Kind::kOne;
        named.id = match.commit.Hex();
        named.subject = std::move(commit.subject);
        break;
      }
    }
    return named;
  }

  Result<std::optional<bool>> IsReachable(std::string_view commit) override {
    std::optional<bool> reachable;
    const auto id = git::ObjectId::FromHex(commit);
    if (!id) return reachable;
    if (!reach_) {
      std::vector<git::ObjectId> heads;
      for (const NamedTip& tip : Tips()) heads.push_back(tip.commit);
      if (!trees_.empty()) heads.push_back(base_);
      reach_.emplace(&commits_, heads);
    }
    reachable = reach_->Has(*id);
    if (reachable != false) return reachable;
    if (!reach_all_) {
      auto heads = repository_->ReferencedCommits(kMaxReferences);
      if (!heads.ok()) return std::optional<bool>();
      reach_all_.emplace(&commits_, *heads);
    }
    return reach_all_->Has(*id);
  }

  bool IsCalled(std::string_view hint) override {
    std::string_view directory = config_.path;
    while (directory.ends_with('/')) directory.remove_suffix(1);
    directory = directory.substr(directory.rfind('/') + 1);
    if (directory.ends_with(".git")) directory.remove_suffix(4);
    const auto fits = [hint](std::string_view name) {
      return FitHint(name, hint) != HintFit::kNone;
    };
    return fits(config_.name) || fits(directory) ||
           std::any_of(config_.branches.begin(), config_.branches.end(), fits);
  }

  Result<HistoryExtent> Extent() override {
    HistoryExtent extent;
    extent.shallow = repository_->IsShallow();
    for (const NamedTip& tip : Tips()) {
      PM_ASSIGN_OR_RETURN(const auto commit,
                          repository_->ReadCommit(tip.commit));
      extent.newest = std::max(extent.newest, commit.committed);
    }
    return extent;
  }

  Result<std::map<std::int64_t, std::string>> FindInHistory(
      const SentSeries& series) override {
    AppliedTo applied_to;
    if (!trees_.empty()) applied_to.base = base_;
    applied_to.applied = changed_by_;
    return FindAlreadyThere(repository_.get(), &commits_, Tips(), series,
                            applied_to);
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
    code.numbers = numbers_;
    code.patches = std::move(scope.patches);
    if (!scope.history_limit) NameBranches(scope.every_branch, &code);
    code.history_limit = scope.history_limit;
    code.hide_people = scope.hide_people;
    CodeIndex* index = Index(code.patched);
    return Code::Make(repository_.get(), index, std::move(code));
  }

 private:
  void NameBranches(bool every, CodeScope* code) {
    code->branches = config_.branches;
    for (std::string& name : code->branches) {
      if (name.empty()) name = kHead;
    }
    if (code->branches.empty() || every) code->branches.emplace_back(kHead);
    if (!every) return;
    auto heads = repository_->Branches(kMaxHeads);
    if (heads.ok()) {
      code->heads = std::move(*heads);
    } else {
      log::Warning(config_.name, "branches: {}", heads.error().message);
    }
  }

  BaseSources Sources() {
    return {repository_.get(), &history_, &matcher_, &config_};
  }

  // The configured branches that are there.
  std::vector<NamedTip> Tips() {
    std::vector<NamedTip> tips;
    if (config_.branches.empty()) {
      if (auto head = repository_->ResolveName(""); head.ok()) {
        tips.push_back({"", *head});
      }
    }
    for (const std::string& branch : config_.branches) {
      if (auto tip = repository_->ResolveName(branch); tip.ok()) {
        tips.push_back({branch, *tip});
      }
    }
    return tips;
  }

  // The configured index, with what the patches have made; where none is
  // configured, what is remembered of trees. May be null.
  CodeIndex* Index(const std::vector<git::ObjectId>& patched) {
    if (index_ == nullptr) {
      auto opened = CodeIndex::Open(config_.index);
      if (!opened.ok()) return nullptr;
      index_ = std::move(*opened);
    }
    if (index_->documents() == 0) return index_.get();
    const Status added =
        index_->AddTrees(repository_.get(), patched, FindCtags());
    // What it does not take up is read instead.
    if (!added.ok()) {
      log::Warning(config_.name, "index: {}", added.error().message);
    }
    return index_.get();
  }

  // The best that was tried so far.
  struct Best {
    std::optional<Attempt> attempt;
    std::size_t base = 0;
    ApplyLevel level = ApplyLevel::kPlain;

    bool Whole() const { return attempt && !attempt->failure; }
  };

  Result<ApplyReport> ChooseAndApply(const SeriesInput& series) {
    trees_.clear();
    numbers_.clear();
    changed_by_.clear();
    reach_.reset();
    reach_all_.reset();
    PM_RETURN_IF_ERROR(commits_.Refresh());
    repository_->DropWritten();
    BaseChoice choice(Sources(), &series);
    std::vector<BaseCandidate> candidates;
    texts_ = ReadPatches(series);
    Work work;
    Best best;
    FailedBases failed(repository_.get());
    while (!best.Whole() && !work.exhausted()) {
      PM_ASSIGN_OR_RETURN(auto candidate, choice.Next());
      if (!candidate) break;
      candidates.push_back(*std::move(candidate));
      PM_ASSIGN_OR_RETURN(const bool hopeless,
                          failed.FareAlike(candidates.back().tree));
      if (hopeless) continue;
      PM_RETURN_IF_ERROR(Try(candidates, candidates.size() - 1, series,
                             ApplyLevel::kPlain, &work, &best, &failed));
    }
    if (series.level == ApplyLevel::kThreeWay) {
      const std::size_t bases = std::min(candidates.size(), kMaxMergeBases);
      for (std::size_t i = 0; i < bases && !best.Whole(); ++i) {
        if (work.exhausted()) break;
        PM_RETURN_IF_ERROR(Try(candidates, i, series, ApplyLevel::kThreeWay,
                               &work, &best, &failed));
      }
    }
    if (last_tried_ != std::make_pair(best.base, best.level)) {
      // Its trees were dropped for those of a base that fared worse.
      repository_->DropWritten();
      Work again;
      PM_ASSIGN_OR_RETURN(
          best.attempt,
          ApplySeries(repository_.get(), candidates[best.base].tree, series,
                      texts_, best.level, &again));
    }
    return MakeReport(series, choice, candidates[best.base], *best.attempt,
                      candidates.size());
  }

  Status Try(const std::vector<BaseCandidate>& candidates, std::size_t i,
             const SeriesInput& series, ApplyLevel level, Work* work,
             Best* best, FailedBases* failed) {
    repository_->DropWritten();
    last_tried_ = {i, level};
    PM_ASSIGN_OR_RETURN(Attempt attempt,
                        ApplySeries(repository_.get(), candidates[i].tree,
                                    series, texts_, level, work));
    if (attempt.failure) failed->Add(candidates[i].tree, attempt.consulted);
    // With merges as without says why no merge helped, too.
    const std::size_t best_size =
        best->attempt ? best->attempt->trees.size() : 0;
    const bool better = !best->attempt || !attempt.failure ||
                        attempt.trees.size() > best_size ||
                        (attempt.trees.size() == best_size && i == best->base);
    if (better) *best = {std::move(attempt), i, level};
    return {};
  }

  Result<ApplyReport> MakeReport(const SeriesInput& series,
                                 const BaseChoice& choice,
                                 const BaseCandidate& base, Attempt& attempt,
                                 std::size_t candidates) {
    ApplyReport report;
    report.tree = config_.name;
    report.base = base.commit.Hex();
    report.base_reason = base.reason;
    if (!series.base_commit.empty() && !choice.stated() &&
        !series.as_configured) {
      report.base_reason += " (the stated base-commit is not in this tree)";
    }
    if (attempt.failure && candidates > 1) {
      report.base_reason +=
          " (best of " + std::to_string(candidates) + " bases tried)";
    }
    report.stated_base_known = choice.stated();
    report.on_stated_base = base.stated;
    report.with_offset = attempt.Is(HowApplied::kOffset);
    report.applied = attempt.trees.size();
    report.total = series.patches.size();
    report.status = !attempt.failure        ? ApplyStatus::kApplied
                    : attempt.trees.empty() ? ApplyStatus::kReference
                                            : ApplyStatus::kPartial;
    base_ = base.commit;
    trees_.push_back(base.tree);
    for (std::size_t i = 0; i < attempt.trees.size(); ++i) {
      report.result_trees.push_back(attempt.trees[i].Hex());
      trees_.push_back(attempt.trees[i]);
      numbers_.push_back(series.patches[i].number);
      if (attempt.how[i] != HowApplied::kAlreadyThere) {
        changed_by_.insert(series.patches[i].number);
      }
    }
    if (attempt.failure) {
      PM_ASSIGN_OR_RETURN(report.hunks, Explain(attempt.trees.size()));
    }
    if (attempt.plain_failure) {
      std::size_t i = 0;
      while (series.patches[i].number != attempt.plain_failure->patch) ++i;
      PM_ASSIGN_OR_RETURN(report.plain_hunks, Explain(i));
    }
    PM_ASSIGN_OR_RETURN(report.prerequisites,
                        Prerequisites(series, choice, base));
    report.failure = std::move(attempt.failure);
    report.plain_failure = std::move(attempt.plain_failure);
    report.how = std::move(attempt.how);
    return report;
  }

  // Why patch `i` does not stand plainly on the tree before it.
  Result<std::vector<HunkFailure>> Explain(std::size_t i) {
    Work work;
    return ExplainPatch(repository_.get(), trees_[i], texts_[i], &work);
  }

  // Which of the patches that the series says it needs are behind its base.
  Result<std::vector<Prerequisite>> Prerequisites(const SeriesInput& series,
                                                  const BaseChoice& choice,
                                                  const BaseCandidate& base) {
    const std::vector<Prerequisite>& known = choice.prerequisites();
    if (base.stated && !known.empty()) return known;
    PM_ASSIGN_OR_RETURN(
        auto all,
        FindPrerequisites(repository_.get(), series.prerequisite_patch_ids,
                          base.commit));
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (!all[i].commit.empty()) continue;
      all[i].elsewhere =
          known[i].commit.empty() ? known[i].elsewhere : known[i].commit;
    }
    return all;
  }

  TreeConfig config_;
  std::unique_ptr<git::Repository> repository_;
  std::unique_ptr<CodeIndex> index_;
  git::History commits_;  // As links.
  BranchHistory history_;
  BlobMatcher matcher_;
  PatchTexts texts_;  // While a series is being applied.
  // Index of the base, and level, whose trees are in memory.
  std::pair<std::size_t, ApplyLevel> last_tried_;
  git::ObjectId base_;                 // A commit.
  std::vector<git::ObjectId> trees_;   // The base, then after each patch.
  std::vector<std::int64_t> numbers_;  // Of those patches.
  std::set<std::int64_t> changed_by_;  // Those that made a change.
  // Of the branches and the base, and of all references; made when asked for.
  std::optional<Reach> reach_;
  std::optional<Reach> reach_all_;
};

}  // namespace

std::string_view HowAppliedName(HowApplied how) {
  switch (how) {
    case HowApplied::kExact:
      return "exact";
    case HowApplied::kOffset:
      return "offset";
    case HowApplied::kThreeWay:
      return "3way";
    case HowApplied::kAlreadyThere:
      return "already there";
  }
  return "";
}

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
