// Mails in state.db: taken in, parsed, found again.
#include "base/log.h"
#include "base/text.h"
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

// The diff and the message are needed again only for what may be reviewed.
bool KeepsPatch(const ParsedMail& mail) {
  return mail.patch.has_value() &&
         (mail.facts.has_diff || mail.facts.subject.patch ||
          mail.facts.kind == mime::MailKind::kCover);
}

std::string AuthorText(const mime::Address& author) {
  if (author.name.empty()) return author.email;
  return author.name + " <" + author.email + ">";
}

}  // namespace

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
  Transaction transaction(database_.get());
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
        database_->Prepare("INSERT INTO mail_bytes(mail, raw) VALUES(?1, ?2)"));
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
                         " JOIN mail_bytes ON mail = id WHERE state = 'new'"
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

Status Store::CountParseAttempt(const std::vector<PendingMail>& mails) {
  Transaction transaction(database_.get());
  PM_RETURN_IF_ERROR(transaction.Begin());
  for (const PendingMail& mail : mails) {
    PM_ASSIGN_OR_RETURN(
        Statement update,
        database_->Prepare(
            "UPDATE mails SET attempts = attempts + 1 WHERE id = ?1"));
    PM_RETURN_IF_ERROR(update.Int(mail.id).Run());
  }
  return transaction.Commit();
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
  if (!mail.patch.has_value()) {
    PM_ASSIGN_OR_RETURN(
        Statement update,
        database_->Prepare("UPDATE mails SET state = 'unreadable',"
                           " reason = ?2 WHERE id = ?1"));
    return update.Int(mail.id).Text(mail.reason).Run();
  }
  const mime::Mail& parsed = mail.patch->mail;
  PM_ASSIGN_OR_RETURN(const std::optional<MailId> known,
                      FindMail(parsed.message_id, parsed.content_hash));
  PM_ASSIGN_OR_RETURN(
      Statement update,
      database_->Prepare(
          "UPDATE mails SET state = ?2, duplicate_of = ?3, message_id = ?4,"
          " content_hash = ?5, kind = ?6, kind_reason = ?7, subject = ?8,"
          " author = ?9, reason = ?10, arrival = ?11, fed = CASE WHEN ?2 = "
          "'parsed' THEN"
          " (SELECT coalesce(max(fed), 0) + 1 FROM mails WHERE fed NOT NULL)"
          " END WHERE id = ?1"));
  PM_RETURN_IF_ERROR(
      update.Int(mail.id)
          .Text(MailStateName(known.has_value() ? MailState::kDuplicate
                                                : MailState::kParsed))
          .OptionalInt(known)
          .Text(parsed.message_id)
          .Text(parsed.content_hash)
          .Text(mime::MailKindName(parsed.kind))
          .Text(parsed.kind_reason)
          .Text(parsed.subject.text)
          .Text(AuthorText(parsed.author))
          .Text(Join(parsed.problems, "; "))
          .Int(mail.facts.arrival)
          .Run());
  if (known.has_value()) return {};
  const std::string facts = EncodeFacts(mail.facts);
  std::string patch;
  if (KeepsPatch(mail)) {
    WireWriter out;
    mime::EncodePatchMail(*mail.patch, &out);
    patch = out.Take();
  }
  PM_ASSIGN_OR_RETURN(
      Statement bytes,
      database_->Prepare("UPDATE mail_bytes SET facts = ?2, patch = ?3"
                         " WHERE mail = ?1"));
  bytes.Int(mail.id).Blob(facts);
  if (patch.empty()) {
    bytes.Null();
  } else {
    bytes.Blob(patch);
  }
  return bytes.Run();
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
      database_->Prepare("SELECT id, facts FROM mails JOIN mail_bytes ON"
                         " mail = id WHERE fed NOT NULL ORDER BY fed"));
  while (true) {
    PM_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return {};
    const std::optional<series::MailFacts> facts =
        DecodeFacts(select.ColumnText(1));
    if (!facts.has_value()) {
      return Permanent("state.db: facts of mail " +
                       std::to_string(select.ColumnInt(0)) + " cannot be read");
    }
    visit(*facts);
  }
}

Result<mime::PatchMail> Store::LoadPatchMail(MailId id) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare("SELECT patch FROM mail_bytes WHERE mail = ?1"));
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
      database_->Prepare("SELECT raw FROM mail_bytes WHERE mail = ?1"));
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
