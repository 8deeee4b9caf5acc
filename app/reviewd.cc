#include "app/reviewd.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "app/delivery.h"
#include "app/parser.h"
#include "app/pipeline.h"
#include "app/state_files.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/stop_point.h"
#include "base/text.h"
#include "intake/reader.h"
#include "mime/mail.h"
#include "review/review_job.h"
#include "store/store.h"

namespace patchmilter::app {
namespace {

constexpr std::int64_t kIdleMillis = 200;
constexpr std::int64_t kFirstFaultMillis = 1'000;
constexpr std::int64_t kLongestFaultMillis = 60'000;
constexpr std::int64_t kIntakeBatch = 200;
constexpr std::uint64_t kIntakeBatchBytes = 32ULL << 20;
constexpr std::int64_t kParseBatch = 200;
constexpr std::string_view kCursorName = "intake";

std::string PositionText(intake::Position position) {
  return fmt::format("{}:{}", position.segment, position.offset);
}

Result<intake::Position> ParsePosition(std::string_view text) {
  if (text.empty()) return intake::Position{};
  const auto parts = Split(text, ':');
  if (parts.size() == 2) {
    const auto segment = ParseUnsigned(parts[0]);
    const auto offset = ParseUnsigned(parts[1]);
    if (segment && offset) return intake::Position{*segment, *offset};
  }
  return Permanent("state.db: the intake's cursor is no position");
}

store::NewMail ToNewMail(intake::Record record, intake::Position next) {
  store::NewMail mail;
  mail.list = std::move(record.list);
  mail.queue_id = std::move(record.queue_id);
  mail.sender = std::move(record.sender);
  mail.recipients = std::move(record.recipients);
  mail.client = fmt::format("{} [{}] helo={}", record.client_name,
                            record.client_address, record.helo);
  mail.arrival = record.arrival;
  mail.truncated = record.truncated;
  mail.source = "intake before " + PositionText(next);
  mail.raw = std::move(record.raw);
  return mail;
}

// Takes records out of the intake into the store.
class IntakeFeed {
 public:
  IntakeFeed(std::string directory, store::Store* store)
      : directory_(std::move(directory)), store_(store) {}

  // True where there was something to take.
  Result<bool> TakeBatch() {
    if (reader_ == nullptr) {
      PM_ASSIGN_OR_RETURN(const std::string cursor,
                          store_->Cursor(kCursorName));
      PM_ASSIGN_OR_RETURN(const intake::Position from, ParsePosition(cursor));
      auto reader = intake::Reader::Open(directory_, from);
      if (!reader.ok()) {
        // patchmilterd has not run yet: it makes the directory.
        if (reader.error().kind == ErrorKind::kNotFound) return false;
        return reader.error();
      }
      reader_ = std::move(reader).value();
    }
    std::vector<store::NewMail> mails;
    std::uint64_t bytes = 0;
    bool moved = false;
    while (static_cast<std::int64_t>(mails.size()) < kIntakeBatch &&
           bytes < kIntakeBatchBytes) {
      Result<std::optional<intake::Entry>> entry = reader_->Next();
      if (!entry.ok()) {
        if (entry.error().kind != ErrorKind::kPermanent) return entry.error();
        log::Err("intake", "damaged record passed over: {}",
                 entry.error().message);
        moved = true;
        continue;
      }
      if (!entry->has_value()) break;
      bytes += (*entry)->record.raw.size();
      moved = true;
      mails.push_back(ToNewMail(std::move((*entry)->record), (*entry)->next));
    }
    if (!moved) return false;
    const intake::Position position = reader_->position();
    StopPoint("ingest.before-commit");
    const Result<std::int64_t> stored =
        store_->Ingest(mails, kCursorName, PositionText(position));
    if (!stored.ok()) {
      reader_.reset();  // Read them again from the stored cursor.
      return stored.error();
    }
    StopPoint("ingest.after-commit");
    log::Debug("intake", "taken mails={} next={}", mails.size(),
               PositionText(position));
    // Only now may patchmilterd prune what lies before.
    const Status published =
        intake::PublishCursor(intake::CursorFile(directory_), position);
    if (!published.ok()) {
      log::Warning("intake", "cursor not published: {}",
                   published.error().message);
    }
    return true;
  }

 private:
  std::string directory_;
  store::Store* store_;
  std::unique_ptr<intake::Reader> reader_;
};

}  // namespace

Reviewd::Reviewd(const Config& config) : config_(config) {}

Reviewd::~Reviewd() = default;

Result<std::unique_ptr<Reviewd>> Reviewd::Open(const Config& config) {
  mime::InitMime();
  PM_RETURN_IF_ERROR(MakeDirectories(config.state.directory, 0750));
  std::unique_ptr<Reviewd> daemon(new Reviewd(config));
  PM_ASSIGN_OR_RETURN(daemon->lock_,
                      LockFile(StateLockFile(config.state.directory)));
  PM_ASSIGN_OR_RETURN(auto engine, review::MakeEngine(config.review.engine));
  PM_ASSIGN_OR_RETURN(auto store,
                      store::Store::Open(StateFile(config.state.directory)));
  PM_ASSIGN_OR_RETURN(const UnixSeconds first,
                      store->FirstStart(SystemClock().Now()));
  PM_RETURN_IF_ERROR(store->ReleaseAllLeases());
  log::Info("reviewd", "state={} first_start={}", config.state.directory,
            FormatTime(first));
  return daemon;
}

Result<Reviewd::Step> Reviewd::MakeIngestStep() {
  struct State {
    std::unique_ptr<store::Store> store;
    ParseWorker parser;
    std::unique_ptr<Pipeline> pipeline;
    std::unique_ptr<IntakeFeed> feed;
  };
  auto state = std::make_shared<State>();
  PM_ASSIGN_OR_RETURN(state->store,
                      store::Store::Open(StateFile(config_.state.directory)));
  state->pipeline = std::make_unique<Pipeline>(
      &config_, state->store.get(), &state->parser, PipelineOptions{});
  PM_RETURN_IF_ERROR(state->pipeline->Load());
  state->feed = std::make_unique<IntakeFeed>(config_.intake.directory,
                                             state->store.get());
  return Step([state]() -> Result<bool> {
    PM_ASSIGN_OR_RETURN(const bool taken, state->feed->TakeBatch());
    PM_ASSIGN_OR_RETURN(const std::int64_t parsed,
                        state->pipeline->ParsePending(kParseBatch));
    PM_ASSIGN_OR_RETURN(const std::int64_t decided,
                        state->pipeline->Schedule(SystemClock().Now()));
    return taken || parsed > 0 || decided > 0;
  });
}

Result<Reviewd::Step> Reviewd::MakeReviewStep() {
  struct State {
    std::unique_ptr<store::Store> store;
    std::unique_ptr<review::Engine> engine;
    std::unique_ptr<review::ReviewRunner> runner;
  };
  auto state = std::make_shared<State>();
  PM_ASSIGN_OR_RETURN(state->store,
                      store::Store::Open(StateFile(config_.state.directory)));
  PM_ASSIGN_OR_RETURN(state->engine, review::MakeEngine(config_.review.engine));
  state->runner = std::make_unique<review::ReviewRunner>(
      &config_, state->store.get(), state->engine.get());
  const bool enabled = config_.review.enabled;
  return Step([state, enabled]() -> Result<bool> {
    if (!enabled) return false;
    const UnixSeconds now = SystemClock().Now();
    PM_RETURN_IF_ERROR(state->store->ReleaseExpiredLeases(now));
    return state->runner->RunNext(now);
  });
}

Result<Reviewd::Step> Reviewd::MakeDeliveryStep() {
  PM_ASSIGN_OR_RETURN(std::shared_ptr<Delivery> delivery,
                      Delivery::Open(config_));
  return Step([delivery]() -> Result<bool> {
    PM_ASSIGN_OR_RETURN(const std::int64_t sent, delivery->DeliverDue());
    return sent > 0;
  });
}

bool Reviewd::Sleep(std::int64_t millis) {
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(millis);
  MutexLock lock(mutex_);
  while (!stopping_) {
    if (!wake_.WaitUntil(mutex_, until)) break;
  }
  return !stopping_;
}

void Reviewd::Stop() {
  MutexLock lock(mutex_);
  stopping_ = true;
  wake_.NotifyAll();
}

void Reviewd::Loop(const char* name,
                   const std::function<Result<Step>()>& make) {
  std::int64_t pause = kFirstFaultMillis;
  while (Sleep(0)) {
    Result<Step> step = make();
    while (step.ok()) {
      const Result<bool> busy = (*step)();
      if (!busy.ok()) {
        step = busy.error();
        break;
      }
      pause = kFirstFaultMillis;
      if (!Sleep(*busy ? 0 : kIdleMillis)) return;
    }
    if (step.error().kind == ErrorKind::kPermanent) {
      log::Err(name, "cannot go on: {}", step.error().message);
      MutexLock lock(mutex_);
      if (fault_.ok()) fault_ = step.error();
      stopping_ = true;
      wake_.NotifyAll();
      return;
    }
    log::Err(name, "again in {} s: {}", pause / 1000, step.error().message);
    if (!Sleep(pause)) return;
    pause = std::min(2 * pause, kLongestFaultMillis);
  }
}

Status Reviewd::Run() {
  std::vector<std::thread> threads;
  threads.emplace_back(
      [this] { Loop("ingest", [this] { return MakeIngestStep(); }); });
  threads.emplace_back(
      [this] { Loop("review", [this] { return MakeReviewStep(); }); });
  threads.emplace_back(
      [this] { Loop("deliver", [this] { return MakeDeliveryStep(); }); });
  for (std::thread& thread : threads) thread.join();
  MutexLock lock(mutex_);
  return fault_;
}

Status Reviewd::RunUntilIdle() {
  PM_ASSIGN_OR_RETURN(const Step ingest, MakeIngestStep());
  PM_ASSIGN_OR_RETURN(const Step review, MakeReviewStep());
  PM_ASSIGN_OR_RETURN(const Step deliver, MakeDeliveryStep());
  while (Sleep(0)) {
    bool busy = false;
    for (const Step* step : {&ingest, &review, &deliver}) {
      PM_ASSIGN_OR_RETURN(const bool worked, (*step)());
      busy = busy || worked;
    }
    if (!busy) break;
  }
  return {};
}

}  // namespace patchmilter::app
