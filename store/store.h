// Store: state.db, where everything after the intake is kept. All SQL of the
// project stands in store/*.cc.
//
// Every method that changes something is one transaction: after a crash it has
// happened whole or not at all. Two processes (or threads, each with a Store
// of its own) may work on one file: SQLite's locks order their transactions;
// jobs are leased. A file of a newer schema than ours is refused, an older one
// is migrated at Open.
//
// Input: values that come from hostile mails are bound, never part of SQL.
// Errors: kTemporary (busy, disk full: try again), kPermanent (corrupt).
// Threads: one Store per thread.  Tested in tests/store/.
#ifndef PATCHMILTER_STORE_STORE_H_
#define PATCHMILTER_STORE_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/rows.h"

namespace patchmilter::store {

class Database;

struct StoreOptions {
  // Of pages that the connection keeps in memory. Parsing and grouping touch
  // many; who runs reviews needs few, and there may be many of those.
  std::int64_t cache_kib = 32 << 10;
};

class Store {
 public:
  // Creates or migrates `path`; ":memory:" is a store of its own.
  static Result<std::unique_ptr<Store>> Open(const std::string& path,
                                             const StoreOptions& options = {});
  // For looking only: kNotFound where there is no file.
  static Result<std::unique_ptr<Store>> OpenReadOnly(const std::string& path);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // --- The site (store/schema.cc) ---
  // When this state directory was first started; set by the first call.
  Result<UnixSeconds> FirstStart(UnixSeconds now);

  // --- Mails (store/mails.cc) ---
  // Stores mails and, in the same transaction, the place in their source from
  // which to go on. Mails whose unique source is known are passed over.
  // Returns how many were new.
  Result<std::int64_t> Ingest(const std::vector<NewMail>& mails,
                              std::string_view cursor_name,
                              std::string_view cursor);
  Result<std::string> Cursor(std::string_view name);  // "" where none.
  // Whether a mail of that unique source is stored (store/sources.cc).
  Result<bool> HasSource(std::string_view source);
  // Mails in state kNew, oldest first, together at most `max_bytes` (but one
  // at least). Where one has been tried before it comes alone, so that a mail
  // that kills its reader takes no other with it.
  Result<std::vector<PendingMail>> PendingMails(std::int64_t limit,
                                                std::int64_t max_bytes);
  // REQUIRES: `mails` is what PendingMails gave, nothing parsed since. What is
  // counted survives this process's death (not the machine's).
  Status CountParseAttempt(const std::vector<PendingMail>& mails);
  // What was counted is taken back: the fault was not the mails'.
  Status ForgetParseAttempt(const std::vector<PendingMail>& mails);
  // The mail that stands for (message_id, content_hash), if one was parsed.
  Result<std::optional<MailId>> FindMail(std::string_view message_id,
                                         std::string_view content_hash);
  // Stores what was made of the mails, and how their series stand now.
  Status CommitParsed(const std::vector<ParsedMail>& mails,
                      const std::vector<SeriesUpdate>& updates);
  // Facts of all parsed mails, in the order in which they were fed.
  Status ForEachFacts(
      const std::function<void(const series::MailFacts&)>& visit);
  Result<mime::PatchMail> LoadPatchMail(MailId id);
  Result<std::string> LoadRaw(MailId id);
  Result<MailRow> LoadMail(MailId id);
  Result<std::vector<MailRow>> FindMailsByMessageId(
      std::string_view message_id);
  Result<std::vector<MailRow>> UnreadableMails(std::int64_t limit);

  // --- Series (store/series_rows.cc) ---
  // Waiting series whose time has come, oldest first.
  Result<std::vector<SeriesRow>> ReadySeries(UnixSeconds now,
                                             std::int64_t limit);
  // When the next waiting series gets ready; nothing where none waits.
  Result<std::optional<UnixSeconds>> NextReadyAt();
  Result<SeriesRow> LoadSeries(SeriesId id);
  // The series in which the mail stands, as a patch or the cover.
  Result<std::optional<SeriesId>> SeriesOfMail(MailId mail);
  // Newest first; `state` "" means all but removed ones.
  Result<std::vector<SeriesRow>> ListSeries(std::string_view state,
                                            std::int64_t limit);
  Status SetSeriesState(SeriesId id, SeriesState state,
                        std::string_view reason);
  // Which patch mails of the series an earlier round of any series covered.
  Result<std::vector<std::int64_t>> CoveredPatches(SeriesId id);

  // --- Jobs and reviews (store/jobs.cc) ---
  Status QueueReview(SeriesId id, std::string_view review_key, UnixSeconds now);
  // Takes the next job: counts the attempt and leases it, before it is tried.
  Result<std::optional<Job>> LeaseJob(UnixSeconds now, Seconds lease);
  // When the next queued job may be tried; nothing where none is queued.
  Result<std::optional<UnixSeconds>> NextJobAt();
  // False where the job was cancelled while it ran: what it made is dropped.
  // `ready_at`: of the round that late patches make, if there are any.
  Result<bool> CommitReview(const ReviewRecord& record,
                            std::optional<UnixSeconds> ready_at);
  // The job waits until `next_try`; or is set aside for good without one.
  Status FailJob(const Job& job, std::string_view reason,
                 std::optional<UnixSeconds> next_try, UnixSeconds now);
  // The job is given up without fault of its own; its series is set to
  // `state`.
  Status CancelJob(const Job& job, SeriesState state, std::string_view reason,
                   UnixSeconds now);
  // The job waits until `next_try`, for no fault of its own: its attempt does
  // not count. Like the next one it changes nothing where the lease is lost:
  // cancelled, or run out and taken by another.
  Status PauseJob(const Job& job, std::string_view reason, UnixSeconds next_try,
                  UnixSeconds now);
  // A job that is still at work keeps its lease until `until`.
  Status ExtendLease(const Job& job, UnixSeconds until);
  // Jobs whose lease has run out are queued again (their process died).
  Status ReleaseExpiredLeases(UnixSeconds now);
  // At start, where the state directory's lock says that no other process
  // runs jobs: all leases are void.
  Status ReleaseAllLeases();
  // Has a series reviewed again whose job has failed, or of which the last
  // review found nothing and had not read all: then in a next round, which
  // reads what that one should have read. kInvalidInput for any other.
  Status RetrySeries(SeriesId id, UnixSeconds now);
  Result<std::vector<ReviewRow>> Reviews(SeriesId id);
  Result<std::vector<JobRow>> FailedJobs(std::int64_t limit);
  // Queued jobs that have been tried before, and wait to be tried again.
  Result<std::vector<JobRow>> WaitingJobs(std::int64_t limit);
  // Reviews committed since `time`, and those that are queued or run now.
  Result<std::int64_t> ReviewsSince(UnixSeconds time);

  // --- Conversations with models (store/journal.cc) ---
  // The journal of one review (a series and its round) lasts until the review
  // is committed, cancelled or set aside; the ledger lasts. What AppendJournal
  // and SettleSpending write outlives this process, and the machine's end once
  // a later change of state.db has been synced: no request waits for a disk.
  // Spending is kept within kMaxTokensOfRow and kMaxCostOfRow.
  // Entries of a conversation, in their order.
  Result<std::vector<JournalRow>> LoadJournal(SeriesId series,
                                              std::int64_t round,
                                              std::string_view conversation);
  // Adds an entry, and with it what it costs, in one transaction. `spending`
  // may be null. Where it is estimated it is a new row of the ledger; else it
  // takes the place of the estimate that the conversation's last request left
  // (or is a new row, where none did). Of a conversation one estimate is open:
  // an earlier one, whose answer was lost, stays what it is.
  Status AppendJournal(const Spender& spender, std::string_view conversation,
                       const JournalRow& entry, const SpendingRow* spending,
                       UnixSeconds now);
  // The conversation's open estimate becomes `spending` (all zero: it was not
  // charged) and is closed; nothing where there is none. Without a model it
  // keeps that of the estimate.
  Status SettleSpending(const Spender& spender, std::string_view conversation,
                        const SpendingRow& spending, UnixSeconds now);
  // Keeps the first `keep` entries.
  Status CutJournal(SeriesId series, std::int64_t round,
                    std::string_view conversation, std::int64_t keep);
  // `day`: the 24 hours before `now`; `month`: 30 days. What is dated behind
  // `now` counts. Estimates count as they are, and mark `review.estimated`.
  // Takes milliseconds however long the ledger is.
  Result<Spent> SpentBy(const Spender& spender, UnixSeconds now);
  // Since `since`, by model and list, the dearest first.
  Result<std::vector<SpendingTotal>> SpendingSince(UnixSeconds since);

  // --- Replies (store/replies.cc) ---
  // Mails that answer any of the series' mails or one of their answers (by
  // In-Reply-To; by the last of References where there is none), which are no
  // patches or covers, oldest first: at most `limit` and kMaxReplies, together
  // at most kMaxReplyBytes (one that no longer fits is passed over). One of a
  // Message-ID, the oldest. Automatic mail and our own is followed to what
  // answers it, and not given; spam is nothing. Mails that came before this
  // schema are not known.
  Result<std::vector<ReplyRow>> RepliesTo(SeriesId id, std::int64_t limit);

  // --- What an archive's review mails told (store/told.cc) ---
  // Keeps them, but those whose Message-ID is known and those beyond
  // kMaxToldOfMail. Changes nothing else. Returns how many were new.
  Result<std::int64_t> AddTold(const std::vector<ToldMail>& mails);
  // Of the mails of the series, by round and part. Whether the series or what
  // was told of it came first does not matter.
  Result<std::vector<ToldMail>> ToldOf(SeriesId id);

  // --- Outbox (store/outbox.cc) ---
  // Mails to be sent now, in the order in which they must go.
  Result<std::vector<OutboxMail>> DueMails(UnixSeconds now, std::int64_t limit);
  Status CountDeliveryAttempt(std::int64_t id);
  Status MarkSent(std::int64_t id, UnixSeconds now);
  Status MarkRetry(std::int64_t id, UnixSeconds next_try,
                   std::string_view reason);
  Status MarkSetAside(std::int64_t id, std::string_view reason);
  // Held mails may go now.
  Status ReleaseHeld(UnixSeconds now);
  Result<std::vector<OutboxRow>> Outbox(SeriesId id);
  Result<std::vector<OutboxRow>> FailedMails(std::int64_t limit);

  Result<Counts> Count();

 private:
  explicit Store(std::unique_ptr<Database> database);
  Status Migrate();
  Status QueueRound(SeriesId id, std::string_view review_key,
                    std::optional<std::int64_t> unread, UnixSeconds now);
  Status AddParseAttempts(const std::vector<PendingMail>& mails,
                          std::int64_t more);
  Status InsertParsed(const ParsedMail& mail);
  Status InsertAnswers(const ParsedMail& mail);
  Status ApplyUpdate(const SeriesUpdate& update);
  Status InsertOutbox(const OutboxMail& mail, SeriesId series,
                      std::int64_t round, UnixSeconds now, bool hold);

  std::unique_ptr<Database> database_;
};

}  // namespace patchmilter::store

#endif  // PATCHMILTER_STORE_STORE_H_
