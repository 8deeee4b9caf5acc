// patchmilter replay: old mails through the whole way, on a clock of their own.
//
// The clock is each mail's arrival (its topmost Received, else its Date) and
// never goes back; before a mail is grouped, the reviews run that were due
// until it came. So a replay decides as the daemon would have decided then.
// Where it is stopped it goes on at the next start: mails are known by their
// place in the source.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>

#include "app/commands.h"
#include "app/delivery.h"
#include "app/json.h"
#include "app/local_config.h"
#include "app/mail_source.h"
#include "app/pipeline.h"
#include "app/site_check.h"
#include "app/state_files.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "review/review_job.h"
#include "store/store.h"

namespace patchmilter::app {
namespace {

constexpr size_t kGroupBatch = 500;
constexpr Seconds kDay = 86400;

// One line on a terminal, rewritten a few times a second; nothing elsewhere.
class Progress {
 public:
  explicit Progress(const MailSource* source)
      : source_(source), terminal_(::isatty(STDERR_FILENO) != 0) {}
  ~Progress() {
    if (terminal_) std::cerr << "\r\x1b[K";
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Show(std::int64_t mails) {
    using std::chrono::steady_clock;
    if (!terminal_) return;
    const auto now = steady_clock::now();
    if (now - shown_ < std::chrono::milliseconds(200)) return;
    shown_ = now;
    const double seconds =
        std::chrono::duration<double>(now - started_).count();
    std::string line = fmt::format("\r\x1b[K{} mails, {:.0f} a second", mails,
                                   static_cast<double>(mails) / seconds);
    const auto total = source_->bytes_total();
    const std::uint64_t read = source_->bytes_read();
    if (total.has_value() && *total > 0 && read > 0) {
      const double part =
          static_cast<double>(read) / static_cast<double>(*total);
      line += fmt::format(
          ", {:.0f} %, {} left", 100 * part,
          FormatDuration(static_cast<Seconds>(seconds * (1 - part) / part)));
    }
    std::cerr << line << std::flush;
  }

 private:
  const MailSource* source_;
  bool terminal_;
  std::chrono::steady_clock::time_point started_ =
      std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_;
};

class Replay {
 public:
  Replay(Config config, const ReplayOptions& options, std::string list)
      : config_(std::move(config)), options_(options), list_(std::move(list)) {}

  Status Open() {
    PM_RETURN_IF_ERROR(MakeDirectories(options_.state, 0755));
    PM_ASSIGN_OR_RETURN(lock_, LockFile(StateLockFile(options_.state)));
    PM_ASSIGN_OR_RETURN(store_, store::Store::Open(StateFile(options_.state)));
    PM_RETURN_IF_ERROR(store_->ReleaseAllLeases());
    PM_ASSIGN_OR_RETURN(engine_, review::MakeEngine(config_.review.engine));
    runner_ = std::make_unique<review::ReviewRunner>(&config_, store_.get(),
                                                     engine_.get());
    if (!options_.deliver) runner_->HoldMails();
    PipelineOptions pipeline;
    if (!options_.no_review) {
      pipeline.before_feeding = [this](UnixSeconds arrival) {
        return RunReviews(arrival - 1);
      };
    }
    pipeline_ = std::make_unique<Pipeline>(&config_, store_.get(), &parser_,
                                           std::move(pipeline));
    PM_RETURN_IF_ERROR(pipeline_->Load());
    clock_.AdvanceTo(pipeline_->last_arrival());
    return {};
  }

  Status Run(MailSource* source) {
    {
      Progress progress(source);
      std::vector<store::NewMail> batch;
      // With reviews, mail by mail: each must find the state that it would
      // have found.
      const size_t batch_size = options_.no_review ? kGroupBatch : 1;
      while (true) {
        PM_ASSIGN_OR_RETURN(std::optional<SourceMail> mail, source->Next());
        const bool at_end = !mail.has_value();
        if (!at_end) batch.push_back(ToNewMail(*std::move(mail)));
        if (batch.size() >= batch_size || at_end) {
          PM_RETURN_IF_ERROR(Feed(batch));
          batch.clear();
          progress.Show(read_);
        }
        if (at_end) break;
      }
    }
    for (const std::string& skipped : source->skipped()) {
      std::cerr << "patchmilter: passed over " << skipped << '\n';
    }
    if (options_.no_review) return {};
    // After the last mail, time goes on until nothing waits; a day at a time
    // where the reviews of a day are used up.
    while (true) {
      PM_ASSIGN_OR_RETURN(const std::optional<UnixSeconds> next,
                          store_->NextReadyAt());
      if (!next.has_value()) break;
      const bool paused = *next <= clock_.Now();
      PM_RETURN_IF_ERROR(RunReviews(paused ? clock_.Now() + kDay : *next));
    }
    // Jobs that failed wait for their next try; one whose process died too.
    while (true) {
      PM_ASSIGN_OR_RETURN(const std::optional<UnixSeconds> next,
                          store_->NextJobAt());
      if (!next.has_value()) return {};
      clock_.AdvanceTo(*next);
      PM_RETURN_IF_ERROR(RunJobs());
    }
  }

  Status WriteSeriesJson() {
    Json all = Json::array();
    for (const series::Series* series : pipeline_->grouper().All()) {
      if (series->patches.empty()) continue;
      Json entry;
      entry["version"] = series->version;
      entry["expected"] = series->expected;
      entry["complete"] = series->complete();
      entry["title"] = series->title;
      entry["cover"] = Json();
      if (series->cover.has_value()) {
        PM_ASSIGN_OR_RETURN(const store::MailRow cover,
                            store_->LoadMail(*series->cover));
        entry["cover"] = cover.message_id;
      }
      entry["patches"] = Json::array();
      for (const auto& [number, id] : series->patches) {
        PM_ASSIGN_OR_RETURN(const store::MailRow mail, store_->LoadMail(id));
        entry["patches"].push_back({{"n", number}, {"msgid", mail.message_id}});
      }
      all.push_back(std::move(entry));
    }
    Json top;
    top["series"] = std::move(all);
    return ReplaceFile(options_.series_json, ToText(top) + "\n");
  }

  Status PrintSummary() {
    PM_ASSIGN_OR_RETURN(const store::Counts counts, store_->Count());
    std::int64_t series = 0;
    for (const auto& [state, count] : counts.series) {
      if (state != "removed") series += count;
    }
    fmt::print("{} mails read, {} new; {} series, {} findings in {}\n", read_,
               added_, series, counts.findings, options_.state);
    const auto held = counts.outbox.find("held");
    if (held != counts.outbox.end()) {
      fmt::print(
          "{} mails were written and are held back (no --deliver): see "
          "'patchmilter show SERIES --mails --state {}'\n",
          held->second, options_.state);
    }
    return {};
  }

  const Config& config() const { return config_; }

 private:
  store::NewMail ToNewMail(SourceMail mail) {
    ++read_;
    store::NewMail stored;
    stored.list = list_;
    stored.source = mail.Where();
    stored.unique_source = true;
    stored.truncated = mail.cut;
    stored.raw = std::move(mail.raw);
    return stored;
  }

  Status Feed(const std::vector<store::NewMail>& batch) {
    PM_ASSIGN_OR_RETURN(const std::int64_t added,
                        store_->Ingest(batch, "", ""));
    added_ += added;
    while (true) {
      PM_ASSIGN_OR_RETURN(
          const std::int64_t parsed,
          pipeline_->ParsePending(options_.no_review ? kGroupBatch : 1));
      if (parsed == 0) return {};
    }
  }

  Status RunJobs() {
    while (true) {
      PM_ASSIGN_OR_RETURN(const bool ran, runner_->RunNext(clock_.Now()));
      if (!ran) return {};
    }
  }

  // What the daemon would have done until `time`: one series after the other,
  // each at its own time.
  Status RunReviews(UnixSeconds time) {
    while (true) {
      PM_RETURN_IF_ERROR(RunJobs());
      PM_ASSIGN_OR_RETURN(const std::optional<UnixSeconds> next,
                          store_->NextReadyAt());
      if (!next.has_value() || *next > time) break;
      clock_.AdvanceTo(*next);
      PM_ASSIGN_OR_RETURN(const std::int64_t decided,
                          pipeline_->Schedule(clock_.Now()));
      if (decided == 0) break;  // Paused: the reviews of a day are used up.
    }
    clock_.AdvanceTo(time);
    return RunJobs();
  }

  Config config_;
  ReplayOptions options_;
  std::string list_;
  UniqueFd lock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<review::Engine> engine_;
  std::unique_ptr<review::ReviewRunner> runner_;
  ParseWorker parser_;
  std::unique_ptr<Pipeline> pipeline_;
  ManualClock clock_;
  std::int64_t read_ = 0;
  std::int64_t added_ = 0;
};

struct Site {
  Config config;
  std::string list;
};

Result<Site> SiteOf(const ReplayOptions& options) {
  Site site;
  if (options.config.empty()) {
    if (options.deliver) {
      return InvalidInput("--deliver needs --config FILE: it says to whom");
    }
    site.config = LocalConfig();
    site.list = kLocalName;
    if (!options.list.empty() && options.list != kLocalName) {
      return InvalidInput("--list needs --config FILE, which has the lists");
    }
    return site;
  }
  PM_ASSIGN_OR_RETURN(site.config,
                      LoadConfig(options.config, ConfigUse::kReview));
  const std::vector<std::string> faults = NameFaults(site.config);
  if (!faults.empty()) return InvalidInput(Join(faults, "\n"));
  site.list = options.list;
  if (site.list.empty() && site.config.lists.size() == 1) {
    site.list = site.config.lists.front().name;
  }
  if (site.config.FindList(site.list) == nullptr) {
    std::vector<std::string> names;
    for (const ListConfig& list : site.config.lists) {
      names.push_back(list.name);
    }
    return InvalidInput(
        fmt::format("{}: name the list that the mails belong to with --list: "
                    "one of {}",
                    options.config, Join(names, ", ")));
  }
  std::error_code error;
  if (std::filesystem::weakly_canonical(options.state + "/.", error) ==
      std::filesystem::weakly_canonical(site.config.state.directory + "/.",
                                        error)) {
    return InvalidInput(fmt::format(
        "{}: is the site's own state directory; a replay has one of its own",
        options.state));
  }
  return site;
}

Status DeliverAll(const Replay& replay, const std::string& state) {
  Config config = replay.config();
  config.state.directory = state;
  PM_ASSIGN_OR_RETURN(const auto store, store::Store::Open(StateFile(state)));
  PM_RETURN_IF_ERROR(store->ReleaseHeld(SystemClock().Now()));
  PM_ASSIGN_OR_RETURN(const auto delivery, Delivery::Open(config));
  PM_ASSIGN_OR_RETURN(const std::int64_t sent, delivery->DeliverDue());
  fmt::print("{} mails sent\n", sent);
  PM_ASSIGN_OR_RETURN(const store::Counts counts, store->Count());
  const auto waiting = counts.outbox.find("queued");
  const auto failed = counts.outbox.find("failed");
  const std::int64_t left =
      (waiting == counts.outbox.end() ? 0 : waiting->second) +
      (failed == counts.outbox.end() ? 0 : failed->second);
  if (left == 0) return {};
  return Temporary(fmt::format(
      "{} mails could not be sent: see 'patchmilter list --failed --state {}'; "
      "the same command sends those again that the server may take later",
      left, state));
}

}  // namespace

int RunReplay(const ReplayOptions& options) {
  Result<Site> site = SiteOf(options);
  if (!site.ok()) return Fail(site.error());
  auto replay =
      std::make_unique<Replay>(std::move(site->config), options, site->list);
  // Before anything is made: a source that cannot be read changes nothing.
  const auto source = MailSource::Open(options.source);
  if (!source.ok()) return Fail(source.error());
  if (const Status status = replay->Open(); !status.ok()) {
    return Fail(status.error());
  }
  if (const Status status = replay->Run(source->get()); !status.ok()) {
    return Fail(status.error());
  }
  if (!options.series_json.empty()) {
    const Status status = replay->WriteSeriesJson();
    if (!status.ok()) return Fail(status.error());
  }
  if (options.deliver) {
    const Status status = DeliverAll(*replay, options.state);
    if (!status.ok()) return Fail(status.error());
  }
  if (const Status status = replay->PrintSummary(); !status.ok()) {
    return Fail(status.error());
  }
  return kExitDone;
}

}  // namespace patchmilter::app
