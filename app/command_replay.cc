// patchmilter replay: old mails through the whole way, on a clock of their own.
//
// The clock is each mail's arrival (app/arrival.h) and never goes back; before
// a mail is grouped, the reviews run that were due until it came. So a replay
// decides as the daemon would have decided then.
// Where it is stopped it goes on at the next start: mails are known by their
// place in the source, and most often not read again.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>

#include "app/arrival.h"
#include "app/commands.h"
#include "app/delivery.h"
#include "app/interrupt.h"
#include "app/json.h"
#include "app/local_config.h"
#include "app/mail_source.h"
#include "app/models.h"
#include "app/pipeline.h"
#include "app/progress.h"
#include "app/site_check.h"
#include "app/state_files.h"
#include "app/state_view.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "review/eligibility.h"
#include "review/review_job.h"
#include "store/store.h"

namespace patchmilter::app {
namespace {

constexpr size_t kGroupBatch = 500;
constexpr size_t kBatchBytes = 16UL << 20;
constexpr Seconds kDay = 86400;

// "1 mail", "2 mails".
std::string Counted(std::int64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

class Replay {
 public:
  Replay(Config config, const ReplayOptions& options, std::string list)
      : config_(std::move(config)), options_(options), list_(std::move(list)) {}

  Status Open() {
    PM_RETURN_IF_ERROR(MakeDirectories(options_.state, 0755));
    PM_ASSIGN_OR_RETURN(lock_, LockFile(StateLockFile(options_.state)));
    PM_ASSIGN_OR_RETURN(store_, store::Store::Open(StateFile(options_.state)));
    PM_RETURN_IF_ERROR(store_->ReleaseAllLeases());
    if (review::AsksModels(config_) && !options_.no_review) {
      PM_ASSIGN_OR_RETURN(hub_, OpenModels(&config_, {"", "", Interrupted}));
    }
    engine_ = review::MakeEngine(&config_, hub_.get(), store_.get());
    runner_ = std::make_unique<review::ReviewRunner>(&config_, store_.get(),
                                                     engine_.get());
    if (!options_.deliver) runner_->HoldMails();
    runner_->WatchPauses(
        [this](const std::string& reason) { paused_ = reason; });
    runner_->ReadRepliesWith(
        [this](std::string_view raw) { return reply_parser_.Parse(raw); });
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

  // Whether the store has the mail of that place. No before Open(): what is
  // then handed in twice is stored once all the same.
  Result<bool> Knows(const std::string& place) {
    if (store_ == nullptr) return false;
    return store_->HasSource(place);
  }

  // Ends early, without an error, where Interrupted().
  Status Run(MailSource* source) {
    Status status = RunAll(source);
    if (!status.ok() && stopped_) return {};
    return status;
  }

  Status WriteSeriesJson() {
    Json all = Json::array();
    for (const series::Series* series : pipeline_->grouper().All()) {
      if (series->patches.empty()) continue;
      Json entry;
      entry["list"] = series->list;
      entry["version"] = series->version;
      entry["expected"] = series->expected;
      entry["complete"] = series->complete();
      entry["title"] = series->title;
      entry["author"] = {{"name", series->author.name},
                         {"email", series->author.email}};
      entry["arrived"] = FormatTime(series->newest_arrival);
      entry["missing"] = series->Missing();
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
    const std::string text = PrintableJson(top) + "\n";
    if (options_.series_json == "-") {
      std::cout << text;
      return {};
    }
    return WriteTo(options_.series_json, text);
  }

  Status PrintSummary() {
    // Standard output is the JSON's, where that stands there.
    std::FILE* out = options_.series_json == "-" ? stderr : stdout;
    PM_ASSIGN_OR_RETURN(const store::Counts counts, store_->Count());
    std::int64_t series = 0;
    for (const auto& [state, count] : counts.series) {
      if (state != "removed") series += count;
    }
    fmt::print(out, "{} read, {} new; {} series, {} in {}\n",
               Counted(read_, "mail"), added_, series,
               Counted(counts.findings, "finding"), options_.state);
    PM_RETURN_IF_ERROR(PrintSetAside(out));
    const auto held = counts.outbox.find("held");
    if (held != counts.outbox.end()) {
      fmt::print(out,
                 "{} written and held back (no --deliver): see "
                 "'patchmilter show SERIES --mails --state {}'\n",
                 Counted(held->second, "mail"), options_.state);
    }
    return {};
  }

  // What was not reviewed, by the kind of its reason.
  Status PrintSetAside(std::FILE* out) {
    std::map<std::string, std::int64_t> classes;
    for (const auto state :
         {store::SeriesState::kGrouped, store::SeriesState::kSuperseded}) {
      PM_ASSIGN_OR_RETURN(
          const std::vector<store::SeriesRow> rows,
          store_->ListSeries(store::SeriesStateName(state), INT64_MAX));
      for (const store::SeriesRow& row : rows) {
        ++classes[state == store::SeriesState::kSuperseded
                      ? "superseded"
                      : std::string(review::ClassOfReason(row.reason))];
      }
    }
    if (classes.empty()) return {};
    std::vector<std::string> parts;
    parts.reserve(classes.size());
    for (const auto& [name, count] : classes) {
      parts.push_back(fmt::format("{} {}", count, name));
    }
    fmt::print(out,
               "not reviewed: {} (why: 'patchmilter show SERIES --state {}')\n",
               Join(parts, ", "), options_.state);
    return {};
  }

  const Config& config() const { return config_; }

 private:
  Status RunAll(MailSource* source) {
    Progress progress(options_.progress);
    if (pipeline_->last_arrival() != 0) {
      progress.Say("taking in what the last run has left");
    }
    // What a killed run has stored, and not yet grouped.
    PM_RETURN_IF_ERROR(Feed({}));
    Status fed = FeedAll(source, &progress);
    progress.Clear();
    for (const std::string& skipped : source->skipped()) {
      std::cerr << "patchmilter: passed over " << skipped << '\n';
    }
    const std::int64_t unnamed =
        source->skipped_count() -
        static_cast<std::int64_t>(source->skipped().size());
    if (unnamed > 0) {
      std::cerr << fmt::format("patchmilter: passed over {} more\n", unnamed);
    }
    if (!fed.ok()) return fed;
    if (options_.no_review || Interrupted()) return {};
    // Nothing would ever be scheduled, and so nothing cease to wait.
    if (!config_.review.enabled) return {};
    progress.Say("all mails are in; reviewing what still waits");
    return RunOut();
  }

  Status FeedAll(MailSource* source, Progress* progress) {
    PM_ASSIGN_OR_RETURN(const store::Counts counts, store_->Count());
    ArrivalClock arrivals(counts.newest_mail, SystemClock().Now());
    // With reviews, mail by mail: each must find the state that it would have
    // found.
    const size_t batch_size = options_.no_review ? kGroupBatch : 1;
    std::vector<store::NewMail> batch;
    size_t bytes = 0;
    while (!Interrupted()) {
      auto mail = source->Next();
      const bool at_end = !mail.ok() || !mail->has_value();
      if (!at_end) {
        ++read_;
        if (!(*mail)->known) {
          bytes += (*mail)->raw.size();
          batch.push_back(ToNewMail(std::move(**mail), &arrivals));
        }
      }
      if (batch.size() >= batch_size || bytes >= kBatchBytes || at_end) {
        PM_RETURN_IF_ERROR(Feed(batch));
        batch.clear();
        bytes = 0;
      }
      progress->Show({read_, source->work_done(), source->work_total()});
      // What came before the fault is in.
      if (!mail.ok()) return mail.error();
      if (at_end) return {};
    }
    return Feed(batch);
  }

  // After the last mail, time goes on until nothing waits; a day at a time
  // where the reviews of a day are used up.
  Status RunOut() {
    while (!Interrupted()) {
      PM_ASSIGN_OR_RETURN(const std::optional<UnixSeconds> next,
                          store_->NextReadyAt());
      if (!next.has_value()) break;
      const bool paused = *next <= clock_.Now();
      PM_RETURN_IF_ERROR(RunReviews(paused ? clock_.Now() + kDay : *next));
    }
    // Jobs that failed wait for their next try; one whose process died too.
    while (!Interrupted()) {
      PM_ASSIGN_OR_RETURN(const std::optional<UnixSeconds> next,
                          store_->NextJobAt());
      if (!next.has_value()) return {};
      PM_RETURN_IF_ERROR(RunReviews(*next));
    }
    return {};
  }

  store::NewMail ToNewMail(SourceMail mail, ArrivalClock* arrivals) {
    store::NewMail stored;
    stored.list = list_;
    stored.source = std::move(mail.place);
    stored.unique_source = true;
    stored.truncated = mail.cut;
    stored.arrival = arrivals->ArrivalOf(mail.raw, mail.time);
    stored.raw = std::move(mail.raw);
    return stored;
  }

  Status Feed(const std::vector<store::NewMail>& batch) {
    if (!batch.empty()) {
      PM_ASSIGN_OR_RETURN(const std::int64_t added,
                          store_->Ingest(batch, "", ""));
      added_ += added;
    }
    while (true) {
      PM_ASSIGN_OR_RETURN(
          const std::int64_t parsed,
          pipeline_->ParsePending(options_.no_review ? kGroupBatch : 1));
      if (parsed == 0) return {};
    }
  }

  // Runs what is due; how many jobs that was. An error where Interrupted(): the
  // mail before which they are due must not be fed without them.
  Result<std::int64_t> RunJobs() {
    std::int64_t jobs = 0;
    while (true) {
      if (Interrupted()) {
        stopped_ = true;
        return Temporary("interrupted");
      }
      PM_ASSIGN_OR_RETURN(const bool ran, runner_->RunNext(clock_.Now()));
      if (!paused_.empty() && !Interrupted()) {
        return Temporary(fmt::format("a review cannot go on now: {}", paused_));
      }
      if (!ran) return jobs;
      ++jobs;
    }
  }

  // What the daemon would have done until `time`: one series after the other,
  // one job after the other (a killed run may have left some), each at its own
  // time.
  Status RunReviews(UnixSeconds time) {
    while (true) {
      PM_ASSIGN_OR_RETURN(std::optional<UnixSeconds> next,
                          store_->NextReadyAt());
      PM_ASSIGN_OR_RETURN(const std::optional<UnixSeconds> job,
                          store_->NextJobAt());
      if (job.has_value() && (!next.has_value() || *job < *next)) next = job;
      if (!next.has_value() || *next > time) break;
      clock_.AdvanceTo(*next);
      PM_ASSIGN_OR_RETURN(const std::int64_t decided,
                          pipeline_->Schedule(clock_.Now()));
      PM_ASSIGN_OR_RETURN(const std::int64_t ran, RunJobs());
      // Paused: the reviews of a day are used up.
      if (decided == 0 && ran == 0) break;
    }
    clock_.AdvanceTo(time);
    return {};
  }

  Config config_;
  ReplayOptions options_;
  std::string list_;
  UniqueFd lock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<review::ModelHub> hub_;
  std::unique_ptr<review::Engine> engine_;
  std::unique_ptr<review::ReviewRunner> runner_;
  std::string paused_;  // Why a review could not go on; "" where none.
  ParseWorker parser_;
  // Reviews run while `parser_` is in the middle of a batch.
  ParseWorker reply_parser_;
  std::unique_ptr<Pipeline> pipeline_;
  ManualClock clock_;
  std::int64_t read_ = 0;
  std::int64_t added_ = 0;
  bool stopped_ = false;  // RunJobs was interrupted.
};

// Where `path` leads, also where it is not there yet.
std::filesystem::path WholePath(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  auto whole = std::filesystem::weakly_canonical(absolute, error);
  if (error) whole = absolute.lexically_normal();
  // A directory's path may end in a slash.
  return whole.has_filename() ? whole : whole.parent_path();
}

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
  if (WholePath(options.state) == WholePath(site.config.state.directory)) {
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
  fmt::print("{} sent\n", Counted(sent, "mail"));
  PM_ASSIGN_OR_RETURN(const store::Counts counts, store->Count());
  const auto waiting = counts.outbox.find("queued");
  const auto failed = counts.outbox.find("failed");
  const std::int64_t left =
      (waiting == counts.outbox.end() ? 0 : waiting->second) +
      (failed == counts.outbox.end() ? 0 : failed->second);
  if (left == 0) return {};
  return Temporary(fmt::format(
      "{} could not be sent: see 'patchmilter list --failed --state {}'; "
      "the same command sends those again that the server may take later",
      Counted(left, "mail"), state));
}

Error WithWayOn(Error error) {
  error.message +=
      " (what came before is kept: the same command goes on where it was)";
  return error;
}

}  // namespace

int RunReplay(const ReplayOptions& options) {
  Result<Site> site = SiteOf(options);
  if (!site.ok()) return Fail(site.error());
  Replay replay(std::move(site->config), options, site->list);
  // Mails are known by where they stand, not by how that was spelled.
  std::error_code unresolved;
  std::string path = options.source;
  if (path != "-") {
    const auto whole = std::filesystem::canonical(path, unresolved);
    if (!unresolved) path = whole.string();
  }
  SourceOptions known;
  known.known = [&replay](const std::string& place) {
    return replay.Knows(place);
  };
  if (!options.series_json.empty() && options.series_json != "-") {
    const Status writable = CheckWritable(options.series_json);
    if (!writable.ok()) return Fail(writable.error().Wrap("--series-json"));
  }
  // Before anything is made: a source that cannot be read changes nothing.
  const auto source = MailSource::Open(path, std::move(known));
  if (!source.ok()) return Fail(source.error());
  if (const Status status = replay.Open(); !status.ok()) {
    return Fail(status.error());
  }
  CatchInterrupt(
      "\npatchmilter: ending after what is under way; once more ends at "
      "once\n");
  if (const Status status = replay.Run(source->get()); !status.ok()) {
    return Fail(WithWayOn(status.error()));
  }
  if (!Interrupted() && !options.series_json.empty()) {
    const Status status = replay.WriteSeriesJson();
    if (!status.ok()) return Fail(status.error());
  }
  if (!Interrupted() && options.deliver) {
    const Status status = DeliverAll(replay, options.state);
    if (!status.ok()) return Fail(status.error());
  }
  if (const Status status = replay.PrintSummary(); !status.ok()) {
    return Fail(status.error());
  }
  if (!Interrupted()) return kExitDone;
  std::cerr << "patchmilter: stopped before the end: the same command goes on "
               "where it was\n";
  return InterruptedStatus();
}

}  // namespace patchmilter::app
