#include "review/engine/model_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "base/digest.h"
#include "base/log.h"
#include "review/anchor_gate.h"
#include "review/engine/account.h"
#include "review/engine/briefing.h"
#include "review/engine/conversation_tools.h"
#include "review/engine/conversations.h"
#include "review/engine/facts.h"
#include "review/engine/merge.h"
#include "review/engine/outcome.h"
#include "review/engine/plan.h"
#include "review/engine/report_words.h"
#include "review/findings_json.h"
#include "review/gates.h"

namespace patchmilter::review {
namespace {

using model::DialogueEnd;

// The cache of a provider is warm when its first conversation has spoken.
constexpr std::size_t kMaxThreads = 16;
// What the kill switch stops is looked at again after so long.
constexpr Seconds kStoppedPause = 300;
constexpr Seconds kFaultPause = 900;
// No claim that was left undecided is printed by default
// (ReviewConfig::min_confidence), and none that nobody has looked at is sure.
constexpr double kUndecided = 0.49;
constexpr double kUnverified = 0.5;

std::string NameOf(const Finding& finding) {
  FindingsFile file;
  file.findings = {finding};
  return "verify/" + Sha256Hex(WriteFindings(file)).substr(0, 12);
}

// All that it quotes is code of the patches: by where the lines stand, and not
// by whether a file is named.
bool OfCode(const SeriesUnderReview& series, const Finding& finding) {
  return std::all_of(finding.anchors.begin(), finding.anchors.end(),
                     [&](const Anchor& anchor) {
                       const PlacedAnchor placed =
                           PlaceAnchor(series, anchor, finding.function);
                       if (placed.fate == AnchorFate::kNoQuote ||
                           placed.fate == AnchorFate::kAbsent) {
                         return anchor.patch != 0 && !anchor.path.empty();
                       }
                       return placed.anchor.kind == AnchorKind::kLines ||
                              placed.anchor.kind == AnchorKind::kFile;
                     });
}

Severity SeverityOf(const Finding& finding) {
  if (!finding.reachability || !finding.consequence) return finding.severity;
  return ComputeSeverity(*finding.reachability, *finding.consequence,
                         finding.confidence);
}

// Of a conversation that has none.
class NoTools : public model::ToolRunner {
 public:
  Answer Run(const model::ToolCall& /*call*/, bool /*limit*/) override {
    return {"there are no tools; answer with JSON", true, ""};
  }
  void Again(const model::ToolCall& /*call*/,
             const Answer& /*answer*/) override {}
  bool Finished() const override { return false; }
};

// One review, from its facts to its outcome. Long, because its stages share
// what they have found so far; what needs none of that stands in files of its
// own (facts, plan, briefing, conversations, merge, outcome, account).
class ReviewRun {
 public:
  ReviewRun(ModelHub* hub, store::Store* store,
            const std::function<UnixSeconds()>& now,
            const SeriesUnderReview& series, ModelHub::Model* reviewer,
            ModelHub::Model* verifier)
      : hub_(hub),
        config_(hub->config()),
        series_(series),
        reviewer_(reviewer),
        verifier_(verifier),
        now_(now),
        content_(ContentOf(series)),
        fence_(series.key + " " + content_),
        journal_(store, &config_.budget,
                 {series.series->id, series.round, series.list->name,
                  series.series->author.email},
                 hub->StopFile(), now, series.still_wanted),
        conversations_(hub, &journal_, &config_, now,
                       [this] { return StopAsked(); }) {}

  Result<EngineResult> Run() {
    PM_ASSIGN_OR_RETURN(facts_,
                        CollectFacts(series_, content_, fence_,
                                     config_.review.hide_authors, &journal_));
    OpenDesk();
    if (const auto open = reviewer_->breaker->IsOpen(now_())) {
      return Paused(open->until, open->reason);
    }
    started_ = now_();
    PM_RETURN_IF_ERROR(ReviewSeries());
    if (!Pausing()) PM_RETURN_IF_ERROR(ReviewPatches());
    if (!Pausing()) PM_RETURN_IF_ERROR(Verify());
    if (!Pausing() && config_.review.second_pass) {
      PM_RETURN_IF_ERROR(ReviewAgain());
      if (!Pausing()) PM_RETURN_IF_ERROR(Verify());
    }
    if (!Pausing()) PM_RETURN_IF_ERROR(Merge());
    {
      const MutexLock lock(mutex_);
      if (pause_) return Paused(pause_->until, pause_->reason);
    }
    return Finish();
  }

 private:
  // --- Facts ---

  void OpenDesk() {
    const bool has_tree = series_.tree != nullptr &&
                          series_.apply.status != tree::ApplyStatus::kNoTree;
    const auto code_of = [&](const std::map<std::int64_t, PatchView>& views) {
      std::map<std::int64_t, std::string> texts;
      for (const auto& [number, view] : views) texts[number] = view.text;
      if (has_tree) {
        tree::QuestionScope scope;
        scope.patches = std::move(texts);
        scope.history_limit = true;
        scope.hide_people = config_.review.hide_authors;
        return series_.tree->Questions(std::move(scope));
      }
      tree::CodeScope scope;
      scope.patches = std::move(texts);
      return tree::Code::Make(nullptr, nullptr, std::move(scope));
    };
    desk_ = std::make_unique<ReviewDesk>(code_of(facts_.views),
                                         code_of(facts_.diffs), has_tree,
                                         ToolLimits{}, fence_);
  }

  // --- Conversations ---

  bool StopAsked() const { return series_.stop && series_.stop(); }

  struct Words {
    std::string system;  // What all roles share.
    std::string role;
    std::shared_ptr<const ReportWords> report;
  };
  Result<Words> WordsFor(Role role) {
    const std::string& set = series_.list->prompts.empty()
                                 ? config_.review.prompts
                                 : series_.list->prompts;
    PM_ASSIGN_OR_RETURN(Guide guide,
                        hub_->prompts().GuideFor(set, role, facts_.touched));
    if (prompts_.empty()) {
      prompts_ = guide.set + " " + guide.version;
      for (const std::string& warning : guide.warnings) {
        log::Warning("prompts", "{}", warning);
      }
      for (const GuideFile& file : guide.files) {
        log::Info("prompts", "series={} file={} sha256={}", series_.series->id,
                  file.name, file.sha256);
      }
    }
    std::vector<std::string_view> told = {guide.system};
    const std::vector<model::ToolSpec> tools = desk_->Tools();
    for (const model::ToolSpec& tool : tools) told.push_back(tool.description);
    return Words{guide.system.substr(0, guide.shared),
                 guide.system.substr(guide.shared),
                 std::make_shared<const ReportWords>(told)};
  }

  Result<DialogueEnd> Converse(ModelHub::Model* model, const std::string& name,
                               const Words& words, const std::string& shared,
                               std::string task, bool verifier,
                               ConversationTools* tools) {
    model::Conversation::Opening opening;
    opening.system = words.system;
    opening.tools = ConversationTools::SpecsOf(*desk_, verifier);
    opening.shared = shared;
    opening.task = std::move(task);
    PM_ASSIGN_OR_RETURN(DialogueEnd end,
                        RunBounded(model, name, std::move(opening), tools));
    const MutexLock lock(mutex_);
    if (!end.model.empty() && !verifier) answered_by_ = end.model;
    return end;
  }

  // A conversation, if there is time for it.
  Result<DialogueEnd> RunBounded(ModelHub::Model* model,
                                 const std::string& name,
                                 model::Conversation::Opening opening,
                                 model::ToolRunner* tools) {
    if (now_() - started_ >= config_.budget.review_time) {
      DialogueEnd end;
      end.kind = DialogueEnd::Kind::kLimit;
      end.reason = "the limit of budget.review_time is reached";
      return end;
    }
    PM_ASSIGN_OR_RETURN(
        DialogueEnd end,
        conversations_.Run(model, name, std::move(opening), tools));
    const MutexLock lock(mutex_);
    NotePause(*model, end);
    return end;
  }

  // What stops one conversation and will stop the next one too.
  void NotePause(const ModelHub::Model& model, const DialogueEnd& end)
      PM_REQUIRES(mutex_) {
    if (end.kind == DialogueEnd::Kind::kStopped) {
      const Seconds pause = conversations_.Stopped() ? 0 : kStoppedPause;
      pause_ = {now_() + pause, end.reason};
      return;
    }
    if (end.kind != DialogueEnd::Kind::kFault) return;
    // What is refused as it is may be so for what is in it: the next goes on.
    // A model that has never answered is most likely not set up as it should
    // be, and would refuse each series in turn.
    if (end.fault.kind == model::FaultKind::kRequest &&
        !end.fault.of_cassette && model.answered.load()) {
      log::Warning("model", "series={} model={} refuses a request: {}",
                   series_.series->id, model.config->name, end.reason);
      return;
    }
    const auto open = model.breaker->IsOpen(now_());
    pause_ = {open ? open->until : now_() + kFaultPause,
              fmt::format("model {}: {}", model.config->name, end.reason)};
  }

  // As the provider named what has answered.
  std::optional<std::string> AnsweredBy() {
    const MutexLock lock(mutex_);
    if (answered_by_.empty()) return std::nullopt;
    return answered_by_;
  }

  bool Pausing() {
    const MutexLock lock(mutex_);
    return pause_.has_value();
  }

  std::size_t Beside() const {
    const auto parallel = static_cast<std::size_t>(
        std::max<std::int64_t>(1, reviewer_->config->parallel));
    return std::min(parallel, kMaxThreads);
  }

  // --- Stages ---

  bool CoveredBefore(std::int64_t patch) const {
    return std::find(series_.covered_before.begin(),
                     series_.covered_before.end(),
                     patch) != series_.covered_before.end();
  }

  Status ReviewSeries() {
    // Of a single patch everything is said in its own conversation.
    if (series_.patches.size() < 2) return {};
    PM_ASSIGN_OR_RETURN(const Words words, WordsFor(Role::kSeries));
    ConversationTools::Assignment assignment;
    assignment.words = words.report.get();
    ConversationTools tools(&series_, desk_.get(), &facts_.views, assignment);
    PM_ASSIGN_OR_RETURN(series_end_,
                        Converse(reviewer_, "series", words, facts_.shared,
                                 SeriesTask(words.role), false, &tools));
    TakeFindings(tools.findings());
    return {};
  }

  Status ReviewPatches() {
    PM_ASSIGN_OR_RETURN(const Words words, WordsFor(Role::kPatch));
    PM_ASSIGN_OR_RETURN(
        first_, ReadAll(words, facts_.shared, facts_.views, "patch", {}));
    return {};
  }

  Status ReviewAgain() {
    std::set<std::int64_t> silent;
    for (const Told& told : first_) {
      if (told.end.kind == DialogueEnd::Kind::kFinished) {
        silent.insert(told.planned.patch);
      }
    }
    for (const std::int64_t patch : Spoken()) silent.erase(patch);
    if (silent.empty()) return {};
    PM_ASSIGN_OR_RETURN(const Words words, WordsFor(Role::kSecondPass));
    PM_ASSIGN_OR_RETURN(again_, ReadAll(words, facts_.without_words,
                                        facts_.diffs, "again", silent));
    return {};
  }

  // The patches of which something that a model has found would be told now. A
  // finding that is refuted, or that falls at a gate, says nothing: it could
  // have been reported to stand in for others.
  std::set<std::int64_t> Spoken() const {
    std::vector<Finding> findings;
    for (const ModelClaim& claim : claims_) {
      if (claim.refuted.empty()) findings.push_back(claim.finding);
    }
    const GatedReview review = ApplyGates(series_, std::move(findings),
                                          PolicyOf(config_, *series_.list));
    std::set<std::int64_t> spoken;
    for (const auto* list : {&review.kept, &review.still_present}) {
      for (const Finding& finding : *list) {
        for (const Anchor& anchor : finding.anchors) {
          spoken.insert(anchor.patch);
        }
      }
    }
    return spoken;
  }

  // `only`: these patches; empty: all that no earlier round has covered.
  Result<std::vector<Told>> ReadAll(
      const Words& words, const std::string& shared,
      const std::map<std::int64_t, PatchView>& views, std::string_view prefix,
      const std::set<std::int64_t>& only) {
    const std::uint64_t opening = model::EstimateTokens(words.system) +
                                  model::EstimateTokens(shared) +
                                  model::EstimateTokens(words.role);
    std::vector<Told> all;
    for (PlannedPatch& planned :
         PlanPatches(views, prefix, *reviewer_->config, opening)) {
      if (CoveredBefore(planned.patch)) continue;
      if (!only.empty() && !only.contains(planned.patch)) continue;
      if (views.at(planned.patch).files.empty()) continue;
      all.emplace_back().planned = std::move(planned);
    }
    const bool diffs_only = &views == &facts_.diffs;
    PM_RETURN_IF_ERROR(
        ForEachBeside(all.size(), Beside(), [&](std::size_t index) -> Status {
          Told& told = all[index];
          if (Pausing()) return {};
          ConversationTools::Assignment assignment;
          assignment.diffs_only = diffs_only;
          assignment.patch = told.planned.patch;
          assignment.files = told.planned.files;
          assignment.words = words.report.get();
          ConversationTools tools(&series_, desk_.get(), &views, assignment);
          PM_ASSIGN_OR_RETURN(
              told.end,
              Converse(reviewer_, told.planned.name, words, shared,
                       PatchTask(words.role, fence_, told.planned.patch,
                                 told.planned.files),
                       false, &tools));
          told.findings = tools.findings();
          told.receipt = tools.receipt();
          told.complete = tools.complete();
          return {};
        }));
    // In the order of the plan, whoever was done first.
    for (const Told& told : all) TakeFindings(told.findings);
    return all;
  }

  void TakeFindings(const std::vector<Finding>& findings) {
    for (const Finding& finding : findings)
      claims_.push_back({finding, false, "", "", false});
  }

  // --- Verification ---

  // What the gates would make now of each claim that holds so far; `into`: an
  // index into claims_, nothing where a check said it.
  std::vector<std::optional<Fate>> FatesNow() const {
    std::vector<Finding> findings = facts_.checks.findings;
    std::vector<std::size_t> of;
    for (std::size_t i = 0; i < claims_.size(); ++i) {
      if (!claims_[i].refuted.empty() || OfEarlierRound(claims_[i].finding)) {
        continue;
      }
      findings.push_back(claims_[i].finding);
      of.push_back(i);
    }
    const std::size_t checks = facts_.checks.findings.size();
    const GatedReview review = ApplyGates(series_, std::move(findings),
                                          PolicyOf(config_, *series_.list));
    std::vector<std::optional<Fate>> fates(claims_.size());
    for (std::size_t k = 0; k < of.size(); ++k) {
      Fate fate = review.fates[checks + k];
      if (fate.into) {
        const std::size_t into = *fate.into;
        fate.into.reset();
        if (into >= checks) fate.into = of[into - checks];
      }
      fates[of[k]] = std::move(fate);
    }
    return fates;
  }

  // Only of patches that were spoken of in a round before: told no more.
  bool OfEarlierRound(const Finding& finding) const {
    return !finding.anchors.empty() &&
           std::all_of(finding.anchors.begin(), finding.anchors.end(),
                       [this](const Anchor& anchor) {
                         return CoveredBefore(anchor.patch);
                       });
  }

  bool Printed(const std::optional<Fate>& fate) const {
    if (!fate) return false;
    switch (fate->kind) {
      case Fate::Kind::kKept:
      case Fate::Kind::kRerouted:
        return true;
      case Fate::Kind::kPreExisting:
        return PolicyOf(config_, *series_.list).pre_existing ==
               PreExisting::kMail;
      case Fate::Kind::kMerged:
      case Fate::Kind::kStillPresent:
      case Fate::Kind::kDropped:
        return false;
    }
    return false;
  }

  // Indices into claims_ of those that would be printed and that nobody has
  // looked at.
  std::vector<std::size_t> ToVerify(
      const std::vector<std::optional<Fate>>& fates) const {
    std::vector<std::size_t> unverified;
    std::set<std::string> names;
    for (std::size_t i = 0; i < claims_.size(); ++i) {
      if (claims_[i].verified || !Printed(fates[i])) continue;
      // What is the same to the letter is asked about once; the second one
      // finds the answer in the journal.
      if (names.insert(NameOf(claims_[i].finding)).second) {
        unverified.push_back(i);
      }
    }
    return unverified;
  }

  // What is one with a claim is judged with it: it falls with it, and makes it
  // neither surer nor graver. True where that has changed something.
  bool JudgeMerged(const std::vector<std::optional<Fate>>& fates) {
    bool changed = false;
    for (std::size_t i = 0; i < claims_.size(); ++i) {
      if (!fates[i] || !fates[i]->into) continue;
      const ModelClaim& one = claims_[*fates[i]->into];
      if (!one.verified) continue;
      ModelClaim& also = claims_[i];
      if (!one.refuted.empty()) {
        changed = changed || also.refuted.empty();
        also.refuted = one.refuted;
        continue;
      }
      if (also.finding.confidence > one.finding.confidence) {
        also.finding.confidence = one.finding.confidence;
        changed = true;
      }
      if (one.judged && SeverityOf(also.finding) > SeverityOf(one.finding)) {
        also.finding.reachability = one.finding.reachability;
        also.finding.consequence = one.finding.consequence;
        changed = true;
      }
    }
    return changed;
  }

  Status Verify() {
    PM_ASSIGN_OR_RETURN(const Words words, WordsFor(Role::kVerifier));
    // Refuting one finding may let another one through the gates. Each round
    // looks at one more, or makes one less of what is there, so that it ends.
    while (true) {
      const std::vector<std::optional<Fate>> fates = FatesNow();
      const std::vector<std::size_t> unverified = ToVerify(fates);
      PM_RETURN_IF_ERROR(
          ForEachBeside(unverified.size(), Beside(), [&](std::size_t index) {
            return VerifyOne(words, &claims_[unverified[index]]);
          }));
      if (Pausing()) return {};
      if (!JudgeMerged(fates) && unverified.empty()) return {};
    }
  }

  // Claims are each touched by one thread at a time.
  Status VerifyOne(const Words& words, ModelClaim* claim) {
    if (Pausing()) return {};
    ConversationTools::Assignment assignment;
    assignment.verifier = true;
    // Code refutes a claim on code, and no words of a message can.
    assignment.diffs_only = OfCode(series_, claim->finding);
    ConversationTools tools(&series_, desk_.get(), &facts_.views, assignment);
    PM_ASSIGN_OR_RETURN(
        const DialogueEnd end,
        Converse(verifier_, NameOf(claim->finding), words,
                 assignment.diffs_only ? facts_.without_words : facts_.shared,
                 VerifyTask(words.role, fence_,
                            AsShown(claim->finding, facts_.views)),
                 true, &tools));
    claim->verified = true;
    Finding& finding = claim->finding;
    if (!tools.verdict()) {
      finding.confidence = std::min(finding.confidence, kUnverified);
      return {};
    }
    claim->judged = true;
    const Verdict& verdict = *tools.verdict();
    if (verdict.kind == Verdict::Kind::kRefuted) {
      claim->refuted =
          verdict.reason.empty() ? "refuted" : log::Clean(verdict.reason, 500);
      return {};
    }
    if (verdict.reachability) finding.reachability = verdict.reachability;
    if (verdict.consequence) finding.consequence = verdict.consequence;
    if (verdict.confidence) finding.confidence = *verdict.confidence;
    if (verdict.fixed_by_patch) finding.fixed_by_patch = verdict.fixed_by_patch;
    if (verdict.pre_existing) finding.pre_existing = *verdict.pre_existing;
    if (verdict.kind == Verdict::Kind::kUndecided) {
      finding.confidence = std::min(finding.confidence, kUndecided);
    }
    return {};
  }

  // --- Merging ---

  // Of what would be printed: what falls at a gate must not take with it what
  // was confirmed.
  Status Merge() {
    const std::vector<std::optional<Fate>> fates = FatesNow();
    std::vector<std::size_t> of;
    std::vector<const Finding*> findings;
    for (std::size_t i = 0; i < claims_.size(); ++i) {
      if (!claims_[i].verified || !Printed(fates[i])) continue;
      of.push_back(i);
      findings.push_back(&claims_[i].finding);
    }
    // An agent has no answers but by tools.
    if (findings.size() < 2 || findings.size() > kMaxToMerge ||
        reviewer_->agent != nullptr) {
      return {};
    }
    PM_ASSIGN_OR_RETURN(const Words words, WordsFor(Role::kSeries));
    model::Conversation::Opening opening;
    opening.system = words.system;
    opening.shared = MergeTask(fence_, findings);
    opening.answer_schema = MergeSchema();
    NoTools nothing;
    PM_ASSIGN_OR_RETURN(
        const DialogueEnd end,
        RunBounded(reviewer_, "merge", std::move(opening), &nothing));
    const std::vector<std::size_t> same = MergedBy(end.answer, findings);
    for (std::size_t k = 0; k < same.size(); ++k) {
      if (same[k] == k) continue;
      // And what the gates have made one with it.
      for (std::size_t i = 0; i < claims_.size(); ++i) {
        const bool with = fates[i] && fates[i]->into == of[k];
        if (i == of[k] || with) Join(&claims_[i], &claims_[of[same[k]]]);
      }
    }
    return {};
  }

  static void Join(ModelClaim* goes, ModelClaim* stays) {
    goes->merged = stays->finding.title;
    stays->finding.anchors.insert(stays->finding.anchors.end(),
                                  goes->finding.anchors.begin(),
                                  goes->finding.anchors.end());
  }

  // --- The result ---

  static EngineResult Paused(UnixSeconds until, std::string reason) {
    EngineResult result;
    result.paused_until = until;
    result.pause_reason = std::move(reason);
    return result;
  }

  // The same claim to the letter, refuted in both readings of its patch, is
  // one.
  void ForgetRepeats() {
    std::set<std::string> refuted;
    std::erase_if(claims_, [&refuted](const ModelClaim& claim) {
      return !claim.refuted.empty() &&
             !refuted.insert(NameOf(claim.finding)).second;
    });
  }

  Result<EngineResult> Finish() {
    ForgetRepeats();
    EngineResult result;
    result.findings = facts_.checks.findings;
    TakeClaims(claims_, &result);
    result.coverage = facts_.checks.coverage;
    for (auto& [number, whole] : result.coverage.whole) {
      if (!whole || CoveredBefore(number)) continue;
      const std::string missed = Missed(number);
      if (missed.empty()) continue;
      whole = false;
      result.coverage.missed[number] = missed;
    }
    result.engine = "model";
    const std::string& named = reviewer_->config->model.empty()
                                   ? reviewer_->config->name
                                   : reviewer_->config->model;
    result.version =
        fmt::format("{}, prompts {}", AnsweredBy().value_or(named), prompts_);
    result.overview = facts_.checks.overview;
    for (std::string& sentence : OverviewOf(AccountOf(result.coverage))) {
      result.overview.push_back(std::move(sentence));
    }
    PM_ASSIGN_OR_RETURN(const store::Spent spent, journal_.Spent());
    result.cost = CostOf(spent);
    const ReviewDesk::Counts asked = desk_->counts();
    log::Info("model", "series={} questions={} from_memory={} cost={}",
              series_.series->id, asked.asked, asked.remembered, result.cost);
    return result;
  }

  // Why the patch counts as not read; "" where it was.
  std::string Missed(std::int64_t number) const {
    std::string missed = WhyNotRead(first_, facts_.views, number);
    if (!missed.empty() || !config_.review.second_pass) return missed;
    const bool again = std::any_of(
        again_.begin(), again_.end(),
        [number](const Told& told) { return told.planned.patch == number; });
    if (!again) return "";
    missed = WhyNotRead(again_, facts_.diffs, number);
    return missed.empty() ? "" : "read a second time: " + missed;
  }

  // Of what is under review in this round: how much was reviewed, and how.
  Account AccountOf(const Coverage& coverage) const {
    Account account;
    account.patches = series_.patches.size();
    for (const auto& [number, whole] : coverage.whole) {
      if (CoveredBefore(number)) continue;
      ++account.given;
      if (whole) ++account.whole;
    }
    account.series_finished = series_end_.kind == DialogueEnd::Kind::kFinished;
    account.reference = series_.apply.status == tree::ApplyStatus::kReference;
    for (const ModelClaim& claim : claims_) {
      if (!claim.judged) continue;
      ++account.verified;
      if (!claim.refuted.empty()) ++account.refuted;
    }
    return account;
  }

  struct Pause {
    UnixSeconds until = 0;
    std::string reason;
  };

  ModelHub* hub_;
  const Config& config_;
  const SeriesUnderReview& series_;
  ModelHub::Model* reviewer_;
  ModelHub::Model* verifier_;
  const std::function<UnixSeconds()>& now_;
  const std::string content_;
  const Fence fence_;
  StoreJournal journal_;
  Conversations conversations_;

  SeriesFacts facts_;
  std::unique_ptr<ReviewDesk> desk_;
  std::string prompts_;
  UnixSeconds started_ = 0;

  DialogueEnd series_end_;
  std::vector<Told> first_;
  std::vector<Told> again_;
  std::vector<ModelClaim> claims_;

  Mutex mutex_;
  std::string answered_by_ PM_GUARDED_BY(mutex_);
  std::optional<Pause> pause_ PM_GUARDED_BY(mutex_);
};

}  // namespace

Result<EngineResult> ModelEngine::Review(const SeriesUnderReview& series) {
  ModelHub::Model* reviewer = hub_->ReviewerOf(*series.list);
  ModelHub::Model* verifier = hub_->VerifierOf(*series.list);
  if (reviewer == nullptr || verifier == nullptr) {
    return Permanent("no [[model]] is configured for the list \"" +
                     series.list->name + "\"");
  }
  return ReviewRun(hub_, store_, now_, series, reviewer, verifier).Run();
}

}  // namespace patchmilter::review
