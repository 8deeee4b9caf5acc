// patchmilter status, list, show, explain, retry: looking at state.db.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <memory>

#include "app/commands.h"
#include "app/json.h"
#include "app/state_files.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "intake/status.h"
#include "series/grouper.h"
#include "store/store.h"

namespace patchmilter::app {
namespace {

constexpr size_t kTitleWidth = 60;

struct Opened {
  std::string directory;
  std::string intake;  // "" where no configuration names one.
  std::unique_ptr<store::Store> store;
};

Result<Opened> OpenState(const StateOptions& where, bool for_writing) {
  Opened opened;
  opened.directory = where.state;
  if (opened.directory.empty()) {
    PM_ASSIGN_OR_RETURN(const Config config,
                        LoadConfig(where.config, ConfigUse::kReview));
    opened.directory = config.state.directory;
    opened.intake = config.intake.directory;
  }
  const std::string file = StateFile(opened.directory);
  auto store = for_writing && ::access(file.c_str(), F_OK) == 0
                   ? store::Store::Open(file)
                   : store::Store::OpenReadOnly(file);
  if (!store.ok()) {
    if (store.error().kind == ErrorKind::kNotFound) {
      return NotFound(fmt::format(
          "{}: there is no state here that can be read: has "
          "patchmilter-reviewd been started, and may you read its files?",
          file));
    }
    return store.error();
  }
  opened.store = std::move(store).value();
  return opened;
}

// Foreign text on a terminal: valid UTF-8, no control characters.
std::string Printable(std::string_view text, size_t width = 0) {
  std::string clean = ToValidUtf8(text);
  for (char& c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = ' ';
  }
  if (width != 0 && clean.size() > width) {
    clean.resize(width);
    // Not in the middle of a character.
    while (!IsValidUtf8(clean)) clean.pop_back();
    clean += "...";
  }
  return clean;
}

std::string VersionText(const series::Series& series) {
  return fmt::format("v{} {}/{}", series.version, series.patches.size(),
                     series.expected);
}

Json ToJson(const store::SeriesRow& row) {
  Json json;
  const series::Series& series = row.series;
  json["id"] = series.id;
  json["list"] = series.list;
  json["state"] = store::SeriesStateName(row.state);
  json["reason"] = row.reason;
  json["version"] = series.version;
  json["expected"] = series.expected;
  json["patches"] = series.patches.size();
  json["complete"] = series.complete();
  json["title"] = series.title;
  json["author"] = series.author.email;
  json["newest_date"] = FormatTime(series.newest_date);
  json["newest_arrival"] = FormatTime(series.newest_arrival);
  json["ready_at"] = row.ready_at ? Json(FormatTime(*row.ready_at)) : Json();
  json["rounds"] = row.rounds;
  json["previous"] = series.previous ? Json(*series.previous) : Json();
  json["superseded_by"] =
      series.superseded_by ? Json(*series.superseded_by) : Json();
  return json;
}

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

// "12" or a Message-ID of one of its mails.
Result<series::SeriesId> FindSeries(store::Store* store,
                                    const std::string& text) {
  if (const auto number = ParseUnsigned(text)) {
    const auto id = static_cast<series::SeriesId>(*number);
    PM_ASSIGN_OR_RETURN(const store::SeriesRow row, store->LoadSeries(id));
    return row.series.id;
  }
  std::string_view id = Trim(text);
  if (id.starts_with("<") && id.ends_with(">")) {
    id = id.substr(1, id.size() - 2);
  }
  PM_ASSIGN_OR_RETURN(const std::vector<store::MailRow> mails,
                      store->FindMailsByMessageId(id));
  for (const store::MailRow& mail : mails) {
    PM_ASSIGN_OR_RETURN(const std::optional<series::SeriesId> series,
                        store->SeriesOfMail(mail.id));
    if (series.has_value()) return *series;
  }
  return NotFound(fmt::format(
      "no series holds \"{}\" (a series is named by its number, see "
      "'patchmilter list', or by the Message-ID of one of its mails)",
      log::Clean(text)));
}

void PrintReview(const store::ReviewRow& review, bool dropped) {
  fmt::print("\nround {}: {} by {} at {}, {}{}{}\n", review.round,
             review.verdict, review.engine, FormatTime(review.finished),
             review.apply, review.base.empty() ? "" : " to ",
             review.base.substr(0, 12));
  for (const store::FindingRow& finding : review.findings) {
    const bool fell = !finding.dropped_by.empty();
    if (fell && !dropped) continue;
    fmt::print("  {}[{}] {}: {}\n", fell ? "dropped " : "", finding.severity,
               finding.category, Printable(finding.title));
    fmt::print(
        "      patch {}{}{}{}\n", finding.patch,
        finding.path.empty() ? "" : ", ", Printable(finding.path),
        finding.new_line > 0 ? fmt::format(":{}", finding.new_line) : "");
    if (fell) {
      fmt::print("      at gate {}: {}\n", finding.dropped_by,
                 Printable(finding.drop_reason));
    }
  }
}

Json ToJson(const store::ReviewRow& review, bool dropped) {
  Json json;
  json["round"] = review.round;
  json["engine"] = review.engine;
  json["verdict"] = review.verdict;
  json["tree"] = review.tree;
  json["base"] = review.base;
  json["apply"] = review.apply;
  json["finished"] = FormatTime(review.finished);
  json["findings"] = Json::array();
  for (const store::FindingRow& finding : review.findings) {
    if (!finding.dropped_by.empty() && !dropped) continue;
    Json entry;
    entry["patch"] = finding.patch;
    entry["path"] = finding.path;
    entry["line"] = finding.new_line;
    entry["severity"] = finding.severity;
    entry["category"] = finding.category;
    entry["title"] = finding.title;
    entry["fingerprint"] = finding.fingerprint;
    if (!finding.dropped_by.empty()) {
      entry["dropped_by"] = finding.dropped_by;
      entry["reason"] = finding.drop_reason;
    }
    json["findings"].push_back(std::move(entry));
  }
  return json;
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
  const auto mails = store->FailedMails(options.limit);
  if (!mails.ok()) return Fail(mails.error());
  const auto unreadable = store->UnreadableMails(options.limit);
  if (!unreadable.ok()) return Fail(unreadable.error());
  if (options.where.json) {
    Json json;
    json["jobs"] = Json::array();
    for (const store::JobRow& job : *jobs) {
      json["jobs"].push_back({{"series", job.job.series},
                              {"round", job.job.round},
                              {"attempts", job.job.attempts},
                              {"reason", job.reason}});
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
    std::cout << ToText(json) << '\n';
    return kExitDone;
  }
  for (const store::JobRow& job : *jobs) {
    fmt::print(
        "review of series {} (round {}) set aside after {} attempts: "
        "{}\n",
        job.job.series, job.job.round, job.job.attempts, Printable(job.reason));
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
  if (jobs->empty() && mails->empty() && unreadable->empty()) {
    fmt::print("nothing has failed\n");
  }
  return kExitDone;
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
    json["newest_mail"] = counts->newest_mail == 0
                              ? Json()
                              : Json(FormatTime(counts->newest_mail));
    if (milter.has_value()) json["patchmilterd"] = ToJson(*milter);
    std::cout << ToText(json) << '\n';
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
  return kExitDone;
}

int RunList(const ListOptions& options) {
  auto opened = OpenState(options.where, false);
  if (!opened.ok()) return Fail(opened.error());
  if (options.failed) return PrintFailed(opened->store.get(), options);
  const auto rows = opened->store->ListSeries(options.state, options.limit);
  if (!rows.ok()) return Fail(rows.error());
  if (options.where.json) {
    Json json = Json::array();
    for (const store::SeriesRow& row : *rows) json.push_back(ToJson(row));
    std::cout << ToText(json) << '\n';
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

int RunShow(const ShowOptions& options) {
  auto opened = OpenState(options.where, false);
  if (!opened.ok()) return Fail(opened.error());
  store::Store* store = opened->store.get();
  const auto id = FindSeries(store, options.series);
  if (!id.ok()) return Fail(id.error());
  const auto row = store->LoadSeries(*id);
  if (!row.ok()) return Fail(row.error());
  const auto reviews = store->Reviews(*id);
  if (!reviews.ok()) return Fail(reviews.error());
  const auto outbox = store->Outbox(*id);
  if (!outbox.ok()) return Fail(outbox.error());
  std::map<std::int64_t, series::MailId> members = row->series.patches;
  if (row->series.cover.has_value()) members[0] = *row->series.cover;

  if (options.where.json) {
    Json json = ToJson(*row);
    json["mails"] = Json::array();
    for (const auto& [number, mail_id] : members) {
      const auto mail = store->LoadMail(mail_id);
      if (!mail.ok()) return Fail(mail.error());
      json["mails"].push_back({{"number", number},
                               {"message_id", mail->message_id},
                               {"subject", mail->subject}});
    }
    json["notes"] = row->series.notes;
    json["reviews"] = Json::array();
    for (const store::ReviewRow& review : *reviews) {
      json["reviews"].push_back(ToJson(review, options.dropped));
    }
    json["outbox"] = Json::array();
    for (const store::OutboxRow& mail : *outbox) {
      json["outbox"].push_back({{"kind", mail.mail.kind},
                                {"destination", mail.mail.destination},
                                {"to", mail.mail.recipient},
                                {"message_id", mail.mail.message_id},
                                {"state", mail.state},
                                {"attempts", mail.mail.attempts},
                                {"reason", mail.reason}});
    }
    std::cout << ToText(json) << '\n';
    return kExitDone;
  }

  fmt::print("series {}: {}\n", row->series.id, Printable(row->series.title));
  fmt::print("  {} from {} on {}\n", VersionText(row->series),
             Printable(row->series.author.email), row->series.list);
  fmt::print("  {}{}{}\n", store::SeriesStateName(row->state),
             row->reason.empty() ? "" : ": ", Printable(row->reason));
  if (row->state == store::SeriesState::kWaiting && row->ready_at) {
    fmt::print("  ready at {}\n", FormatTime(*row->ready_at));
  }
  for (const auto& [number, mail_id] : members) {
    const auto mail = store->LoadMail(mail_id);
    if (!mail.ok()) return Fail(mail.error());
    fmt::print("  {:>3}  <{}>  {}\n", number, Printable(mail->message_id),
               Printable(mail->subject, kTitleWidth));
  }
  for (const std::string& note : row->series.notes) {
    fmt::print("  {}\n", Printable(note));
  }
  for (const store::ReviewRow& review : *reviews) {
    PrintReview(review, options.dropped);
  }
  if (!outbox->empty()) fmt::print("\nmails:\n");
  for (const store::OutboxRow& mail : *outbox) {
    fmt::print("  {:7} {:8} <{}> to {}{}{}\n", mail.state, mail.mail.kind,
               Printable(mail.mail.message_id), mail.mail.recipient,
               mail.reason.empty() ? "" : ": ", Printable(mail.reason));
    if (options.mails && !mail.mail.bytes.empty()) {
      std::cout << '\n' << mail.mail.bytes << '\n';
    }
  }
  return kExitDone;
}

int RunExplain(const StateOptions& where, const std::string& message_id) {
  auto opened = OpenState(where, false);
  if (!opened.ok()) return Fail(opened.error());
  std::string_view id = Trim(message_id);
  if (id.starts_with("<") && id.ends_with(">")) {
    id = id.substr(1, id.size() - 2);
  }
  const auto mails = opened->store->FindMailsByMessageId(id);
  if (!mails.ok()) return Fail(mails.error());
  if (mails->empty()) {
    return Fail(NotFound(
        fmt::format("no mail <{}> has been seen", log::Clean(message_id))));
  }
  series::Grouper grouper;
  const Status fed =
      opened->store->ForEachFacts([&](const series::MailFacts& facts) {
        static_cast<void>(grouper.Add(facts));
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
