// patchmilter show: one series, whole.
#include <fmt/format.h>

#include <iostream>

#include "app/commands.h"
#include "app/json.h"
#include "app/local_mails.h"
#include "app/state_view.h"
#include "base/clock.h"
#include "store/store.h"

namespace patchmilter::app {
namespace {

constexpr size_t kTitleWidth = 60;

void PrintReview(const store::ReviewRow& review, bool dropped) {
  fmt::print("\nround {}: {} by {} at {}, {}{}{}\n", review.round,
             review.verdict, EngineText(review), FormatTime(review.finished),
             review.apply, review.base.empty() ? "" : " to ",
             review.base.substr(0, 12));
  if (!review.cost.empty()) fmt::print("  cost {}\n", Printable(review.cost));
  std::size_t fallen = 0;
  for (const store::FindingRow& finding : review.findings) {
    const bool fell = !finding.dropped_by.empty();
    if (fell && !dropped) ++fallen;
    if (fell && !dropped) continue;
    // What became of a finding of an earlier revision is said in front.
    std::string before;
    if (!finding.fate.empty()) {
      before = fmt::format("{} (since v{}) ", finding.fate, finding.since);
    }
    fmt::print("  {}{}[{}] {}{}{}\n", fell ? "dropped " : "", before,
               finding.severity, Printable(finding.category),
               finding.category.empty() ? "" : ": ", Printable(finding.title));
    fmt::print(
        "      {}{}{}{}\n",
        finding.patch == 0 ? "the series"
                           : fmt::format("patch {}", finding.patch),
        finding.path.empty() ? "" : ", ", Printable(finding.path),
        finding.new_line > 0 ? fmt::format(":{}", finding.new_line) : "");
    if (fell) {
      fmt::print("      at gate {}: {}\n", finding.dropped_by,
                 Printable(finding.drop_reason));
    }
  }
  if (fallen > 0) {
    fmt::print("  {} fell at a gate: see --dropped\n",
               CountOf(fallen, "finding", "findings"));
  }
}

Json ReviewJson(const store::ReviewRow& review, bool dropped) {
  Json json;
  json["round"] = review.round;
  json["engine"] = review.engine;
  json["engine_version"] = review.engine_version;
  json["cost"] = review.cost;
  json["verdict"] = review.verdict;
  json["tree"] = review.tree;
  json["base"] = review.base;
  json["apply"] = review.apply;
  json["finished"] = FormatTime(review.finished);
  json["findings"] = Json::array();
  for (const store::FindingRow& finding : review.findings) {
    if (!finding.dropped_by.empty() && !dropped) continue;
    json["findings"].push_back(ToJson(finding));
  }
  return json;
}

}  // namespace

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
      json["reviews"].push_back(ReviewJson(review, options.dropped));
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
    std::cout << PrintableJson(json) << '\n';
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
    fmt::print("  {:7} {:12} <{}> to {}{}{}\n", mail.state, mail.mail.kind,
               Printable(mail.mail.message_id), mail.mail.recipient,
               mail.reason.empty() ? "" : ": ", Printable(mail.reason));
    if (options.mails && !mail.mail.bytes.empty()) {
      std::cout << '\n' << mail.mail.bytes << '\n';
    }
  }
  return kExitDone;
}

}  // namespace patchmilter::app
