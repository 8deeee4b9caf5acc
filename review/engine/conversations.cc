#include "review/engine/conversations.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "review/engine/agent_record.h"
#include "review/engine/plan.h"

namespace patchmilter::review {
namespace {

using model::DialogueEnd;

std::string_view EndName(DialogueEnd::Kind kind) {
  switch (kind) {
    case DialogueEnd::Kind::kFinished:
      return "finished";
    case DialogueEnd::Kind::kLimit:
      return "limit";
    case DialogueEnd::Kind::kRefused:
      return "refused";
    case DialogueEnd::Kind::kSilent:
      return "silent";
    case DialogueEnd::Kind::kStopped:
      return "stopped";
    case DialogueEnd::Kind::kFault:
      return "fault";
  }
  return "fault";
}

void LogEnd(series::SeriesId series, const std::string& name,
            const ModelHub::Model& model, const DialogueEnd& end) {
  log::Info("model",
            "series={} model={} conversation={} end={} turns={} input={} "
            "cached={} output={} cost={}{}{}",
            series, model.config->name, name, EndName(end.kind), end.turns,
            end.usage.input, end.usage.cache_read, end.usage.output,
            model::MoneyText(end.cost),
            end.reason.empty() ? "" : " reason=", end.reason);
  // Caches that are never hit cost several times the money.
  constexpr std::int64_t kTurnsToHit = 3;
  if (end.turns >= kTurnsToHit && end.usage.cache_read == 0 &&
      model.config->price_cache_read > 0) {
    log::Warning("model",
                 "series={} model={} conversation={} nothing was read from the "
                 "provider's cache in {} turns",
                 series, model.config->name, name, end.turns);
  }
}

// Gives a place back, whatever happens.
class Place {
 public:
  explicit Place(Slots* slots) : slots_(slots) {}
  ~Place() { slots_->Give(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  Slots* slots_;
};

}  // namespace

Conversations::Conversations(ModelHub* hub, StoreJournal* journal,
                             const Config* config,
                             std::function<UnixSeconds()> now,
                             std::function<bool()> stop)
    : hub_(hub),
      journal_(journal),
      config_(config),
      now_(std::move(now)),
      stop_(std::move(stop)) {}

Result<DialogueEnd> Conversations::Run(ModelHub::Model* model,
                                       const std::string& name,
                                       model::Conversation::Opening opening,
                                       model::ToolRunner* tools) {
  const std::function<bool()> stop = [this] { return Stopped(); };
  if (!model->slots->Take(stop)) {
    DialogueEnd end;
    end.kind = DialogueEnd::Kind::kStopped;
    end.reason = "stopped";
    return end;
  }
  const Place place(model->slots.get());
  const model::DialogueLimits limits =
      LimitsOf(config_->budget, *model->config);
  if (model->agent != nullptr) {
    return RunAgent(model, name, opening, tools, limits);
  }
  const std::unique_ptr<model::Client> client = hub_->NewClient(model, stop_);
  model::Dialogue dialogue(
      {client.get(), model->config, journal_, journal_, now_, stop});
  PM_ASSIGN_OR_RETURN(DialogueEnd end,
                      dialogue.Run(name, std::move(opening), tools, limits));
  if (end.turns > 0) model->answered.store(true);
  LogEnd(journal_->series(), name, *model, end);
  return end;
}

Result<DialogueEnd> Conversations::RunAgent(
    ModelHub::Model* model, const std::string& name,
    const model::Conversation::Opening& opening, model::ToolRunner* tools,
    const model::DialogueLimits& limits) {
  PM_ASSIGN_OR_RETURN(const model::Ledger::Left left, journal_->Remaining());
  DialogueEnd end;
  if (!left.stopped.empty()) {
    end.kind = DialogueEnd::Kind::kStopped;
    end.reason = left.stopped;
    return end;
  }
  // What it will take in tokens nobody knows; what others took is known.
  const bool no_tokens = left.review_tokens <= 0;
  if (no_tokens || left.money <= 0) {
    end.kind = DialogueEnd::Kind::kLimit;
    end.reason = "the limit of " +
                 (no_tokens ? "budget.review_tokens" : left.which) +
                 " is reached";
    return end;
  }
  AgentTask task;
  task.name = name;
  task.prompt =
      opening.system + "\n\n" + opening.shared + "\n\n" + opening.task;
  task.tools = opening.tools;
  task.limits = limits;
  // Its turns are not seen, so that it must keep to its share by itself: others
  // run beside it.
  task.max_cost = std::min(
      left.money, (left.money + left.held) /
                      std::max<std::int64_t>(1, model->config->parallel));
  task.stop = [this] { return Stopped(); };
  AgentRecord record(journal_, tools, name, task.prompt);
  PM_ASSIGN_OR_RETURN(const std::optional<DialogueEnd> before, record.Resume());
  if (before) return *before;
  model::Spending spending{model->config->name, {}, task.max_cost, true};
  PM_ASSIGN_OR_RETURN(const bool begun, record.Begin(spending));
  if (!begun) {
    end.kind = DialogueEnd::Kind::kLimit;
    end.reason = "the limit of " + left.which + " is reached";
    return end;
  }
  PM_ASSIGN_OR_RETURN(end, model->agent->Run(task, &record));
  spending.usage = end.usage;
  spending.cost =
      end.cost > 0 ? end.cost : model::CostOf(*model->config, end.usage);
  spending.estimated = false;
  PM_RETURN_IF_ERROR(record.End(end, spending));
  if (end.kind == DialogueEnd::Kind::kFault) {
    model->breaker->Failure(end.fault, now_());
  } else if (end.kind == DialogueEnd::Kind::kFinished) {
    model->breaker->Success();
    model->answered.store(true);
  }
  LogEnd(journal_->series(), name, *model, end);
  return end;
}

Status ForEachBeside(std::size_t count, std::size_t threads,
                     const std::function<Status(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  Mutex mutex;
  Status first;
  std::atomic<bool> failed{false};
  const auto run = [&] {
    while (!failed.load()) {
      const std::size_t index = next.fetch_add(1);
      if (index >= count) return;
      const Status status = work(index);
      if (status.ok()) continue;
      const MutexLock lock(mutex);
      if (first.ok()) first = status;
      failed.store(true);
    }
  };
  const std::size_t beside = std::min(count, threads);
  if (beside <= 1) {
    run();
    return first;
  }
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < beside; ++i) others.emplace_back(run);
  run();
  for (std::thread& thread : others) thread.join();
  return first;
}

}  // namespace patchmilter::review
