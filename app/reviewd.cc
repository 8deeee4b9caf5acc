#include "app/reviewd.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "app/delivery.h"
#include "app/index_keeper.h"
#include "app/intake_feed.h"
#include "app/models.h"
#include "app/parser.h"
#include "app/pipeline.h"
#include "app/question_service.h"
#include "app/state_files.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "mime/mail.h"
#include "review/review_job.h"
#include "store/store.h"

namespace patchmilter::app {
namespace {

constexpr std::int64_t kIdleMillis = 200;
constexpr std::int64_t kFirstFaultMillis = 1'000;
constexpr std::int64_t kLongestFaultMillis = 60'000;
constexpr std::int64_t kParseBatch = 500;
// A review reads a series' rows once and writes a journal: what its connection
// keeps is read by nobody again. There may be many.
constexpr std::int64_t kReviewCacheKib = 2 << 10;
// Nobody else runs jobs here: a lease runs out where a thread has hung.
constexpr Seconds kLeaseCheck = 60;

}  // namespace

Reviewd::Reviewd(const Config& config, EngineMaker make_engine)
    : config_(config), make_engine_(std::move(make_engine)) {}

Reviewd::~Reviewd() = default;

Result<std::unique_ptr<Reviewd>> Reviewd::Open(const Config& config) {
  return Open(config, nullptr);
}

Result<std::unique_ptr<Reviewd>> Reviewd::Open(const Config& config,
                                               EngineMaker make_engine) {
  mime::InitMime();
  PM_RETURN_IF_ERROR(MakeDirectories(config.state.directory, 0750));
  std::unique_ptr<Reviewd> daemon(new Reviewd(config, std::move(make_engine)));
  PM_ASSIGN_OR_RETURN(daemon->lock_,
                      LockFile(StateLockFile(config.state.directory)));
  if (review::AsksModels(config)) {
    Reviewd* self = daemon.get();
    PM_ASSIGN_OR_RETURN(daemon->models_,
                        OpenModels(&daemon->config_, {"", "", [self] {
                                                        return self->Stopping();
                                                      }}));
  }
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
    UnixSeconds leases_checked = 0;
  };
  auto state = std::make_shared<State>();
  PM_ASSIGN_OR_RETURN(state->store,
                      store::Store::Open(StateFile(config_.state.directory),
                                         {.cache_kib = kReviewCacheKib}));
  state->engine =
      make_engine_ != nullptr
          ? make_engine_()
          : review::MakeEngine(&config_, models_.get(), state->store.get());
  state->runner = std::make_unique<review::ReviewRunner>(
      &config_, state->store.get(), state->engine.get());
  state->runner->StopWhen([this] { return Stopping(); });
  state->runner->ReadRepliesWith([this](std::string_view raw) {
    const MutexLock lock(reply_mutex_);
    return reply_parser_.Parse(raw);
  });
  const bool enabled = config_.review.enabled;
  return Step([state, enabled]() -> Result<bool> {
    if (!enabled) return false;
    const UnixSeconds now = SystemClock().Now();
    if (now >= state->leases_checked + kLeaseCheck) {
      PM_RETURN_IF_ERROR(state->store->ReleaseExpiredLeases(now));
      state->leases_checked = now;
    }
    // Asked first, so that threads without work never wait for each other.
    PM_ASSIGN_OR_RETURN(const std::optional<UnixSeconds> next,
                        state->store->NextJobAt());
    if (!next.has_value() || *next > now) return false;
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

Result<Reviewd::Step> Reviewd::MakeIndexStep() {
  auto keeper =
      std::make_shared<IndexKeeper>(&config_, [this] { return Stopping(); });
  return Step([keeper]() -> Result<bool> {
    keeper->Run();
    return false;
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

bool Reviewd::Stopping() {
  const MutexLock lock(mutex_);
  return stopping_;
}

void Reviewd::Stop() {
  MutexLock lock(mutex_);
  stopping_ = true;
  wake_.NotifyAll();
}

void Reviewd::Loop(const std::string& name,
                   const std::function<Result<Step>()>& make) {
  std::int64_t pause = kFirstFaultMillis;
  while (!Stopping()) {
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
  std::unique_ptr<QuestionService> questions;
  if (!config_.questions.socket.empty()) {
    PM_ASSIGN_OR_RETURN(questions, QuestionService::Start(config_));
  }
  std::vector<std::thread> threads;
  threads.emplace_back(
      [this] { Loop("ingest", [this] { return MakeIngestStep(); }); });
  for (std::int64_t i = 1; i <= config_.review.parallel; ++i) {
    threads.emplace_back([this, i] {
      Loop(fmt::format("review {}", i), [this] { return MakeReviewStep(); });
    });
  }
  threads.emplace_back(
      [this] { Loop("deliver", [this] { return MakeDeliveryStep(); }); });
  threads.emplace_back(
      [this] { Loop("index", [this] { return MakeIndexStep(); }); });
  for (std::thread& thread : threads) thread.join();
  MutexLock lock(mutex_);
  return fault_;
}

Status Reviewd::RunUntilIdle() {
  PM_ASSIGN_OR_RETURN(const Step ingest, MakeIngestStep());
  PM_ASSIGN_OR_RETURN(const Step review, MakeReviewStep());
  PM_ASSIGN_OR_RETURN(const Step deliver, MakeDeliveryStep());
  while (!Stopping()) {
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
