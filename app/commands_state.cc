// patchmilter status, list, explain, retry: looking at state.db.
#include <fmt/format.h>

#include <chrono>
#include <iostream>

#include "app/commands.h"
#include "app/json.h"
#include "app/local_mails.h"
#include "app/state_files.h"
#include "app/state_view.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "intake/status.h"
#include "series/grouper.h"
#include "store/store.h"

namespace patchmilter::app {
namespace {

constexpr size_t kTitleWidth = 60;
// Jobs that `status` counts; `list --failed` names as many as it is asked for.
constexpr std::int64_t kWaitingShown = 1000;
// A person wonders what is going on when nothing has been printed for so long.
constexpr std::chrono::milliseconds kPatience(700);

Json ToJson(const std::map<std::string, std::int64_t>& counts) {
  Json json = Json::object();
  for (const auto& [name, count] : counts) json[name] = count;
  return json;
}

void PrintCounts(const char* what,
                 const std::map<std::string, std::int64_t>& counts) {
  std::string line;
  for (const auto& [name, count] : counts) {
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", count, name);
  }
  fmt::print("{:10}{}\n", what, line.empty() ? "none" : line);
}

Json ToJson(const intake::DaemonStatus& status) {
  Json json;
  json["pid"] = status.pid;
  json["started"] = FormatTime(status.started);
  json["updated"] = FormatTime(status.updated);
  json["stopped"] =
      status.stopped == 0 ? Json() : Json(FormatTime(status.stopped));
  json["messages"] = status.messages;
  json["stored"] = status.stored;
  json["let_go"] = status.let_go;
  json["failed"] = status.failed;
  json["late"] = status.late;
  json["intake_bytes"] = status.bytes;
  json["last_error"] = status.last_error;
  return json;
}

void PrintMilter(const intake::DaemonStatus& status) {
  fmt::print(
      "{:10}patchmilterd: {} stored, {} let go, {} failed, {} late"
      " (as of {})\n",
      "milter", status.stored, status.let_go, status.failed, status.late,
      FormatTime(status.updated));
  if (!status.last_error.empty()) {
    fmt::print("{:10}last error: {}\n", "", Printable(status.last_error));
  }
}

int PrintFailed(store::Store* store, const ListOptions& options) {
  const auto jobs = store->FailedJobs(options.limit);
  if (!jobs.ok()) return Fail(jobs.error());
  const auto waiting = store->WaitingJobs(options.limit);
  if (!waiting.ok()) return Fail(waiting.error());
  const auto mails = store->FailedMails(options.limit);
  if (!mails.ok()) return Fail(mails.error());
  const auto unreadable = store->UnreadableMails(options.limit);
  if (!unreadable.ok()) return Fail(unreadable.error());
  if (options.where.json) {
    Json json;
    json["jobs"] = Json::array();
    for (const store::JobRow& job : *jobs) {
      json["jobs"].push_back(app::ToJson(job));
    }
    json["waiting"] = Json::array();
    for (const store::JobRow& job : *waiting) {
      json["waiting"].push_back(app::ToJson(job));
    }
    json["undelivered"] = Json::array();
    for (const store::OutboxRow& mail : *mails) {
      json["undelivered"].push_back({{"series", mail.series},
                                     {"message_id", mail.mail.message_id},
                                     {"to", mail.mail.recipient},
                                     {"reason", mail.reason}});
    }
    json["unreadable"] = Json::array();
    for (const store::MailRow& mail : *unreadable) {
      json["unreadable"].push_back({{"mail", mail.id},
                                    {"list", mail.list},
                                    {"source", mail.source},
                                    {"reason", mail.reason}});
    }
    std::cout << PrintableJson(json) << '\n';
    return kExitDone;
  }
  for (const store::JobRow& job : *jobs) {
    fmt::print("review of series {} (round {}) set aside after {}: {}\n",
               job.job.series, job.job.round,
               CountOf(static_cast<std::size_t>(job.job.attempts), "attempt",
                       "attempts"),
               Printable(job.reason));
  }
  for (const store::JobRow& job : *waiting) {
    fmt::print("review of series {} (round {}) is tried again at {}: {}\n",
               job.job.series, job.job.round, FormatTime(job.next_try),
               Printable(job.reason));
  }
  for (const store::OutboxRow& mail : *mails) {
    fmt::print("mail <{}> to {} not delivered: {}\n",
               Printable(mail.mail.message_id), mail.mail.recipient,
               Printable(mail.reason));
  }
  for (const store::MailRow& mail : *unreadable) {
    fmt::print("mail {} ({}, {} bytes) could not be read: {}\n", mail.id,
               Printable(mail.source), mail.size, Printable(mail.reason));
  }
  if (jobs->empty() && waiting->empty() && mails->empty() &&
      unreadable->empty()) {
    fmt::print("nothing has failed\n");
  }
  return kExitDone;
}

std::string StateNames() {
  std::string names;
  for (const store::SeriesState state : store::kSeriesStates) {
    if (!names.empty()) names += ", ";
    names += store::SeriesStateName(state);
  }
  return names;
}

}  // namespace

int Fail(const Error& error) {
  std::cerr << "patchmilter: " << error.message << '\n';
  return kExitFailed;
}

int RunStatus(const StateOptions& options) {
  auto opened = OpenState(options, false);
  if (!opened.ok()) return Fail(opened.error());
  const auto counts = opened->store->Count();
  if (!counts.ok()) return Fail(counts.error());
  const auto waiting = opened->store->WaitingJobs(kWaitingShown);
  if (!waiting.ok()) return Fail(waiting.error());
  const auto spending = SpendingUntil(opened->store.get(), SystemClock().Now());
  if (!spending.ok()) return Fail(spending.error());
  const bool running = IsLocked(StateLockFile(opened->directory));
  std::optional<intake::DaemonStatus> milter;
  if (!opened->intake.empty()) {
    auto status = intake::ReadStatus(opened->intake);
    if (status.ok()) milter = *std::move(status);
  }
  if (options.json) {
    Json json;
    json["state"] = opened->directory;
    json["reviewd_running"] = running;
    json["mails"] = ToJson(counts->mails);
    json["kinds"] = ToJson(counts->kinds);
    json["series"] = ToJson(counts->series);
    json["jobs"] = ToJson(counts->jobs);
    json["outbox"] = ToJson(counts->outbox);
    json["findings"] = counts->findings;
    json["dropped"] = ToJson(counts->dropped);
    json["waiting"] = Json::array();
    for (const store::JobRow& job : *waiting) {
      json["waiting"].push_back(app::ToJson(job));
    }
    json["spending"] = ToJson(*spending);
    json["newest_mail"] = counts->newest_mail == 0
                              ? Json()
                              : Json(FormatTime(counts->newest_mail));
    if (milter.has_value()) json["patchmilterd"] = ToJson(*milter);
    std::cout << PrintableJson(json) << '\n';
    return kExitDone;
  }
  fmt::print("{:10}{}, patchmilter-reviewd is {}\n", "state", opened->directory,
             running ? "running" : "not running");
  if (milter.has_value()) PrintMilter(*milter);
  if (counts->newest_mail != 0) {
    fmt::print("{:10}{}\n", "newest", FormatTime(counts->newest_mail));
  }
  PrintCounts("mails", counts->mails);
  PrintCounts("kinds", counts->kinds);
  PrintCounts("series", counts->series);
  PrintCounts("jobs", counts->jobs);
  PrintCounts("outbox", counts->outbox);
  fmt::print("{:10}{}\n", "findings", counts->findings);
  PrintCounts("dropped", counts->dropped);
  if (!waiting->empty()) {
    const store::JobRow& next = waiting->front();
    fmt::print("{:10}{} again, at {} the first: {}\n", "waiting",
               CountOf(waiting->size(), "review is tried", "reviews are tried"),
               FormatTime(next.next_try), Printable(next.reason));
  }
  const char* what = "models";
  for (const std::string& line : SpendingLines(*spending)) {
    fmt::print("{:10}{}\n", what, line);
    what = "";
  }
  return kExitDone;
}

int RunList(const ListOptions& options) {
  auto opened = OpenState(options.where, false);
  if (!opened.ok()) return Fail(opened.error());
  if (options.failed) return PrintFailed(opened->store.get(), options);
  if (!options.state.empty() && !store::ParseSeriesState(options.state)) {
    return Fail(InvalidInput(
        fmt::format("--in {}: a series is never that; it is one of {}",
                    log::Clean(options.state), StateNames())));
  }
  const auto rows = opened->store->ListSeries(options.state, options.limit);
  if (!rows.ok()) return Fail(rows.error());
  if (options.where.json) {
    Json json = Json::array();
    for (const store::SeriesRow& row : *rows) json.push_back(ToJson(row));
    std::cout << PrintableJson(json) << '\n';
    return kExitDone;
  }
  for (const store::SeriesRow& row : *rows) {
    fmt::print("{:>6}  {:10}  {:10}  {}  {}\n", row.series.id,
               store::SeriesStateName(row.state), VersionText(row.series),
               FormatTime(row.series.newest_arrival),
               Printable(row.series.title, kTitleWidth));
  }
  if (rows->empty()) fmt::print("no series\n");
  return kExitDone;
}

int RunExplain(const StateOptions& where, const std::string& message_id) {
  auto opened = OpenState(where, false);
  if (!opened.ok()) return Fail(opened.error());
  const auto mails =
      opened->store->FindMailsByMessageId(BareMessageId(message_id));
  if (!mails.ok()) return Fail(mails.error());
  if (mails->empty()) {
    return Fail(NotFound(fmt::format("no mail <{}> has been read here",
                                     log::Clean(BareMessageId(message_id)))));
  }
  // All of them: which mails are where may hang on any. A list of years takes
  // seconds, and then says so.
  series::Grouper grouper;
  const auto started = std::chrono::steady_clock::now();
  bool said = false;
  const Status fed =
      opened->store->ForEachFacts([&](const series::MailFacts& facts) {
        static_cast<void>(grouper.Add(facts));
        if (said || std::chrono::steady_clock::now() - started < kPatience) {
          return;
        }
        said = true;
        std::cerr << "patchmilter: grouping what has been seen ...\n";
      });
  if (!fed.ok()) return Fail(fed.error());
  for (const store::MailRow& mail : *mails) {
    fmt::print("mail {} from {}: {}\n", mail.id, Printable(mail.source),
               Printable(mail.subject));
    fmt::print("  {}{}{}\n", mail.kind, mail.kind_reason.empty() ? "" : ": ",
               Printable(mail.kind_reason));
    if (mail.duplicate_of) {
      fmt::print("  the same mail as {} again\n", *mail.duplicate_of);
      continue;
    }
    if (!mail.reason.empty()) fmt::print("  {}\n", Printable(mail.reason));
    for (const std::string& line : grouper.Explain(mail.id)) {
      fmt::print("  {}\n", Printable(line));
    }
  }
  return kExitDone;
}

int RunRetry(const StateOptions& where, const std::string& series) {
  auto opened = OpenState(where, true);
  if (!opened.ok()) return Fail(opened.error());
  const auto id = FindSeries(opened->store.get(), series);
  if (!id.ok()) return Fail(id.error());
  const Status status = opened->store->RetrySeries(*id, SystemClock().Now());
  if (!status.ok()) return Fail(status.error());
  fmt::print("series {} is queued again\n", *id);
  return kExitDone;
}

}  // namespace patchmilter::app
