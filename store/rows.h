// The rows of state.db as data.  Threads: values.
#ifndef PATCHMILTER_STORE_ROWS_H_
#define PATCHMILTER_STORE_ROWS_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/config.h"
#include "mime/patch_mail.h"
#include "series/series.h"

namespace patchmilter::store {

using series::MailId;
using series::SeriesId;

// A mail as it came in, before anything has parsed it.
struct NewMail {
  std::string list;
  std::string queue_id;
  std::string sender;
  std::vector<std::string> recipients;
  std::string client;
  UnixSeconds arrival = 0;
  bool truncated = false;
  // Where it came from ("intake 3:8192", "mbox FILE #4"): for people, and so
  // that a source that is read twice adds nothing where `unique_source`.
  std::string source;
  bool unique_source = false;
  std::string raw;
};

enum class MailState : std::uint8_t {
  kNew,         // Stored; nobody has parsed it yet.
  kParsed,      // Grouped, or found to be no part of a series.
  kDuplicate,   // The same mail again: `duplicate_of` stands for it.
  kUnreadable,  // No worker could read it: kept, with the reason.
};
std::string_view MailStateName(MailState state);

struct MailRow {
  MailId id = 0;
  std::string message_id;
  std::string content_hash;
  std::string list;
  std::string queue_id;
  std::string source;
  std::string subject;
  std::string author;
  std::string kind;
  std::string kind_reason;
  UnixSeconds arrival = 0;
  bool truncated = false;
  MailState state = MailState::kNew;
  std::int64_t attempts = 0;
  std::string reason;  // Of kUnreadable.
  std::int64_t size = 0;
  std::optional<MailId> duplicate_of;
};

struct PendingMail {
  MailId id = 0;
  std::string list;
  UnixSeconds arrival = 0;
  std::int64_t attempts = 0;
  std::string raw;
};

// What parsing made of one pending mail.
struct ParsedMail {
  MailId id = 0;
  bool readable = false;
  std::string reason;  // Why it is not readable; else what is wrong with it.
  // Of readable ones:
  series::MailFacts facts;
  std::string kind_reason;
  // What mime::EncodePatchMail writes; kept of those that KeepsPatch names.
  std::string patch;
};
// The diff and the message are needed again only of what may be reviewed:
// patches and covers.
bool KeepsPatch(const series::MailFacts& facts);

// Where a series stands on its way.
enum class SeriesState : std::uint8_t {
  kWaiting,     // For parts, or for its settle time: see ready_at.
  kQueued,      // A job stands for it.
  kReviewed,    // All its patches are covered by a review.
  kGrouped,     // Will not be reviewed: `reason` says why.
  kSuperseded,  // A newer revision came before its review began.
  kFailed,      // Its job was set aside: `reason` says why.
  kRemoved,     // Merged into another series, or split up.
};
inline constexpr std::array kSeriesStates = {
    SeriesState::kWaiting, SeriesState::kQueued,     SeriesState::kReviewed,
    SeriesState::kGrouped, SeriesState::kSuperseded, SeriesState::kFailed,
    SeriesState::kRemoved};
std::string_view SeriesStateName(SeriesState state);
// Nothing where no state is called so.
std::optional<SeriesState> ParseSeriesState(std::string_view name);

struct SeriesRow {
  series::Series series;
  SeriesState state = SeriesState::kWaiting;
  std::string reason;
  std::optional<UnixSeconds> ready_at;
  std::int64_t rounds = 0;  // Reviews committed so far.
  std::string review_key;   // Fixed when round 1 is queued; "" before.
};

// A change of the grouper, with the time at which the series is ready.
struct SeriesUpdate {
  series::SeriesId id = 0;
  bool removed = false;
  series::Series series;
  std::optional<UnixSeconds> ready_at;
};

struct Job {
  std::int64_t id = 0;
  SeriesId series = 0;
  std::int64_t round = 0;
  std::int64_t attempts = 0;  // This one included.
};

struct JobRow {
  Job job;
  std::string state;  // queued, running, done, failed, cancelled
  std::string reason;
  UnixSeconds next_try = 0;
  UnixSeconds updated = 0;
};

struct FindingRow {
  std::int64_t patch = 0;
  std::string path;
  std::int64_t new_line = 0;
  std::string severity;
  std::string category;
  std::string title;
  std::string fingerprint;
  std::string dropped_by;  // The gate; "" where it was kept.
  std::string drop_reason;
  // What became of a finding of the revision before: "still-present" (found
  // again here), "fixed", "not-touched", "gone"; "" of one that is new.
  std::string fate;
  std::int64_t since = 0;  // The revision that was told first.
  std::string mark;        // What is remembered of it (an opaque text).
};

// A mail to go out. Originals are sent from the stored mail itself.
struct OutboxMail {
  std::int64_t id = 0;
  std::string destination;
  std::string kind;  // original, series, patch, pre-existing
  std::string message_id;
  std::string recipient;
  std::optional<MailId> original;  // Of kind "original".
  std::string bytes;               // Of the other kinds: final, Date included.
  std::int64_t attempts = 0;
  UnixSeconds created = 0;
  // Of the outbox alone: no second mail under one key for one destination.
  std::string unique_key;
};

struct OutboxRow {
  OutboxMail mail;
  std::string state;  // queued, sent, failed, held
  std::string reason;
  UnixSeconds next_try = 0;
  UnixSeconds sent_at = 0;
  SeriesId series = 0;
  std::int64_t round = 0;
};

// The verdict of a review that has found nothing and not read all.
inline constexpr std::string_view kNotReviewed = "not-reviewed";

// All that one round of a review leaves behind: stored in one transaction.
struct ReviewRecord {
  Job job;
  std::string engine;
  std::string engine_version;
  std::string verdict;  // "findings", "clean", kNotReviewed
  std::string tree;
  std::string base;
  std::string apply;  // applied, partial, reference, no-tree
  UnixSeconds finished = 0;
  std::string cost;  // As its footer says it; "" where it cost nothing.
  std::map<std::int64_t, MailId> covered;  // Patches that this round read.
  std::vector<FindingRow> findings;
  std::vector<OutboxMail> outbox;
  // The outbox rows are held: nothing ever sends them (a replay).
  bool hold = false;
};

struct ReviewRow {
  SeriesId series = 0;
  std::int64_t round = 0;
  std::string engine;
  std::string engine_version;
  std::string cost;
  std::string verdict;
  std::string tree;
  std::string base;
  std::string apply;
  UnixSeconds finished = 0;
  std::vector<FindingRow> findings;
};

// A mail that answers one of a series' mails, or another such answer.
struct ReplyRow {
  MailId id = 0;
  std::int64_t patch = 0;  // The one that it answers at last; 0: the cover.
  std::string message_id;
  std::string in_reply_to;
  UnixSeconds arrival = 0;
  std::string raw;
};
inline constexpr std::int64_t kMaxReplies = 200;
inline constexpr std::int64_t kMaxReplyBytes = 8 << 20;
// Of a thread so many mails are looked at, those included that are not given.
inline constexpr std::size_t kMaxThreadMails = 2000;

// One step of a conversation with a model, as its journal keeps it
// (model/journal.h); opaque here.
struct JournalRow {
  std::string kind;     // request, turn, input
  std::string bytes;    // Valid UTF-8 or not.
  std::string effects;  // Likewise.
};

// What one request to a model cost, or may cost at most.
struct SpendingRow {
  std::string model;
  std::uint64_t input = 0;  // Tokens; the next two are parts of it.
  std::uint64_t cache_read = 0;
  std::uint64_t cache_write = 0;
  std::uint64_t output = 0;
  MicroDollars cost = 0;
  bool estimated = false;  // Its answer has not come (yet).
};
// More is not believed of one request: sums must not overflow.
inline constexpr std::int64_t kMaxTokensOfRow = 1'000'000'000'000;
inline constexpr MicroDollars kMaxCostOfRow = 1'000'000'000'000;

// Whose money a review spends: the key of its rows in the ledger.
struct Spender {
  SeriesId series = 0;
  std::int64_t round = 0;
  std::string list;
  std::string author;  // Address, as it is; compared without case.
};

// Sums of the ledger.
struct Spent {
  SpendingRow review;         // Of this series and round, `model` "".
  std::int64_t requests = 0;  // Of it.
  MicroDollars author_day = 0;
  MicroDollars list_day = 0;
  MicroDollars day = 0;
  MicroDollars month = 0;
};

// What a model cost over a time, for people.
struct SpendingTotal {
  std::string model;
  std::string list;
  std::int64_t reviews = 0;
  std::int64_t requests = 0;
  SpendingRow sum;
};

// What one review mail told that came back from an archive: of a review that
// another state.db has made, or this one before it was lost.
struct ToldMail {
  std::string message_id;          // Its own.
  std::string answers;             // Message-ID of the patch or the cover.
  std::int64_t round = 0;          // Of the review.
  std::int64_t part = 0;           // Order of the mails of one round.
  std::string verdict;             // As in ReviewRow, or "partial".
  std::vector<std::string> marks;  // As in FindingRow::mark; no line ends.
};
// Of the mails that answer one mail the first so many are kept: an archive may
// hold forged ones.
inline constexpr std::int64_t kMaxToldOfMail = 256;
// ToldOf reads no further mail behind so many marks.
inline constexpr std::size_t kMaxToldMarks = 4000;

struct Counts {
  std::map<std::string, std::int64_t> mails;   // By state.
  std::map<std::string, std::int64_t> kinds;   // Parsed mails by kind.
  std::map<std::string, std::int64_t> series;  // By state.
  std::map<std::string, std::int64_t> jobs;
  std::map<std::string, std::int64_t> outbox;
  std::int64_t findings = 0;
  std::map<std::string, std::int64_t> dropped;  // By gate.
  UnixSeconds newest_mail = 0;
};

}  // namespace patchmilter::store

#endif  // PATCHMILTER_STORE_ROWS_H_
