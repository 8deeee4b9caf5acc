#include "review/eligibility.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "mime/mail.h"

namespace patchmilter::review {
namespace {

// Revisions looked at, each set aside, for one that supersedes.
constexpr int kMaxRevisions = 32;

constexpr std::string_view kCoverAlone = "only its cover has come";
constexpr std::string_view kUntagged = "a diff without a [PATCH] tag";
constexpr std::string_view kNoList = "its list is not in the configuration";
constexpr std::string_view kBackport =
    "stable review or AUTOSEL: grouped only, as review.stable says";
constexpr std::string_view kOptedOut = " has opted out";
constexpr std::string_view kOld = "old: ";

}  // namespace

Result<bool> Eligibility::IsBackport(const series::Series& series) {
  // The cover may be a person's words; a patch tells it as well.
  std::vector<series::MailId> mails = {series.root()};
  if (!series.patches.empty()) {
    mails.push_back(series.patches.begin()->second);
  }
  for (const series::MailId id : mails) {
    const Result<mime::PatchMail> mail = store_->LoadPatchMail(id);
    if (!mail.ok()) {
      if (mail.error().kind == ErrorKind::kNotFound) continue;
      return mail.error();
    }
    if (mail->mail.backport != mime::Backport::kNone) return true;
  }
  return false;
}

Result<std::string> Eligibility::OptedOut(const store::SeriesRow& row) {
  if (config_->review.opt_out.empty()) return std::string();
  std::vector<std::string> people = {row.series.author.email};
  for (const auto& [number, id] : row.series.patches) {
    PM_ASSIGN_OR_RETURN(const mime::PatchMail patch, store_->LoadPatchMail(id));
    people.push_back(patch.mail.author.email);
    people.push_back(patch.mail.from.email);
    people.push_back(patch.commit_author.email);
  }
  for (const std::string& person : people) {
    for (const std::string& wish : config_->review.opt_out) {
      if (EqualsIgnoreCase(person, wish)) {
        return fmt::format("{}{}", log::Clean(wish), kOptedOut);
      }
    }
  }
  return std::string();
}

Result<std::string> Eligibility::ReasonNotToReview(const store::SeriesRow& row,
                                                   UnixSeconds now) {
  const series::Series& series = row.series;
  if (series.patches.empty()) return std::string(kCoverAlone);
  if (config_->FindList(series.list) == nullptr) return std::string(kNoList);
  if (static_cast<std::int64_t>(series.patches.size()) >
      config_->review.max_patches) {
    return fmt::format("{} patches; review.max_patches is {}",
                       series.patches.size(), config_->review.max_patches);
  }
  if (asked_for_) return std::string();
  const UnixSeconds oldest = now - config_->review.max_age;
  if (row.rounds == 0 && series.newest_date < oldest) {
    return fmt::format("{}dated {}", kOld, FormatTime(series.newest_date));
  }
  if (series.newest_arrival < oldest) {
    return fmt::format("{}came {}", kOld, FormatTime(series.newest_arrival));
  }
  bool tagged = series.cover.has_value();
  for (const auto& [number, id] : series.patches) {
    if (tagged) break;
    PM_ASSIGN_OR_RETURN(const store::MailRow mail, store_->LoadMail(id));
    tagged = mail.kind != mime::MailKindName(mime::MailKind::kUntaggedDiff);
  }
  if (!tagged) return std::string(kUntagged);
  PM_ASSIGN_OR_RETURN(const bool backport, IsBackport(series));
  if (backport && !config_->review.stable) return std::string(kBackport);
  return OptedOut(row);
}

Result<bool> Eligibility::IsSuperseded(const series::Series& series,
                                       UnixSeconds now) {
  std::optional<series::SeriesId> next = series.superseded_by;
  for (int i = 0; i < kMaxRevisions && next.has_value(); ++i) {
    const Result<store::SeriesRow> newer = store_->LoadSeries(*next);
    if (!newer.ok()) {
      if (newer.error().kind == ErrorKind::kNotFound) return false;
      return newer.error();
    }
    if (newer->state == store::SeriesState::kRemoved) return false;
    next = newer->series.superseded_by;
    if (newer->series.partial_reroll) continue;
    switch (newer->state) {
      case store::SeriesState::kQueued:
      case store::SeriesState::kReviewed:
      case store::SeriesState::kFailed:
      case store::SeriesState::kSuperseded:
        return true;
      case store::SeriesState::kGrouped:
      case store::SeriesState::kRemoved:
        break;
      case store::SeriesState::kWaiting: {
        PM_ASSIGN_OR_RETURN(const std::string reason,
                            ReasonNotToReview(*newer, now));
        if (reason.empty()) return true;
        break;
      }
    }
  }
  return false;
}

std::string_view ClassOfReason(std::string_view reason) {
  if (reason == kCoverAlone) return "without a patch";
  if (reason == kUntagged) return "without a tag";
  if (reason == kNoList) return "of no list";
  if (reason == kBackport) return "for stable";
  if (reason.ends_with(kOptedOut)) return "opted out";
  if (reason.starts_with(kOld)) return "old";
  return "too long";
}

SetAside HowSetAside(const store::SeriesRow& row, store::SeriesState state,
                     std::string_view reason) {
  if (row.rounds == 0) return {state, std::string(reason)};
  return {store::SeriesState::kReviewed,
          fmt::format("what came later was not reviewed: {}", reason)};
}

}  // namespace patchmilter::review
