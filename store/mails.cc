// Mails in state.db: taken in, parsed, found again.
#include "base/log.h"
#include "base/text.h"
#include "series/part.h"
#include "store/codec.h"
#include "store/database.h"
#include "store/store.h"

namespace patchmilter::store {
namespace {

constexpr std::string_view kMailColumns =
    "SELECT id, message_id, list, queue_id, source, subject, author, kind,"
    " kind_reason, arrival, truncated, state, attempts, reason, size,"
    " duplicate_of, content_hash FROM mails ";

MailState ParseMailState(std::string_view name) {
  if (name == "parsed") return MailState::kParsed;
  if (name == "duplicate") return MailState::kDuplicate;
  if (name == "unreadable") return MailState::kUnreadable;
  return MailState::kNew;
}

MailRow ReadMailRow(const Statement& row) {
  MailRow mail;
  mail.id = row.ColumnInt(0);
  mail.message_id = row.ColumnText(1);
  mail.list = row.ColumnText(2);
  mail.queue_id = row.ColumnText(3);
  mail.source = row.ColumnText(4);
  mail.subject = row.ColumnText(5);
  mail.author = row.ColumnText(6);
  mail.kind = row.ColumnText(7);
  mail.kind_reason = row.ColumnText(8);
  mail.arrival = row.ColumnInt(9);
  mail.truncated = row.ColumnInt(10) != 0;
  mail.state = ParseMailState(row.ColumnText(11));
  mail.attempts = row.ColumnInt(12);
  mail.reason = row.ColumnText(13);
  mail.size = row.ColumnInt(14);
  mail.duplicate_of = row.ColumnOptionalInt(15);
  mail.content_hash = row.ColumnText(16);
  return mail;
}

std::string AuthorText(const mime::Address& author) {
  if (author.name.empty()) return author.email;
  return author.name + " <" + author.email + ">";
}

}  // namespace

bool KeepsPatch(const series::MailFacts& facts) {
  return series::IsPart(facts);
}

std::string_view MailStateName(MailState state) {
  switch (state) {
    case MailState::kNew:
      return "new";
    case MailState::kParsed:
      return "parsed";
    case MailState::kDuplicate:
      return "duplicate";
    case MailState::kUnreadable:
      return "unreadable";
  }
  return "unknown";
}

Result<std::int64_t> Store::Ingest(const std::vector<NewMail>& mails,
                                   std::string_view cursor_name,
                                   std::string_view cursor) {
  // A source without a cursor is read again from its start.
  Transaction transaction(database_.get(), cursor_name.empty()
                                               ? Durability::kProcess
                                               : Durability::kPower);
  PM_RETURN_IF_ERROR(transaction.Begin());
  std::int64_t added = 0;
  for (const NewMail& mail : mails) {
    PM_ASSIGN_OR_RETURN(
        Statement insert,
        database_->Prepare(
            "INSERT OR IGNORE INTO mails(list, queue_id, sender, recipients,"
            " client, arrival, truncated, source, unique_source, size)"
            " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"));
    insert.Text(mail.list)
        .Text(mail.queue_id)
        .Text(mail.sender)
        .Text(JoinLines(mail.recipients))
        .Text(mail.client)
        .Int(mail.arrival)
        .Int(mail.truncated ? 1 : 0)
        .Text(mail.source);
    if (mail.unique_source) {
      insert.Text(mail.source);
    } else {
      insert.Null();
    }
    PM_RETURN_IF_ERROR(
        insert.Int(static_cast<std::int64_t>(mail.raw.size())).Run());
    if (database_->ChangedRows() == 0) continue;
    const MailId id = database_->LastInsertId();
    PM_ASSIGN_OR_RETURN(
        Statement bytes,
        database_->Prepare("INSERT INTO mail_raw VALUES(?1, ?2)"));
    PM_RETURN_IF_ERROR(bytes.Int(id).Blob(mail.raw).Run());
    ++added;
  }
  if (!cursor_name.empty()) {
    PM_ASSIGN_OR_RETURN(
        Statement update,
        database_->Prepare("INSERT OR REPLACE INTO meta VALUES(?1, ?2)"));
    const std::string key = "cursor:" + std::string(cursor_name);
    PM_RETURN_IF_ERROR(update.Text(key).Text(cursor).Run());
  }
  PM_RETURN_IF_ERROR(transaction.Commit());
  return added;
}

Result<std::string> Store::Cursor(std::string_view name) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare("SELECT value FROM meta WHERE key = ?1"));
  const std::string key = "cursor:" + std::string(name);
  PM_ASSIGN_OR_RETURN(const bool found, select.Text(key).Step());
  return found ? select.ColumnText(0) : std::string();
}

Result<std::vector<PendingMail>> Store::PendingMails(std::int64_t limit,
                                                     std::int64_t max_bytes) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare("SELECT id, list, arrival, attempts, raw FROM mails"
                         " JOIN mail_raw ON mail = id WHERE state = 'new'"
                         " ORDER BY id LIMIT ?1"));
  select.Int(limit);
  std::vector<PendingMail> mails;
  std::int64_t bytes = 0;
  while (true) {
    PM_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return mails;
    PendingMail mail;
    mail.id = select.ColumnInt(0);
    mail.list = select.ColumnText(1);
    mail.arrival = select.ColumnInt(2);
    mail.attempts = select.ColumnInt(3);
    mail.raw = select.ColumnText(4);
    bytes += static_cast<std::int64_t>(mail.raw.size());
    const bool tried = mail.attempts > 0;
    if (!mails.empty() && (tried || bytes > max_bytes)) return mails;
    mails.push_back(std::move(mail));
    if (tried) return mails;
  }
}

Status Store::AddParseAttempts(const std::vector<PendingMail>& mails,
                               std::int64_t more) {
  if (mails.empty()) return {};
  // It is our own death that is counted, not the machine's.
  Transaction transaction(database_.get(), Durability::kProcess);
  PM_RETURN_IF_ERROR(transaction.Begin());
  {
    // PendingMails gives all new mails between its first and its last.
    PM_ASSIGN_OR_RETURN(
        Statement update,
        database_->Prepare("UPDATE mails SET attempts = attempts + ?3 WHERE"
                           " state = 'new' AND id BETWEEN ?1 AND ?2"));
    PM_RETURN_IF_ERROR(
        update.Int(mails.front().id).Int(mails.back().id).Int(more).Run());
  }
  return transaction.Commit();
}

Status Store::CountParseAttempt(const std::vector<PendingMail>& mails) {
  return AddParseAttempts(mails, 1);
}

Status Store::ForgetParseAttempt(const std::vector<PendingMail>& mails) {
  return AddParseAttempts(mails, -1);
}

Result<std::optional<MailId>> Store::FindMail(std::string_view message_id,
                                              std::string_view content_hash) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare("SELECT id FROM mails WHERE message_id = ?1 AND"
                         " message_id <> '' AND content_hash = ?2 AND"
                         " state = 'parsed' ORDER BY id LIMIT 1"));
  PM_ASSIGN_OR_RETURN(const bool row,
                      select.Text(message_id).Text(content_hash).Step());
  if (!row) return std::optional<MailId>();
  return std::optional<MailId>(select.ColumnInt(0));
}

Status Store::InsertParsed(const ParsedMail& mail) {
  if (!mail.readable) {
    PM_ASSIGN_OR_RETURN(
        Statement update,
        database_->Prepare("UPDATE mails SET state = 'unreadable',"
                           " reason = ?2 WHERE id = ?1"));
    return update.Int(mail.id).Text(mail.reason).Run();
  }
  const series::MailFacts& facts = mail.facts;
  PM_ASSIGN_OR_RETURN(const std::optional<MailId> known,
                      FindMail(facts.message_id, facts.content_hash));
  {
    PM_ASSIGN_OR_RETURN(
        Statement update,
        database_->Prepare(
            "UPDATE mails SET state = ?2, duplicate_of = ?3, message_id = ?4,"
            " content_hash = ?5, kind = ?6, kind_reason = ?7, subject = ?8,"
            " author = ?9, reason = ?10, arrival = ?11 WHERE id = ?1"));
    PM_RETURN_IF_ERROR(
        update.Int(mail.id)
            .Text(MailStateName(known.has_value() ? MailState::kDuplicate
                                                  : MailState::kParsed))
            .OptionalInt(known)
            .Text(facts.message_id)
            .Text(facts.content_hash)
            .Text(mime::MailKindName(facts.kind))
            .Text(mail.kind_reason)
            .Text(facts.subject.text)
            .Text(AuthorText(facts.author))
            .Text(mail.reason)
            .Int(facts.arrival)
            .Run());
  }
  if (known.has_value()) return {};
  const std::string encoded = EncodeFacts(facts);
  {
    // The order of feeding is that of the rows: one more than the last.
    PM_ASSIGN_OR_RETURN(
        Statement insert,
        database_->Prepare("INSERT INTO mail_facts(facts) VALUES(?1)"));
    PM_RETURN_IF_ERROR(insert.Blob(encoded).Run());
  }
  if (!KeepsPatch(facts)) return InsertAnswers(mail);
  PM_ASSIGN_OR_RETURN(
      Statement insert,
      database_->Prepare("INSERT INTO mail_patches VALUES(?1, ?2)"));
  return insert.Int(mail.id).Blob(mail.patch).Run();
}

Status Store::CommitParsed(const std::vector<ParsedMail>& mails,
                           const std::vector<SeriesUpdate>& updates) {
  Transaction transaction(database_.get());
  PM_RETURN_IF_ERROR(transaction.Begin());
  for (const ParsedMail& mail : mails) PM_RETURN_IF_ERROR(InsertParsed(mail));
  for (const SeriesUpdate& update : updates) {
    PM_RETURN_IF_ERROR(ApplyUpdate(update));
  }
  return transaction.Commit();
}

Status Store::ForEachFacts(
    const std::function<void(const series::MailFacts&)>& visit) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare("SELECT fed, facts FROM mail_facts ORDER BY fed"));
  while (true) {
    PM_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return {};
    const std::optional<series::MailFacts> facts =
        DecodeFacts(select.ColumnView(1));
    if (!facts.has_value()) {
      return Permanent("state.db: facts in row " +
                       std::to_string(select.ColumnInt(0)) + " cannot be read");
    }
    visit(*facts);
  }
}

Result<mime::PatchMail> Store::LoadPatchMail(MailId id) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare("SELECT patch FROM mail_patches WHERE mail = ?1"));
  PM_ASSIGN_OR_RETURN(const bool row, select.Int(id).Step());
  const std::string bytes = row ? select.ColumnText(0) : std::string();
  if (bytes.empty()) {
    return NotFound("state.db: no patch is kept for mail " +
                    std::to_string(id));
  }
  std::optional<mime::PatchMail> patch = mime::DecodePatchMail(bytes);
  if (!patch.has_value()) {
    return Permanent("state.db: patch of mail " + std::to_string(id) +
                     " cannot be read");
  }
  return *std::move(patch);
}

Result<std::string> Store::LoadRaw(MailId id) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare("SELECT raw FROM mail_raw WHERE mail = ?1"));
  PM_ASSIGN_OR_RETURN(const bool row, select.Int(id).Step());
  if (!row) return NotFound("state.db: no mail " + std::to_string(id));
  return select.ColumnText(0);
}

Result<MailRow> Store::LoadMail(MailId id) {
  static const std::string sql = std::string(kMailColumns) + "WHERE id = ?1";
  PM_ASSIGN_OR_RETURN(Statement select, database_->Prepare(sql));
  PM_ASSIGN_OR_RETURN(const bool row, select.Int(id).Step());
  if (!row) return NotFound("no mail " + std::to_string(id));
  return ReadMailRow(select);
}

Result<std::vector<MailRow>> Store::FindMailsByMessageId(
    std::string_view message_id) {
  static const std::string sql =
      std::string(kMailColumns) + "WHERE message_id = ?1 ORDER BY id";
  PM_ASSIGN_OR_RETURN(Statement select, database_->Prepare(sql));
  select.Text(message_id);
  std::vector<MailRow> mails;
  while (true) {
    PM_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return mails;
    mails.push_back(ReadMailRow(select));
  }
}

Result<std::vector<MailRow>> Store::UnreadableMails(std::int64_t limit) {
  static const std::string sql =
      std::string(kMailColumns) +
      "WHERE state = 'unreadable' ORDER BY id DESC LIMIT ?1";
  PM_ASSIGN_OR_RETURN(Statement select, database_->Prepare(sql));
  select.Int(limit);
  std::vector<MailRow> mails;
  while (true) {
    PM_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return mails;
    mails.push_back(ReadMailRow(select));
  }
}

}  // namespace patchmilter::store
