#include "review/review_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/clock.h"
#include "base/log.h"
#include "base/stop_point.h"
#include "base/text.h"
#include "mime/compose.h"
#include "review/checks_engine.h"
#include "review/eligibility.h"
#include "review/engine/model_engine.h"
#include "review/recall.h"
#include "review/sent_series.h"
#include "review/series_input.h"

namespace patchmilter::review {
namespace {

// A checks review takes far less than a second; a job whose lease runs out has
// lost its process.
constexpr Seconds kLease = 3600;
constexpr Seconds kFirstRetry = 60;
// Of a review that has failed at each attempt, for its readers.
constexpr std::string_view kFailedHere =
    "the reviewer itself has failed, and not because of the patches";

std::string_view ApplyStatusWord(tree::ApplyStatus status) {
  switch (status) {
    case tree::ApplyStatus::kApplied:
      return "applied";
    case tree::ApplyStatus::kPartial:
      return "partial";
    case tree::ApplyStatus::kReference:
      return "reference";
    case tree::ApplyStatus::kNoTree:
      return "no-tree";
  }
  return "no-tree";
}

std::string JoinNumbers(const std::vector<std::int64_t>& numbers) {
  std::vector<std::string> words;
  words.reserve(numbers.size());
  for (const std::int64_t number : numbers) {
    words.push_back(std::to_string(number));
  }
  return Join(words, ", ");
}

bool Contains(const std::vector<std::int64_t>& numbers, std::int64_t number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

bool AnyRead(const EngineResult& engine) {
  return std::any_of(engine.coverage.whole.begin(), engine.coverage.whole.end(),
                     [](const auto& entry) { return entry.second; });
}

}  // namespace

// What one job works on: owns what SeriesUnderReview points to.
struct ReviewRunner::Loaded {
  store::SeriesRow row;
  std::map<std::int64_t, mime::PatchMail> mails;  // 0: the cover.
  std::map<std::int64_t, store::MailRow> mail_rows;
  std::vector<std::int64_t> covered_before;
  std::vector<std::string> remarks;
  Memory memory;
  SeriesUnderReview under;
};

namespace {

constexpr std::string_view kModelEngine = "model";

bool AsksModel(const Config& config, const ListConfig& list) {
  const std::string& engine =
      list.engine.empty() ? config.review.engine : list.engine;
  return engine == kModelEngine;
}

class EngineOfList : public Engine {
 public:
  EngineOfList(const Config* config, ModelHub* hub, store::Store* store)
      : config_(config) {
    if (hub != nullptr) {
      model_ = std::make_unique<ModelEngine>(
          hub, store, [] { return SystemClock().Now(); });
    }
  }

  Result<EngineResult> Review(const SeriesUnderReview& series) override {
    if (!AsksModel(*config_, *series.list)) return checks_.Review(series);
    CHECK(model_ != nullptr);
    return model_->Review(series);
  }

 private:
  const Config* config_;
  ChecksEngine checks_;
  std::unique_ptr<ModelEngine> model_;
};

}  // namespace

std::unique_ptr<Engine> MakeEngine(const Config* config, ModelHub* hub,
                                   store::Store* store) {
  return std::make_unique<EngineOfList>(config, hub, store);
}

bool AsksModels(const Config& config) {
  return std::any_of(
      config.lists.begin(), config.lists.end(),
      [&config](const ListConfig& list) { return AsksModel(config, list); });
}

Result<std::unique_ptr<ReviewRunner::Loaded>> ReviewRunner::Load(
    const store::Job& job) {
  auto loaded = std::make_unique<Loaded>();
  PM_ASSIGN_OR_RETURN(loaded->row, store_->LoadSeries(job.series));
  const series::Series& series = loaded->row.series;
  std::map<std::int64_t, series::MailId> members = series.patches;
  if (series.cover.has_value()) members[0] = *series.cover;
  for (const auto& [number, id] : members) {
    PM_ASSIGN_OR_RETURN(mime::PatchMail mail, store_->LoadPatchMail(id));
    loaded->mails.emplace(number, std::move(mail));
    PM_ASSIGN_OR_RETURN(store::MailRow row, store_->LoadMail(id));
    if (row.truncated) loaded->mails.at(number).mail.cut = true;
    loaded->mail_rows.emplace(number, std::move(row));
  }
  PM_ASSIGN_OR_RETURN(loaded->covered_before,
                      store_->CoveredPatches(job.series));
  SeriesUnderReview& under = loaded->under;
  under.series = &loaded->row.series;
  under.at_desk = at_desk_;
  for (const auto& [number, mail] : loaded->mails) {
    if (number == 0) {
      under.cover = &mail;
    } else {
      under.patches.emplace(number, &mail);
    }
  }
  under.list = config_->FindList(series.list);
  if (under.list == nullptr) {
    return Permanent("list \"" + log::Clean(series.list) +
                     "\" is no longer in the configuration");
  }
  if (series.previous.has_value()) {
    const Result<store::SeriesRow> previous =
        store_->LoadSeries(*series.previous);
    if (previous.ok()) {
      under.previous_title = previous->series.title;
      under.previous_version = previous->series.version;
      if (previous->state == store::SeriesState::kSuperseded) {
        loaded->remarks.push_back(fmt::format(
            "Revision v{} was superseded by this one before its review began.",
            previous->series.version));
      }
    }
  }
  PM_ASSIGN_OR_RETURN(loaded->memory, Recall(store_, series, job.round));
  under.memory = &loaded->memory;
  under.round = job.round;
  under.key = loaded->row.review_key;
  under.covered_before = loaded->covered_before;
  under.stop = stop_;
  PM_RETURN_IF_ERROR(LoadReplies(loaded.get()));
  if (series.partial_reroll) {
    loaded->remarks.emplace_back(
        "This revision sends some patches only; the others stand as they were "
        "in the revision before.");
  }
  if (job.round > 1) {
    std::vector<std::int64_t> late;
    for (const auto& [number, patch] : under.patches) {
      if (!Contains(loaded->covered_before, number)) late.push_back(number);
    }
    const bool one = late.size() == 1;
    loaded->remarks.push_back(fmt::format(
        "Round {}: {} {}, which no earlier round has read, {} reviewed here.",
        job.round, one ? "patch" : "patches", JoinNumbers(late),
        one ? "is" : "are"));
  }
  return loaded;
}

Status ReviewRunner::LoadReplies(Loaded* loaded) {
  if (reader_ == nullptr || !AsksModel(*config_, *loaded->under.list)) {
    return {};
  }
  PM_ASSIGN_OR_RETURN(
      const std::vector<store::ReplyRow> rows,
      store_->RepliesTo(loaded->row.series.id, store::kMaxReplies));
  for (const store::ReplyRow& row : rows) {
    Result<mime::PatchMail> patch = reader_(row.raw);
    // What cannot be read is no reason to review nothing.
    if (!patch.ok()) continue;
    ThreadReply reply;
    reply.from = patch->mail.author;
    reply.patch = row.patch;
    reply.date = row.arrival;
    reply.message_id = row.message_id;
    reply.text = std::move(patch->mail.text);
    loaded->under.replies.push_back(std::move(reply));
  }
  return {};
}

void ReviewRunner::ApplyToTrees(Loaded* loaded) {
  SeriesUnderReview& under = loaded->under;
  tree::SeriesInput input = InputOf(under);
  input.as_configured = ignore_stated_base_;
  TreeChoice choice(&trees_, &under.list->trees);
  TreeChoice::Chosen chosen = choice.Choose(input);
  under.tree = chosen.tree;
  under.apply = std::move(chosen.apply);
  for (const std::string& name : choice.unreadable()) {
    loaded->remarks.push_back(fmt::format("Tree {} could not be read.", name));
  }
  if (under.tree == nullptr) return;
  for (const std::string& name : under.list->trees) {
    if (name == under.tree->name()) continue;
    const Result<tree::Tree*> other = trees_.Find(name);
    under.other_trees.push_back(other.ok() ? *other : nullptr);
  }
  auto there = under.tree->FindInHistory(SentSeriesOf(under));
  if (there.ok()) {
    under.already_there = *std::move(there);
  } else {
    log::Warning("review", "tree={} history cannot be read: {}",
                 under.tree->name(), there.error().message);
  }
}

Status ReviewRunner::AddMails(const Loaded& loaded, const EngineResult& engine,
                              const GatedReview& review,
                              const std::vector<PreviousFate>& fates,
                              const DestinationConfig& destination,
                              UnixSeconds now, store::ReviewRecord* record) {
  if (destination.kind == DestinationConfig::Kind::kArchive) {
    for (const auto& [number, row] : loaded.mail_rows) {
      if (row.truncated) continue;  // Not the mail that was sent.
      store::OutboxMail original;
      original.destination = destination.name;
      original.kind = "original";
      original.message_id = row.message_id;
      original.recipient = destination.address;
      original.original = row.id;
      original.unique_key =
          fmt::format("original {} {}", row.message_id,
                      loaded.mails.at(number).mail.content_hash);
      record->outbox.push_back(std::move(original));
    }
  }
  const std::string domain = config_->identity.domain.empty()
                                 ? DomainOf(config_->identity.from)
                                 : config_->identity.domain;
  RenderContext context;
  context.identity = &config_->identity;
  context.destination = &destination;
  context.series_key = loaded.row.review_key;
  context.round = record->job.round;
  context.now = now;
  context.max_mail_lines = config_->review.max_mail_lines;
  context.remarks = loaded.remarks;
  context.covered_before = loaded.covered_before;
  context.previous_fates = fates;
  if (record->job.round > 1) {
    context.previous_series_mail = ReviewMessageId(
        loaded.row.review_key, destination.name, record->job.round - 1,
        ReviewMail::Kind::kSeries, 0, domain);
  }
  for (const ReviewMail& mail : Render(loaded.under, engine, review, context)) {
    PM_ASSIGN_OR_RETURN(std::string bytes, mime::Compose(mail.mail));
    store::OutboxMail out;
    out.destination = destination.name;
    out.kind = ReviewMailKindName(mail.kind);
    out.message_id = mail.mail.message_id;
    out.recipient = destination.address;
    out.bytes = std::move(bytes);
    out.unique_key = "review " + mail.mail.message_id;
    record->outbox.push_back(std::move(out));
  }
  return {};
}

Result<store::ReviewRecord> ReviewRunner::Finish(const store::Job& job,
                                                 const Loaded& loaded,
                                                 const EngineResult& engine,
                                                 UnixSeconds now) {
  const GatePolicy policy = PolicyOf(*config_, *loaded.under.list);

  store::ReviewRecord record;
  record.job = job;
  record.hold = hold_;
  // A later round says only what is new: patches that were covered before have
  // been spoken of.
  std::vector<Finding> findings;
  for (const Finding& finding : engine.findings) {
    const bool said_before =
        !finding.anchors.empty() &&
        std::all_of(finding.anchors.begin(), finding.anchors.end(),
                    [&](const Anchor& anchor) {
                      return Contains(loaded.covered_before, anchor.patch);
                    });
    if (said_before) {
      record.findings.push_back(ToRow(finding, loaded.under, "round",
                                      "its patch was covered before"));
    } else {
      findings.push_back(finding);
    }
  }
  const GatedReview review =
      ApplyGates(loaded.under, std::move(findings), policy);
  if (watcher_) watcher_(loaded.under, review);
  for (const Finding& finding : review.kept) {
    record.findings.push_back(ToRow(finding, loaded.under, "", ""));
  }
  for (const Finding& finding : review.pre_existing) {
    record.findings.push_back(ToRow(finding, loaded.under, "", ""));
  }
  for (const Finding& finding : review.still_present) {
    record.findings.push_back(StillPresentRow(finding, loaded.under));
  }
  for (const Dropped& dropped : engine.refuted) {
    record.findings.push_back(
        ToRow(dropped.finding, loaded.under, dropped.gate, dropped.reason));
  }
  for (const Dropped& dropped : review.dropped) {
    record.findings.push_back(
        ToRow(dropped.finding, loaded.under, dropped.gate, dropped.reason));
  }
  // Where nothing was read, nothing can be said of what was said before.
  std::vector<PreviousFate> fates;
  if (AnyRead(engine)) {
    fates = PreviousFatesOf(loaded.under, review.still_present);
    for (const PreviousFate& fate : fates) {
      if (fate.kind == PreviousFate::Kind::kStillPresent) continue;
      record.findings.push_back(FateRow(fate));
    }
  }
  const bool all_read =
      !engine.coverage.whole.empty() &&
      std::all_of(engine.coverage.whole.begin(), engine.coverage.whole.end(),
                  [](const auto& entry) { return entry.second; });
  record.engine = engine.engine;
  record.engine_version = engine.version;
  record.cost = engine.cost;
  const bool any_found = !review.kept.empty() || !review.still_present.empty();
  record.verdict = any_found  ? "findings"
                   : all_read ? "clean"
                              : store::kNotReviewed;
  record.tree = loaded.under.apply.tree;
  record.base = loaded.under.apply.base;
  record.apply = ApplyStatusWord(loaded.under.apply.status);
  record.finished = now;
  record.covered = loaded.row.series.patches;
  for (const std::string& name : loaded.under.list->destinations) {
    const DestinationConfig* destination = config_->FindDestination(name);
    CHECK(destination != nullptr);  // LoadConfig has seen to it.
    PM_RETURN_IF_ERROR(
        AddMails(loaded, engine, review, fates, *destination, now, &record));
  }
  return record;
}

Result<bool> ReviewRunner::CancelIfSuperseded(const store::Job& job,
                                              UnixSeconds now) {
  PM_ASSIGN_OR_RETURN(const store::SeriesRow row,
                      store_->LoadSeries(job.series));
  Eligibility eligibility(config_, store_, at_desk_);
  PM_ASSIGN_OR_RETURN(const bool superseded,
                      eligibility.IsSuperseded(row.series, now));
  if (!superseded) return false;
  const SetAside aside = HowSetAside(row, store::SeriesState::kSuperseded,
                                     "a newer revision has come");
  PM_RETURN_IF_ERROR(store_->CancelJob(job, aside.state, aside.reason, now));
  return true;
}

Status ReviewRunner::Failed(const store::Job& job, const Error& error,
                            UnixSeconds now) {
  // A person at a desk is told at once, by whoever prints the reason.
  if (at_desk_) return store_->FailJob(job, error.message, std::nullopt, now);
  const bool last = job.attempts >= config_->review.max_attempts ||
                    error.kind == ErrorKind::kPermanent;
  log::Err(fmt::format("series {}", job.series),
           "review failed round={} attempt={} last={} reason={}", job.round,
           job.attempts, last, error.message);
  if (last) return store_->FailJob(job, error.message, std::nullopt, now);
  const Seconds pause = kFirstRetry << std::min<std::int64_t>(job.attempts, 6);
  return store_->FailJob(job, error.message, now + pause, now);
}

Status ReviewRunner::Paused(const store::Job& job, const EngineResult& engine,
                            UnixSeconds now) {
  PM_ASSIGN_OR_RETURN(const bool superseded, CancelIfSuperseded(job, now));
  if (superseded) return {};
  // A person at a desk waits for it, and may try again.
  if (at_desk_) return Failed(job, Permanent(engine.pause_reason), now);
  log::Warning(fmt::format("series {}", job.series),
               "review paused round={} until={} reason={}", job.round,
               FormatTime(*engine.paused_until), engine.pause_reason);
  if (pause_watcher_) pause_watcher_(engine.pause_reason);
  // The engine has the machine's clock, a replay its own.
  const Seconds pause =
      std::max<Seconds>(0, *engine.paused_until - SystemClock().Now());
  return store_->PauseJob(job, engine.pause_reason, now + pause, now);
}

Seconds ReviewRunner::Lease() const {
  Seconds longest = 0;
  for (const ModelConfig& model : config_->models) {
    longest = std::max(longest, model.retry_for + model.timeout);
  }
  return kLease + longest;
}

Status ReviewRunner::RunJob(const store::Job& job, UnixSeconds now) {
  PM_ASSIGN_OR_RETURN(const bool superseded, CancelIfSuperseded(job, now));
  if (superseded) return {};
  Result<std::unique_ptr<Loaded>> loaded = Load(job);
  if (!loaded.ok()) return Failed(job, loaded.error(), now);
  ApplyToTrees(loaded->get());
  (*loaded)->under.still_wanted = [this, &job, &loaded]() -> Result<bool> {
    const UnixSeconds time = SystemClock().Now();
    PM_RETURN_IF_ERROR(store_->ExtendLease(job, time + Lease()));
    PM_ASSIGN_OR_RETURN(const store::SeriesRow row,
                        store_->LoadSeries((*loaded)->row.series.id));
    Eligibility eligibility(config_, store_, at_desk_);
    PM_ASSIGN_OR_RETURN(const bool newer,
                        eligibility.IsSuperseded(row.series, time));
    return !newer;
  };
  Result<EngineResult> engine = engine_->Review((*loaded)->under);
  if (engine.ok() && engine->paused_until) return Paused(job, *engine, now);
  if (!engine.ok()) {
    if (at_desk_ || (job.attempts < config_->review.max_attempts &&
                     engine.error().kind != ErrorKind::kPermanent)) {
      return Failed(job, engine.error(), now);
    }
    log::Err(fmt::format("series {}", job.series),
             "review failed round={} attempt={} last=true reason={}", job.round,
             job.attempts, engine.error().message);
    // The readers are told, once: silence would read as "no issues". What has
    // failed here is for the log: paths and settings are no business of theirs.
    const std::string& engine_name = (*loaded)->under.list->engine.empty()
                                         ? config_->review.engine
                                         : (*loaded)->under.list->engine;
    EngineResult nothing;
    nothing.engine = engine_name;
    for (const auto& [number, patch] : (*loaded)->under.patches) {
      if (Contains((*loaded)->covered_before, number)) continue;
      nothing.coverage.missed[number] = kFailedHere;
    }
    engine = std::move(nothing);
  }
  Result<store::ReviewRecord> record = Finish(job, **loaded, *engine, now);
  if (!record.ok()) return Failed(job, record.error(), now);
  PM_ASSIGN_OR_RETURN(const bool superseded_since,
                      CancelIfSuperseded(job, now));
  if (superseded_since) return {};
  StopPoint("review.before-commit");
  PM_ASSIGN_OR_RETURN(
      const bool committed,
      store_->CommitReview(*record, series::ReadyAt((*loaded)->row.series,
                                                    {config_->review.settle,
                                                     config_->review.wait})));
  StopPoint("review.after-commit");
  log::Info(fmt::format("series {}", job.series),
            "reviewed list={} round={} verdict={} mails={} apply={}{}",
            (*loaded)->row.series.list, job.round, record->verdict,
            record->outbox.size(), record->apply,
            committed ? "" : " (cancelled meanwhile: dropped)");
  return {};
}

Result<bool> ReviewRunner::RunNext(UnixSeconds now) {
  PM_ASSIGN_OR_RETURN(const std::optional<store::Job> job,
                      store_->LeaseJob(now, Lease()));
  if (!job.has_value()) return false;
  StopPoint("review.started");
  if (job->attempts > config_->review.max_attempts) {
    PM_RETURN_IF_ERROR(
        store_->FailJob(*job,
                        fmt::format("its process died in each of {} attempts",
                                    config_->review.max_attempts),
                        std::nullopt, now));
    return true;
  }
  PM_RETURN_IF_ERROR(RunJob(*job, now));
  return true;
}

}  // namespace patchmilter::review
