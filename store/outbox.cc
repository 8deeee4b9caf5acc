// The outbox in state.db: what is to be sent, and what became of it.
#include "store/database.h"
#include "store/store.h"

namespace patchmilter::store {
namespace {

Result<std::vector<OutboxRow>> ReadRows(Statement* select) {
  std::vector<OutboxRow> rows;
  while (true) {
    PM_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) return rows;
    OutboxRow row;
    row.mail.id = select->ColumnInt(0);
    row.mail.destination = select->ColumnText(1);
    row.mail.kind = select->ColumnText(2);
    row.mail.message_id = select->ColumnText(3);
    row.mail.recipient = select->ColumnText(4);
    row.mail.original = select->ColumnOptionalInt(5);
    row.mail.attempts = select->ColumnInt(6);
    row.state = select->ColumnText(7);
    row.reason = select->ColumnText(8);
    row.mail.created = select->ColumnInt(9);
    row.next_try = select->ColumnInt(10);
    row.sent_at = select->ColumnInt(11);
    row.series = select->ColumnInt(12);
    row.round = select->ColumnInt(13);
    row.mail.bytes = select->ColumnText(14);
    rows.push_back(std::move(row));
  }
}

}  // namespace

Status Store::InsertOutbox(const OutboxMail& mail, SeriesId series,
                           std::int64_t round, UnixSeconds now, bool hold) {
  PM_ASSIGN_OR_RETURN(
      Statement insert,
      database_->Prepare(
          "INSERT OR IGNORE INTO outbox(destination, unique_key, kind,"
          " message_id, recipient, original, bytes, series, round, state,"
          " next_try, created) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
          " ?11, ?10, ?10)"));
  return insert.Text(mail.destination)
      .Text(mail.unique_key)
      .Text(mail.kind)
      .Text(mail.message_id)
      .Text(mail.recipient)
      .OptionalInt(mail.original)
      .Blob(mail.bytes)
      .Int(series)
      .Int(round)
      .Int(now)
      .Text(hold ? "held" : "queued")
      .Run();
}

Result<std::vector<OutboxMail>> Store::DueMails(UnixSeconds now,
                                                std::int64_t limit) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare("SELECT id, destination, kind, message_id, recipient,"
                         " original, bytes, attempts, created FROM outbox"
                         " WHERE state = 'queued' AND next_try <= ?1"
                         " ORDER BY id LIMIT ?2"));
  select.Int(now).Int(limit);
  std::vector<OutboxMail> mails;
  while (true) {
    PM_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return mails;
    OutboxMail mail;
    mail.id = select.ColumnInt(0);
    mail.destination = select.ColumnText(1);
    mail.kind = select.ColumnText(2);
    mail.message_id = select.ColumnText(3);
    mail.recipient = select.ColumnText(4);
    mail.original = select.ColumnOptionalInt(5);
    mail.bytes = select.ColumnText(6);
    mail.attempts = select.ColumnInt(7);
    mail.created = select.ColumnInt(8);
    mails.push_back(std::move(mail));
  }
}

Status Store::CountDeliveryAttempt(std::int64_t id) {
  PM_ASSIGN_OR_RETURN(
      Statement update,
      database_->Prepare(
          "UPDATE outbox SET attempts = attempts + 1 WHERE id = ?1"));
  return update.Int(id).Run();
}

Status Store::MarkSent(std::int64_t id, UnixSeconds now) {
  PM_ASSIGN_OR_RETURN(
      Statement update,
      database_->Prepare("UPDATE outbox SET state = 'sent', sent_at = ?2,"
                         " reason = '' WHERE id = ?1"));
  return update.Int(id).Int(now).Run();
}

Status Store::MarkRetry(std::int64_t id, UnixSeconds next_try,
                        std::string_view reason) {
  PM_ASSIGN_OR_RETURN(
      Statement update,
      database_->Prepare(
          "UPDATE outbox SET next_try = ?2, reason = ?3 WHERE id = ?1"));
  return update.Int(id).Int(next_try).Text(reason).Run();
}

Status Store::MarkSetAside(std::int64_t id, std::string_view reason) {
  PM_ASSIGN_OR_RETURN(
      Statement update,
      database_->Prepare("UPDATE outbox SET state = 'failed', reason = ?2"
                         " WHERE id = ?1"));
  return update.Int(id).Text(reason).Run();
}

Status Store::ReleaseHeld(UnixSeconds now) {
  PM_ASSIGN_OR_RETURN(
      Statement update,
      database_->Prepare("UPDATE outbox SET state = 'queued', next_try = ?1,"
                         " created = ?1 WHERE state = 'held'"));
  return update.Int(now).Run();
}

Result<std::vector<OutboxRow>> Store::Outbox(SeriesId id) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare("SELECT id, destination, kind, message_id, recipient,"
                         " original, attempts, state, reason, created,"
                         " next_try, sent_at, series, round, bytes FROM outbox"
                         " WHERE series = ?1 ORDER BY id"));
  select.Int(id);
  return ReadRows(&select);
}

Result<std::vector<OutboxRow>> Store::FailedMails(std::int64_t limit) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare("SELECT id, destination, kind, message_id, recipient,"
                         " original, attempts, state, reason, created,"
                         " next_try, sent_at, series, round, '' FROM outbox"
                         " WHERE state = 'failed' ORDER BY id DESC LIMIT ?1"));
  select.Int(limit);
  return ReadRows(&select);
}

}  // namespace patchmilter::store
