#include "app/intake_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/stop_point.h"
#include "base/text.h"
#include "intake/segment.h"

namespace patchmilter::app {
namespace {

constexpr std::int64_t kBatch = 500;
constexpr std::uint64_t kBatchBytes = 16ULL << 20;
constexpr std::string_view kCursorName = "intake";

struct Cursor {
  intake::Position position;
  std::uint64_t nonce = 0;
};

std::string PositionText(intake::Position position) {
  return fmt::format("{}:{}", position.segment, position.offset);
}

// "SEGMENT:OFFSET:NONCE"; older ones have no nonce.
Result<Cursor> ParseCursor(std::string_view text) {
  if (text.empty()) return Cursor{};
  const auto parts = Split(text, ':');
  if (parts.size() == 2 || parts.size() == 3) {
    const auto segment = ParseUnsigned(parts[0]);
    const auto offset = ParseUnsigned(parts[1]);
    const auto nonce = parts.size() == 3 ? ParseUnsigned(parts[2])
                                         : std::optional<std::uint64_t>(0);
    if (segment && offset && nonce) return Cursor{{*segment, *offset}, *nonce};
  }
  return Permanent("state.db: the intake's cursor is no position");
}

store::NewMail ToNewMail(intake::Record record, intake::Position next) {
  store::NewMail mail;
  mail.list = std::move(record.list);
  mail.queue_id = std::move(record.queue_id);
  mail.sender = std::move(record.sender);
  mail.recipients = std::move(record.recipients);
  mail.client = fmt::format("{} [{}] helo={}", record.client_name,
                            record.client_address, record.helo);
  mail.arrival = record.arrival;
  mail.truncated = record.truncated;
  mail.source = "intake before " + PositionText(next);
  mail.raw = std::move(record.raw);
  return mail;
}

}  // namespace

std::uint64_t IntakeFeed::NonceOf(std::uint64_t segment) const {
  const Result<intake::Segment> opened =
      intake::Segment::Open(directory_, segment);
  return opened.ok() ? opened->header().nonce : 0;
}

Status IntakeFeed::Open() {
  PM_ASSIGN_OR_RETURN(const std::string text, store_->Cursor(kCursorName));
  PM_ASSIGN_OR_RETURN(const Cursor cursor, ParseCursor(text));
  PM_ASSIGN_OR_RETURN(reader_,
                      intake::Reader::Open(directory_, cursor.position));
  nonce_ = cursor.nonce;
  return {};
}

Result<bool> IntakeFeed::Replaced() const {
  const std::uint64_t segment = reader_->position().segment;
  if (segment == 0) return false;
  PM_ASSIGN_OR_RETURN(const std::vector<std::uint64_t> ids,
                      intake::ListSegments(directory_));
  if (std::binary_search(ids.begin(), ids.end(), segment)) {
    const std::uint64_t now = NonceOf(segment);
    return nonce_ != 0 && now != 0 && now != nonce_;
  }
  // patchmilterd numbers on from what stands and from the published cursor:
  // whole segments that all lie before the cursor are another intake's. (The
  // reader steps behind one that is damaged.)
  return !ids.empty() && ids.back() < segment && NonceOf(ids.back()) != 0;
}

Result<bool> IntakeFeed::TakeBatch() {
  if (reader_ == nullptr) {
    const Status opened = Open();
    if (!opened.ok()) {
      // patchmilterd has not run yet: it makes the directory.
      if (opened.error().kind == ErrorKind::kNotFound) return false;
      return opened.error();
    }
  }
  const Result<bool> replaced = Replaced();
  if (!replaced.ok()) {
    // Removed, and not made again yet.
    if (replaced.error().kind == ErrorKind::kNotFound) return false;
    return replaced.error();
  }
  if (*replaced) {
    log::Err("intake",
             "{} is not the intake that was read until {}: its segments were "
             "removed or replaced; reading what is there from its start",
             directory_, PositionText(reader_->position()));
    PM_ASSIGN_OR_RETURN(reader_, intake::Reader::Open(directory_, {}));
    nonce_ = 0;
  }
  std::vector<store::NewMail> mails;
  std::uint64_t bytes = 0;
  bool moved = false;
  while (static_cast<std::int64_t>(mails.size()) < kBatch &&
         bytes < kBatchBytes) {
    Result<std::optional<intake::Entry>> entry = reader_->Next();
    if (!entry.ok()) {
      if (entry.error().kind != ErrorKind::kPermanent) return entry.error();
      log::Err("intake", "damaged record passed over: {}",
               entry.error().message);
      moved = true;
      continue;
    }
    if (!entry->has_value()) break;
    bytes += (*entry)->record.raw.size();
    moved = true;
    mails.push_back(ToNewMail(std::move((*entry)->record), (*entry)->next));
  }
  const intake::Position position = reader_->position();
  if (!moved) {
    if (nonce_ == 0) nonce_ = NonceOf(position.segment);
    return false;
  }
  nonce_ = NonceOf(position.segment);
  StopPoint("ingest.before-commit");
  const Result<std::int64_t> stored = store_->Ingest(
      mails, kCursorName, fmt::format("{}:{}", PositionText(position), nonce_));
  if (!stored.ok()) {
    reader_.reset();  // Read them again from the stored cursor.
    return stored.error();
  }
  StopPoint("ingest.after-commit");
  log::Debug("intake", "taken mails={} next={}", mails.size(),
             PositionText(position));
  // Only now may patchmilterd prune what lies before.
  const Status published =
      intake::PublishCursor(intake::CursorFile(directory_), position);
  if (!published.ok()) {
    log::Warning("intake", "cursor not published: {}",
                 published.error().message);
  }
  return true;
}

}  // namespace patchmilter::app
