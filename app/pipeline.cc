#include "app/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "base/digest.h"
#include "base/log.h"
#include "base/stop_point.h"
#include "base/text.h"
#include "review/eligibility.h"

namespace patchmilter::app {
namespace {

// A mail that has been tried this often has killed its reader or ours.
constexpr std::int64_t kMaxParseAttempts = 3;
constexpr std::int64_t kBatchBytes = 16LL << 20;
constexpr std::int64_t kScheduleBatch = 100;
constexpr Seconds kDay = 86400;
constexpr size_t kReviewKeyDigits = 32;

}  // namespace

Pipeline::Pipeline(const Config* config, store::Store* store,
                   MailParser* parser, PipelineOptions options)
    : config_(config),
      store_(store),
      parser_(parser),
      options_(std::move(options)),
      grouper_(std::make_unique<series::Grouper>()) {}

Pipeline::~Pipeline() = default;

Status Pipeline::Load() {
  const auto started = std::chrono::steady_clock::now();
  std::int64_t mails = 0;
  grouper_ = std::make_unique<series::Grouper>();
  PM_RETURN_IF_ERROR(store_->ForEachFacts([&](const series::MailFacts& facts) {
    last_arrival_ = std::max(last_arrival_, facts.arrival);
    // The changes stand in the store already.
    static_cast<void>(grouper_->Add(facts));
    ++mails;
  }));
  if (mails > 0) {
    log::Info("grouper", "loaded mails={} millis={}", mails,
              std::chrono::duration_cast<std::chrono::milliseconds>(
                  std::chrono::steady_clock::now() - started)
                  .count());
  }
  return {};
}

struct Pipeline::Batch {
  std::vector<store::ParsedMail> mails;
  std::set<series::SeriesId> changed;
  // (Message-ID, content hash) of its mails.
  std::set<std::pair<std::string, std::string>> known;
};

Result<std::int64_t> Pipeline::ParsePending(std::int64_t limit) {
  PM_ASSIGN_OR_RETURN(const std::vector<store::PendingMail> pending,
                      store_->PendingMails(limit, kBatchBytes));
  if (pending.empty()) return 0;
  PM_RETURN_IF_ERROR(store_->CountParseAttempt(pending));
  if (const Status status = ParseBatch(pending); !status.ok()) {
    // We live, so no mail of it has killed us: a full disk is not their fault.
    const Status forgotten = store_->ForgetParseAttempt(pending);
    if (!forgotten.ok()) {
      log::Warning("parse", "attempts stay counted: {}",
                   forgotten.error().message);
    }
    return status.error();
  }
  return static_cast<std::int64_t>(pending.size());
}

Status Pipeline::ParseBatch(const std::vector<store::PendingMail>& pending) {
  Batch batch;
  // Nothing is told by a mail that has died too often; it comes alone.
  if (pending.front().attempts >= kMaxParseAttempts) {
    ParserAnswer none;
    none.unreadable = "this process died each time it was read";
    PM_RETURN_IF_ERROR(TakeAnswer(pending.front(), std::move(none), &batch));
    return CommitBatch(&batch);
  }
  std::vector<std::string_view> raws;
  raws.reserve(pending.size());
  for (const store::PendingMail& mail : pending) raws.emplace_back(mail.raw);
  PM_RETURN_IF_ERROR(
      parser_->ParseAll(raws, [&](size_t index, ParserAnswer answer) {
        return TakeAnswer(pending[index], std::move(answer), &batch);
      }));
  return CommitBatch(&batch);
}

Status Pipeline::TakeAnswer(const store::PendingMail& mail, ParserAnswer answer,
                            Batch* batch) {
  store::ParsedMail parsed;
  parsed.id = mail.id;
  if (!answer.unreadable.empty()) {
    parsed.reason = std::move(answer.unreadable);
    log::Warning(fmt::format("mail {}", mail.id), "unreadable reason={}",
                 parsed.reason);
    batch->mails.push_back(std::move(parsed));
    return {};
  }
  const mime::Mail& content = answer.patch.mail;
  UnixSeconds arrival = mail.arrival;
  if (arrival == 0) {
    arrival = std::max(last_arrival_,
                       content.received.value_or(content.date.value_or(0)));
  }
  last_arrival_ = std::max(last_arrival_, arrival);
  parsed.readable = true;
  parsed.reason = Join(content.problems, "; ");
  parsed.kind_reason = content.kind_reason;
  parsed.facts = series::FactsOf(answer.patch, mail.id, mail.list, arrival);
  if (store::KeepsPatch(parsed.facts)) parsed.patch = answer.encoded;
  if (options_.before_feeding) {
    PM_RETURN_IF_ERROR(options_.before_feeding(arrival));
  }
  PM_ASSIGN_OR_RETURN(
      const std::optional<series::MailId> known,
      store_->FindMail(content.message_id, content.content_hash));
  const bool again =
      known.has_value() ||
      (!content.message_id.empty() &&
       !batch->known.emplace(content.message_id, content.content_hash).second);
  if (!again) {
    for (const series::Change& change : grouper_->Add(parsed.facts)) {
      batch->changed.insert(change.id);
    }
  }
  batch->mails.push_back(std::move(parsed));
  return {};
}

std::optional<UnixSeconds> Pipeline::WakeAt(
    const series::Series& series) const {
  series::ReadinessPolicy policy;
  policy.settle = config_->review.settle;
  policy.wait = config_->review.wait;
  const auto ready = series::ReadyAt(series, policy);
  return ready.has_value() ? ready : series::GiveUpAt(series, policy);
}

Status Pipeline::CommitBatch(Batch* batch) {
  std::vector<store::SeriesUpdate> updates;
  // Removals first: a mail must have left its old series before it joins
  // another.
  for (const series::SeriesId id : batch->changed) {
    if (grouper_->Find(id) != nullptr) continue;
    updates.push_back(
        {.id = id, .removed = true, .series = {}, .ready_at = {}});
  }
  for (const series::SeriesId id : batch->changed) {
    const series::Series* series = grouper_->Find(id);
    if (series == nullptr) continue;
    updates.push_back({.id = id,
                       .removed = false,
                       .series = *series,
                       .ready_at = WakeAt(*series)});
  }
  StopPoint("group.before-commit");
  return store_->CommitParsed(batch->mails, updates);
}

Result<std::int64_t> Pipeline::Schedule(UnixSeconds now) {
  if (!config_->review.enabled) return 0;
  PM_ASSIGN_OR_RETURN(const std::vector<store::SeriesRow> ready,
                      store_->ReadySeries(now, kScheduleBatch));
  std::int64_t decided = 0;
  review::Eligibility eligibility(config_, store_, options_.review_everything);
  for (const store::SeriesRow& row : ready) {
    const series::SeriesId id = row.series.id;
    PM_ASSIGN_OR_RETURN(const bool superseded,
                        eligibility.IsSuperseded(row.series, now));
    if (superseded && !options_.review_everything) {
      const review::SetAside aside = review::HowSetAside(
          row, store::SeriesState::kSuperseded, "a newer revision has come");
      PM_RETURN_IF_ERROR(store_->SetSeriesState(id, aside.state, aside.reason));
      ++decided;
      continue;
    }
    PM_ASSIGN_OR_RETURN(const std::string reason,
                        eligibility.ReasonNotToReview(row, now));
    if (!reason.empty()) {
      const review::SetAside aside =
          review::HowSetAside(row, store::SeriesState::kGrouped, reason);
      PM_RETURN_IF_ERROR(store_->SetSeriesState(id, aside.state, aside.reason));
      log::Info(fmt::format("series {}", id), "{} list={} reason={}",
                store::SeriesStateName(aside.state), row.series.list,
                aside.reason);
      ++decided;
      continue;
    }
    PM_ASSIGN_OR_RETURN(const std::int64_t today,
                        store_->ReviewsSince(now - kDay));
    if (!options_.review_everything &&
        today >= config_->review.max_reviews_per_day) {
      log::Warning("schedule", "paused: review.max_reviews_per_day={} reached",
                   config_->review.max_reviews_per_day);
      return decided;
    }
    PM_ASSIGN_OR_RETURN(const store::MailRow root,
                        store_->LoadMail(row.series.root()));
    const std::string key =
        Sha256HexOf({row.series.list, root.message_id, root.content_hash})
            .substr(0, kReviewKeyDigits);
    PM_RETURN_IF_ERROR(store_->QueueReview(id, key, now));
    log::Info(fmt::format("series {}", id),
              "queued list={} version={} patches={}/{}", row.series.list,
              row.series.version, row.series.patches.size(),
              row.series.expected);
    ++decided;
  }
  return decided;
}

}  // namespace patchmilter::app
