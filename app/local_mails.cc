#include "app/local_mails.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

#include "app/local_config.h"
#include "app/mail_source.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "mime/encoded_word.h"
#include "mime/headers.h"

namespace patchmilter::app {
namespace {

constexpr std::int64_t kBatch = 500;
// Of several series so many are named.
constexpr std::size_t kNamed = 10;

// Whether a mail with `subject` belongs to the series of the one before.
bool GoesOn(const mime::Subject& last, const mime::Subject& subject) {
  return subject.number && last.number && *subject.number > *last.number &&
         subject.total == last.total && subject.version == last.version &&
         subject.hints == last.hints;
}

// Puts another sender and time in the place of the mail's own; "" changes
// nothing.
void SendWith(const std::string& from, const std::string& date,
              std::string* raw) {
  const mime::HeaderBlock block = mime::ScanHeaders(*raw);
  const std::string_view author = block.First(mime::HeaderName::kFrom);
  const bool is_other =
      !from.empty() && !author.empty() && mime::Unfold(author) != from;
  const std::string_view type = block.First(mime::HeaderName::kContentType);
  const std::string_view encoding =
      block.First(mime::HeaderName::kContentTransferEncoding);
  // Into a body that is not plain text nothing can be put.
  const bool plain =
      (type.empty() || StartsWithIgnoreCase(TrimLeft(type), "text/plain")) &&
      (encoding.empty() || EqualsIgnoreCase(Trim(encoding), "8bit") ||
       EqualsIgnoreCase(Trim(encoding), "7bit"));
  struct Change {
    std::size_t begin = 0;
    std::size_t size = 0;
    std::string text;
  };
  std::vector<Change> changes;
  const auto replace = [&](std::string_view value, std::string text) {
    changes.push_back({static_cast<std::size_t>(value.data() - raw->data()),
                       value.size(), std::move(text)});
  };
  if (is_other && plain && block.ended) {
    replace(author, " " + from);
    changes.push_back(
        {block.body, 0,
         "From: " + mime::DecodeHeaderText(mime::Unfold(author)) + "\n\n"});
  }
  const std::string_view own_date = block.First(mime::HeaderName::kDate);
  if (!own_date.empty() && !date.empty()) replace(own_date, " " + date);
  // From behind, so that what stands in front stays where it is.
  std::sort(changes.begin(), changes.end(),
            [](const Change& a, const Change& b) { return a.begin > b.begin; });
  for (const Change& change : changes) {
    raw->replace(change.begin, change.size, change.text);
  }
}

}  // namespace

LocalMails::LocalMails(const Config* config)
    : config_(config), now_(SystemClock().Now()) {}

Status LocalMails::Open() {
  PM_ASSIGN_OR_RETURN(store_, store::Store::Open(":memory:"));
  PipelineOptions options;
  options.review_everything = true;
  pipeline_ = std::make_unique<Pipeline>(config_, store_.get(), &parser_,
                                         std::move(options));
  return pipeline_->Load();
}

Status LocalMails::Take(const std::string& source) {
  PM_ASSIGN_OR_RETURN(auto mails, MailSource::Open(source));
  while (true) {
    PM_ASSIGN_OR_RETURN(std::optional<SourceMail> mail, mails->Next());
    if (!mail.has_value()) break;
    store::NewMail stored;
    stored.list = kLocalName;
    // One after the other: of two series that bear the same second, the
    // order in the file says which mail belongs to which.
    stored.arrival = now_++;
    stored.source = mail->Where();
    stored.truncated = mail->cut;
    stored.raw = AsSent(std::move(mail->raw));
    PM_ASSIGN_OR_RETURN(const std::int64_t added,
                        store_->Ingest({std::move(stored)}, "", ""));
    mails_ += added;
  }
  for (const std::string& skipped : mails->skipped()) {
    std::cerr << "patchmilter: passed over " << skipped << '\n';
  }
  return {};
}

// What `git send-email` makes of the mails of `git format-patch`: these have no
// Message-ID, answer nobody, and bear the commits' authors and dates. Ids are
// of the content, so that the same mail has the same one each time; numbers
// that rise from mail to mail are one thread, at one time and, where a cover
// says who sends it, of one sender; then another author stands in the body.
std::string LocalMails::AsSent(std::string raw) {
  const mime::HeaderBlock block = mime::ScanHeaders(raw);
  if (block.Has(mime::HeaderName::kMessageId)) {
    thread_.id.clear();
    return raw;
  }
  const std::string id =
      fmt::format("<{}@content.invalid>", Sha256Hex(raw).substr(0, 40));
  const auto field = [&block](mime::HeaderName name) {
    return mime::Unfold(block.First(name));
  };
  mime::Subject subject = SubjectOf(block);
  std::string fields = "Message-ID: " + id + "\n";
  if (!thread_.id.empty() && GoesOn(thread_.last, subject) &&
      !block.Has(mime::HeaderName::kInReplyTo)) {
    fields += "In-Reply-To: " + thread_.id + "\n";
    SendWith(thread_.from, thread_.date, &raw);
  } else {
    thread_.id = id;
    // A cover is of who sends, a patch of its author.
    thread_.from =
        subject.number == 0 ? field(mime::HeaderName::kFrom) : std::string();
    thread_.date = field(mime::HeaderName::kDate);
  }
  thread_.last = std::move(subject);
  return fields + raw;
}

Status LocalMails::Parse() {
  while (true) {
    PM_ASSIGN_OR_RETURN(const std::int64_t parsed,
                        pipeline_->ParsePending(kBatch));
    if (parsed == 0) return {};
  }
}

Result<std::vector<store::SeriesRow>> LocalMails::TakeSeries(
    const std::vector<std::string>& sources) {
  PM_RETURN_IF_ERROR(Open());
  for (const std::string& source : sources) PM_RETURN_IF_ERROR(Take(source));
  PM_RETURN_IF_ERROR(Parse());
  PM_ASSIGN_OR_RETURN(auto found, store_->ListSeries("", INT64_MAX));
  std::erase_if(found, [](const store::SeriesRow& row) {
    return row.series.patches.empty();
  });
  if (found.empty()) {
    return InvalidInput(fmt::format(
        "{}: {} read, none of them is a patch: a patch carries a diff, as "
        "'git format-patch' writes it",
        Join(sources, ", "),
        CountOf(static_cast<std::size_t>(mails_), "mail", "mails")));
  }
  return found;
}

mime::Subject SubjectOf(const mime::HeaderBlock& block) {
  return mime::ParseSubject(mime::DecodeHeaderText(
      mime::Unfold(block.First(mime::HeaderName::kSubject))));
}

review::SeriesUnderReview LocalSeries::Under() const {
  review::SeriesUnderReview under;
  under.series = &series;
  under.at_desk = true;
  for (const auto& [number, mail] : mails) {
    if (number == 0) {
      under.cover = &mail;
    } else {
      under.patches.emplace(number, &mail);
    }
  }
  return under;
}

Result<std::unique_ptr<LocalSeries>> LoadSeries(store::Store* store,
                                                series::SeriesId number) {
  auto loaded = std::make_unique<LocalSeries>();
  PM_ASSIGN_OR_RETURN(store::SeriesRow row, store->LoadSeries(number));
  loaded->series = std::move(row.series);
  std::map<std::int64_t, series::MailId> members = loaded->series.patches;
  if (loaded->series.cover) members[0] = *loaded->series.cover;
  for (const auto& [place, id] : members) {
    PM_ASSIGN_OR_RETURN(mime::PatchMail mail, store->LoadPatchMail(id));
    loaded->mails.emplace(place, std::move(mail));
  }
  return loaded;
}

Result<std::unique_ptr<LocalSeries>> ReadSeries(const std::string& source) {
  const Config config = LocalConfig();
  LocalMails mails(&config);
  PM_ASSIGN_OR_RETURN(const auto found, mails.TakeSeries({source}));
  if (found.size() > 1) {
    std::string names;
    for (std::size_t i = 0; i < found.size() && i < kNamed; ++i) {
      names += fmt::format(
          "\n  {} v{}: {}",
          CountOf(found[i].series.patches.size(), "patch", "patches"),
          found[i].series.version, log::Clean(found[i].series.title));
    }
    return InvalidInput(fmt::format(
        "{}: {} series were read; give the mails of one alone:{}{}", source,
        found.size(), names, found.size() > kNamed ? "\n  …" : ""));
  }
  return LoadSeries(mails.store(), found.front().series.id);
}

std::string CountOf(std::size_t count, std::string_view one,
                    std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace patchmilter::app
