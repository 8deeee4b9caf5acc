// What review mails of an archive have told, in state.db.
#include "store/codec.h"
#include "store/database.h"
#include "store/store.h"

namespace patchmilter::store {

Result<std::int64_t> Store::AddTold(const std::vector<ToldMail>& mails) {
  Transaction transaction(database_.get());
  PM_RETURN_IF_ERROR(transaction.Begin());
  std::int64_t added = 0;
  for (const ToldMail& mail : mails) {
    PM_ASSIGN_OR_RETURN(
        Statement insert,
        database_->Prepare(
            "INSERT OR IGNORE INTO told(message_id, answers, round, part,"
            " verdict, marks) SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE"
            " (SELECT count(*) FROM told WHERE answers = ?2) < ?7"));
    PM_RETURN_IF_ERROR(insert.Text(mail.message_id)
                           .Text(mail.answers)
                           .Int(mail.round)
                           .Int(mail.part)
                           .Text(mail.verdict)
                           .Text(JoinLines(mail.marks))
                           .Int(kMaxToldOfMail)
                           .Run());
    added += database_->ChangedRows();
  }
  PM_RETURN_IF_ERROR(transaction.Commit());
  return added;
}

Result<std::vector<ToldMail>> Store::ToldOf(SeriesId id) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare(
          "SELECT DISTINCT t.message_id, t.answers, t.round, t.part,"
          " t.verdict, t.marks FROM series_mails s"
          " JOIN mails m ON m.id = s.mail"
          " JOIN told t ON t.answers = m.message_id WHERE s.series = ?1"
          " ORDER BY t.round, t.part, t.message_id"));
  select.Int(id);
  std::vector<ToldMail> mails;
  std::size_t marks = 0;
  while (marks < kMaxToldMarks) {
    PM_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) break;
    ToldMail mail;
    mail.message_id = select.ColumnText(0);
    mail.answers = select.ColumnText(1);
    mail.round = select.ColumnInt(2);
    mail.part = select.ColumnInt(3);
    mail.verdict = select.ColumnText(4);
    mail.marks = SplitLines(select.ColumnText(5));
    marks += mail.marks.size();
    mails.push_back(std::move(mail));
  }
  return mails;
}

}  // namespace patchmilter::store
