#include "app/state_view.h"

#include <fmt/format.h>
#include <unistd.h>

#include "app/local_mails.h"
#include "app/state_files.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "base/text.h"
#include "model/journal.h"
#include "review/characters.h"

namespace patchmilter::app {
namespace {

// 0 to 15; -1 where it is no digit.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = ToLowerAscii(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

constexpr Seconds kDay = 86400;
constexpr Seconds kMonth = 30 * kDay;

Json ToJson(const store::SpendingTotal& total) {
  Json json;
  json["model"] = ToValidUtf8(total.model);
  json["list"] = ToValidUtf8(total.list);
  json["reviews"] = total.reviews;
  json["requests"] = total.requests;
  json["input_tokens"] = total.sum.input;
  json["cache_read_tokens"] = total.sum.cache_read;
  json["cache_write_tokens"] = total.sum.cache_write;
  json["output_tokens"] = total.sum.output;
  json["micro_dollars"] = total.sum.cost;
  json["estimated"] = total.sum.estimated;
  return json;
}

// "about 1.20 USD": what has not been answered is not known better.
std::string CostText(MicroDollars cost, bool estimated) {
  return (estimated ? "about " : "") + model::MoneyText(cost);
}

std::string SumText(const std::vector<store::SpendingTotal>& totals) {
  MicroDollars cost = 0;
  bool estimated = false;
  for (const store::SpendingTotal& total : totals) {
    cost += total.sum.cost;
    estimated = estimated || total.sum.estimated;
  }
  return CostText(cost, estimated);
}

// Beyond ASCII: what is not seen, or ends a line.
bool Unseen(std::uint32_t code) {
  return review::Invisible(code) || code == 0x2028 || code == 0x2029;
}

// "%40" as "@"; what is no such escape stays.
std::string PercentDecoded(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
    if (text[i] == '%' && high >= 0 && low >= 0) {
      plain += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

Result<OpenedState> OpenState(const StateOptions& where, bool for_writing) {
  OpenedState opened;
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

std::string Printable(std::string_view text, size_t width) {
  const std::string valid = ToValidUtf8(text);
  std::string clean;
  for (size_t i = 0; i < valid.size();) {
    const review::Decoded character = review::DecodeAt(valid, i);
    if (character.code < 0x20 || character.code == 0x7f) {
      clean += ' ';
    } else if (Unseen(character.code)) {
      // C1 controls are the terminal's, bidi ones turn what follows around.
      clean += fmt::format("\\u{{{:x}}}", character.code);
    } else {
      clean.append(valid, i, character.size);
    }
    i += character.size;
  }
  if (width != 0 && clean.size() > width) {
    clean.resize(width);
    // Not in the middle of a character.
    while (!IsValidUtf8(clean)) clean.pop_back();
    clean += "...";
  }
  return clean;
}

std::string PrintableJson(const Json& json) {
  const std::string text = ToText(json);
  std::string clean;
  clean.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const review::Decoded character = review::DecodeAt(text, i);
    const std::uint32_t code = character.code;
    // Below it are ours, and escaped in strings.
    if (code < 0x7f || !Unseen(code)) {
      clean.append(text, i, character.size);
    } else if (code > 0xffff) {
      clean +=
          fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + ((code - 0x10000) >> 10U),
                      0xdc00 + ((code - 0x10000) & 0x3ffU));
    } else {
      clean += fmt::format("\\u{:04x}", code);
    }
    i += character.size;
  }
  return clean;
}

std::string VersionText(const series::Series& series) {
  return fmt::format("v{} {}/{}", series.version, series.patches.size(),
                     series.expected);
}

std::string BareMessageId(std::string_view text) {
  std::string_view id = Trim(text);
  for (const std::string_view prefix : {"mid:", "id:"}) {
    if (id.starts_with(prefix)) id.remove_prefix(prefix.size());
  }
  if (id.starts_with("<") && id.ends_with(">")) {
    return std::string(id.substr(1, id.size() - 2));
  }
  const size_t scheme = id.find("://");
  if (scheme == std::string_view::npos) return std::string(id);
  for (const std::string_view part : Split(id.substr(scheme + 3), '/')) {
    std::string plain = PercentDecoded(part);
    if (plain.find('@') != std::string::npos) return plain;
  }
  return std::string(id);
}

Result<series::SeriesId> FindSeries(store::Store* store,
                                    const std::string& text) {
  if (const auto number = ParseUnsigned(text)) {
    const auto id = static_cast<series::SeriesId>(*number);
    PM_ASSIGN_OR_RETURN(const store::SeriesRow row, store->LoadSeries(id));
    return row.series.id;
  }
  PM_ASSIGN_OR_RETURN(const std::vector<store::MailRow> mails,
                      store->FindMailsByMessageId(BareMessageId(text)));
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

Json ToJson(const store::FindingRow& finding) {
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
  if (!finding.fate.empty()) entry["fate"] = finding.fate;
  if (finding.since > 0) entry["since"] = finding.since;
  return entry;
}

Json ToJson(const store::JobRow& job) {
  Json json;
  json["series"] = job.job.series;
  json["round"] = job.job.round;
  json["attempts"] = job.job.attempts;
  json["reason"] = ToValidUtf8(job.reason);
  if (job.state == "queued") json["next_try"] = FormatTime(job.next_try);
  return json;
}

Result<Spending> SpendingUntil(store::Store* store, UnixSeconds now) {
  Spending spending;
  PM_ASSIGN_OR_RETURN(spending.day, store->SpendingSince(now - kDay));
  PM_ASSIGN_OR_RETURN(spending.month, store->SpendingSince(now - kMonth));
  return spending;
}

std::vector<std::string> SpendingLines(const Spending& spending) {
  std::vector<std::string> lines;
  if (spending.month.empty()) return lines;
  lines.push_back(fmt::format("{} in the last day, {} in 30 days",
                              SumText(spending.day), SumText(spending.month)));
  for (const store::SpendingTotal& month : spending.month) {
    store::SpendingTotal day;
    for (const store::SpendingTotal& one : spending.day) {
      if (one.model == month.model && one.list == month.list) day = one;
    }
    lines.push_back(fmt::format(
        "{} on {}: {} ({}, {}), {} ({}, {})", Printable(month.model),
        Printable(month.list), CostText(day.sum.cost, day.sum.estimated),
        CountOf(static_cast<std::size_t>(day.reviews), "review", "reviews"),
        CountOf(static_cast<std::size_t>(day.requests), "request", "requests"),
        CostText(month.sum.cost, month.sum.estimated),
        CountOf(static_cast<std::size_t>(month.reviews), "review", "reviews"),
        CountOf(static_cast<std::size_t>(month.requests), "request",
                "requests")));
  }
  return lines;
}

Json ToJson(const Spending& spending) {
  Json json;
  json["day"] = Json::array();
  for (const store::SpendingTotal& total : spending.day) {
    json["day"].push_back(ToJson(total));
  }
  json["month"] = Json::array();
  for (const store::SpendingTotal& total : spending.month) {
    json["month"].push_back(ToJson(total));
  }
  return json;
}

std::string EngineText(const store::ReviewRow& review) {
  if (review.engine_version.empty()) return Printable(review.engine);
  return Printable(review.engine + " " + review.engine_version);
}

}  // namespace patchmilter::app
