// Jobs and what reviews leave behind, in state.db.
#include "store/database.h"
#include "store/journal_rows.h"
#include "store/store.h"

namespace patchmilter::store {
namespace {

Status InsertFindings(Database* database, const ReviewRecord& record) {
  for (const FindingRow& finding : record.findings) {
    PM_ASSIGN_OR_RETURN(
        Statement insert,
        database->Prepare(
            "INSERT INTO findings(series, round, patch, path, new_line,"
            " severity, category, title, fingerprint, dropped_by, drop_reason,"
            " fate, since, mark) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
            " ?10, ?11, ?12, ?13, ?14)"));
    PM_RETURN_IF_ERROR(insert.Int(record.job.series)
                           .Int(record.job.round)
                           .Int(finding.patch)
                           .Text(finding.path)
                           .Int(finding.new_line)
                           .Text(finding.severity)
                           .Text(finding.category)
                           .Text(finding.title)
                           .Text(finding.fingerprint)
                           .Text(finding.dropped_by)
                           .Text(finding.drop_reason)
                           .Text(finding.fate)
                           .Int(finding.since)
                           .Text(finding.mark)
                           .Run());
  }
  return {};
}

Status InsertReview(Database* database, const ReviewRecord& record) {
  PM_ASSIGN_OR_RETURN(
      Statement insert,
      database->Prepare("INSERT INTO reviews(series, round, engine,"
                        " engine_version, verdict, tree, base, apply, finished,"
                        " cost) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
                        " ?10)"));
  PM_RETURN_IF_ERROR(insert.Int(record.job.series)
                         .Int(record.job.round)
                         .Text(record.engine)
                         .Text(record.engine_version)
                         .Text(record.verdict)
                         .Text(record.tree)
                         .Text(record.base)
                         .Text(record.apply)
                         .Int(record.finished)
                         .Text(record.cost)
                         .Run());
  for (const auto& [number, mail] : record.covered) {
    PM_ASSIGN_OR_RETURN(
        Statement covered,
        database->Prepare("INSERT OR IGNORE INTO covered VALUES(?1, ?2, ?3)"));
    PM_RETURN_IF_ERROR(
        covered.Int(mail).Int(record.job.series).Int(record.job.round).Run());
  }
  return {};
}

Result<std::vector<FindingRow>> LoadFindings(Database* database, SeriesId id,
                                             std::int64_t round) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database->Prepare("SELECT patch, path, new_line, severity, category,"
                        " title, fingerprint, dropped_by, drop_reason, fate,"
                        " since, mark FROM findings WHERE series = ?1 AND"
                        " round = ?2 ORDER BY id"));
  select.Int(id).Int(round);
  std::vector<FindingRow> findings;
  while (true) {
    PM_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return findings;
    FindingRow finding;
    finding.patch = select.ColumnInt(0);
    finding.path = select.ColumnText(1);
    finding.new_line = select.ColumnInt(2);
    finding.severity = select.ColumnText(3);
    finding.category = select.ColumnText(4);
    finding.title = select.ColumnText(5);
    finding.fingerprint = select.ColumnText(6);
    finding.dropped_by = select.ColumnText(7);
    finding.drop_reason = select.ColumnText(8);
    finding.fate = select.ColumnText(9);
    finding.since = select.ColumnInt(10);
    finding.mark = select.ColumnText(11);
    findings.push_back(std::move(finding));
  }
}

Result<std::vector<JobRow>> ReadJobs(Statement* select) {
  std::vector<JobRow> jobs;
  while (true) {
    PM_ASSIGN_OR_RETURN(const bool row, select->Step());
    if (!row) return jobs;
    JobRow job;
    job.job.id = select->ColumnInt(0);
    job.job.series = select->ColumnInt(1);
    job.job.round = select->ColumnInt(2);
    job.job.attempts = select->ColumnInt(3);
    job.state = select->ColumnText(4);
    job.reason = select->ColumnText(5);
    job.next_try = select->ColumnInt(6);
    job.updated = select->ColumnInt(7);
    jobs.push_back(std::move(job));
  }
}

}  // namespace

Status Store::QueueReview(SeriesId id, std::string_view review_key,
                          UnixSeconds now) {
  return QueueRound(id, review_key, std::nullopt, now);
}

// What round `unread` has covered counts as read no more.
Status Store::QueueRound(SeriesId id, std::string_view review_key,
                         std::optional<std::int64_t> unread, UnixSeconds now) {
  Transaction transaction(database_.get());
  PM_RETURN_IF_ERROR(transaction.Begin());
  if (unread) {
    PM_ASSIGN_OR_RETURN(
        Statement covered,
        database_->Prepare(
            "DELETE FROM covered WHERE series = ?1 AND round = ?2"));
    PM_RETURN_IF_ERROR(covered.Int(id).Int(*unread).Run());
  }
  {
    PM_ASSIGN_OR_RETURN(
        Statement series,
        database_->Prepare("UPDATE series SET state = 'queued', reason = '',"
                           " review_key = CASE review_key WHEN '' THEN ?2"
                           " ELSE review_key END WHERE id = ?1"));
    PM_RETURN_IF_ERROR(series.Int(id).Text(review_key).Run());
  }
  {
    PM_ASSIGN_OR_RETURN(
        Statement job,
        database_->Prepare(
            "INSERT INTO jobs(series, round, state, next_try, created,"
            " updated) SELECT id, rounds + 1, 'queued', ?2, ?2, ?2 FROM series"
            " WHERE id = ?1"));
    PM_RETURN_IF_ERROR(job.Int(id).Int(now).Run());
  }
  return transaction.Commit();
}

Result<std::optional<Job>> Store::LeaseJob(UnixSeconds now, Seconds lease) {
  Transaction transaction(database_.get());
  PM_RETURN_IF_ERROR(transaction.Begin());
  Job job;
  {
    PM_ASSIGN_OR_RETURN(
        Statement select,
        database_->Prepare("SELECT id, series, round, attempts FROM jobs WHERE"
                           " state = 'queued' AND next_try <= ?1"
                           " ORDER BY next_try, id LIMIT 1"));
    PM_ASSIGN_OR_RETURN(const bool row, select.Int(now).Step());
    if (!row) return std::optional<Job>();
    job.id = select.ColumnInt(0);
    job.series = select.ColumnInt(1);
    job.round = select.ColumnInt(2);
    job.attempts = select.ColumnInt(3) + 1;
  }
  {
    PM_ASSIGN_OR_RETURN(
        Statement update,
        database_->Prepare("UPDATE jobs SET state = 'running', attempts = ?2,"
                           " lease_until = ?3, updated = ?4 WHERE id = ?1"));
    PM_RETURN_IF_ERROR(
        update.Int(job.id).Int(job.attempts).Int(now + lease).Int(now).Run());
  }
  PM_RETURN_IF_ERROR(transaction.Commit());
  return std::optional<Job>(job);
}

Result<bool> Store::CommitReview(const ReviewRecord& record,
                                 std::optional<UnixSeconds> ready_at) {
  Transaction transaction(database_.get());
  PM_RETURN_IF_ERROR(transaction.Begin());
  {
    PM_ASSIGN_OR_RETURN(
        Statement done,
        database_->Prepare("UPDATE jobs SET state = 'done', lease_until ="
                           " NULL, updated = ?2 WHERE id = ?1 AND state ="
                           " 'running'"));
    PM_RETURN_IF_ERROR(done.Int(record.job.id).Int(record.finished).Run());
    if (database_->ChangedRows() == 0) {
      // What was written since it was cancelled goes, too.
      PM_RETURN_IF_ERROR(DropStrayJournals(database_.get()));
      PM_RETURN_IF_ERROR(transaction.Commit());
      return false;
    }
  }
  PM_RETURN_IF_ERROR(
      DropJournal(database_.get(), record.job.series, record.job.round));
  PM_RETURN_IF_ERROR(InsertReview(database_.get(), record));
  PM_RETURN_IF_ERROR(InsertFindings(database_.get(), record));
  for (const OutboxMail& mail : record.outbox) {
    PM_RETURN_IF_ERROR(InsertOutbox(mail, record.job.series, record.job.round,
                                    record.finished, record.hold));
  }
  {
    // Patches that came while the review ran make another round.
    PM_ASSIGN_OR_RETURN(
        Statement series,
        database_->Prepare(
            "UPDATE series SET rounds = ?2, ready_at = ?3, reason = '',"
            " state = CASE WHEN EXISTS (SELECT 1 FROM series_mails s WHERE"
            " s.series = ?1 AND number > 0 AND NOT EXISTS (SELECT 1 FROM"
            " covered c WHERE c.mail = s.mail)) THEN 'waiting' ELSE"
            " 'reviewed' END WHERE id = ?1"));
    PM_RETURN_IF_ERROR(series.Int(record.job.series)
                           .Int(record.job.round)
                           .OptionalInt(ready_at)
                           .Run());
  }
  PM_RETURN_IF_ERROR(transaction.Commit());
  return true;
}

Result<std::optional<UnixSeconds>> Store::NextJobAt() {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare(
          "SELECT min(next_try) FROM jobs WHERE state = 'queued'"));
  PM_RETURN_IF_ERROR(select.Run());
  return select.ColumnOptionalInt(0);
}

Status Store::FailJob(const Job& job, std::string_view reason,
                      std::optional<UnixSeconds> next_try, UnixSeconds now) {
  Transaction transaction(database_.get());
  PM_RETURN_IF_ERROR(transaction.Begin());
  {
    PM_ASSIGN_OR_RETURN(
        Statement update,
        database_->Prepare("UPDATE jobs SET state = ?2, reason = ?3, next_try"
                           " = ?4, lease_until = NULL, updated = ?5 WHERE"
                           " id = ?1 AND state = 'running'"));
    PM_RETURN_IF_ERROR(update.Int(job.id)
                           .Text(next_try.has_value() ? "queued" : "failed")
                           .Text(reason)
                           .Int(next_try.value_or(now))
                           .Int(now)
                           .Run());
  }
  if (!next_try.has_value()) {
    PM_RETURN_IF_ERROR(DropJournal(database_.get(), job.series, job.round));
    PM_RETURN_IF_ERROR(
        SetSeriesState(job.series, SeriesState::kFailed, reason));
  }
  return transaction.Commit();
}

Status Store::CancelJob(const Job& job, SeriesState state,
                        std::string_view reason, UnixSeconds now) {
  Transaction transaction(database_.get());
  PM_RETURN_IF_ERROR(transaction.Begin());
  {
    PM_ASSIGN_OR_RETURN(
        Statement update,
        database_->Prepare("UPDATE jobs SET state = 'cancelled', reason = ?2,"
                           " lease_until = NULL, updated = ?3 WHERE id = ?1"
                           " AND state IN ('queued', 'running')"));
    PM_RETURN_IF_ERROR(update.Int(job.id).Text(reason).Int(now).Run());
    if (database_->ChangedRows() == 0) return {};
  }
  PM_RETURN_IF_ERROR(DropJournal(database_.get(), job.series, job.round));
  PM_RETURN_IF_ERROR(SetSeriesState(job.series, state, reason));
  return transaction.Commit();
}

// The attempt is the lease's mark: who has taken the job since has another.
Status Store::PauseJob(const Job& job, std::string_view reason,
                       UnixSeconds next_try, UnixSeconds now) {
  PM_ASSIGN_OR_RETURN(
      Statement update,
      database_->Prepare("UPDATE jobs SET state = 'queued', attempts ="
                         " max(attempts - 1, 0), reason = ?3, next_try = ?4,"
                         " lease_until = NULL, updated = ?5 WHERE id = ?1 AND"
                         " attempts = ?2 AND state = 'running'"));
  return update.Int(job.id)
      .Int(job.attempts)
      .Text(reason)
      .Int(next_try)
      .Int(now)
      .Run();
}

Status Store::ExtendLease(const Job& job, UnixSeconds until) {
  PM_ASSIGN_OR_RETURN(
      Statement update,
      database_->Prepare("UPDATE jobs SET lease_until = ?3 WHERE id = ?1 AND"
                         " attempts = ?2 AND state = 'running'"));
  return update.Int(job.id).Int(job.attempts).Int(until).Run();
}

Status Store::ReleaseExpiredLeases(UnixSeconds now) {
  PM_ASSIGN_OR_RETURN(
      Statement update,
      database_->Prepare("UPDATE jobs SET state = 'queued', lease_until ="
                         " NULL, reason = 'its process ended while it ran'"
                         " WHERE state = 'running' AND lease_until < ?1"));
  return update.Int(now).Run();
}

Status Store::ReleaseAllLeases() {
  Transaction transaction(database_.get());
  PM_RETURN_IF_ERROR(transaction.Begin());
  PM_RETURN_IF_ERROR(ReleaseExpiredLeases(INT64_MAX));
  // Of processes that died between a job's end and what they wrote then.
  PM_RETURN_IF_ERROR(DropStrayJournals(database_.get()));
  return transaction.Commit();
}

Status Store::RetrySeries(SeriesId id, UnixSeconds now) {
  PM_ASSIGN_OR_RETURN(const SeriesRow row, LoadSeries(id));
  if (row.state == SeriesState::kReviewed) {
    PM_ASSIGN_OR_RETURN(const std::vector<ReviewRow> reviews, Reviews(id));
    if (!reviews.empty() && reviews.back().verdict == kNotReviewed) {
      // In one transaction with what queues it.
      return QueueRound(id, row.review_key, reviews.back().round, now);
    }
  }
  if (row.state != SeriesState::kFailed) {
    return InvalidInput("series " + std::to_string(id) + " is " +
                        std::string(SeriesStateName(row.state)) +
                        ", not failed: there is nothing to retry");
  }
  return QueueReview(id, row.review_key, now);
}

Result<std::vector<ReviewRow>> Store::Reviews(SeriesId id) {
  std::vector<ReviewRow> reviews;
  {
    PM_ASSIGN_OR_RETURN(
        Statement select,
        database_->Prepare(
            "SELECT round, engine, verdict, tree, base, apply,"
            " finished, engine_version, cost FROM reviews WHERE series = ?1"
            " ORDER BY round"));
    select.Int(id);
    while (true) {
      PM_ASSIGN_OR_RETURN(const bool row, select.Step());
      if (!row) break;
      ReviewRow review;
      review.series = id;
      review.round = select.ColumnInt(0);
      review.engine = select.ColumnText(1);
      review.verdict = select.ColumnText(2);
      review.tree = select.ColumnText(3);
      review.base = select.ColumnText(4);
      review.apply = select.ColumnText(5);
      review.finished = select.ColumnInt(6);
      review.engine_version = select.ColumnText(7);
      review.cost = select.ColumnText(8);
      reviews.push_back(std::move(review));
    }
  }
  for (ReviewRow& review : reviews) {
    PM_ASSIGN_OR_RETURN(review.findings,
                        LoadFindings(database_.get(), id, review.round));
  }
  return reviews;
}

Result<std::vector<JobRow>> Store::FailedJobs(std::int64_t limit) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare("SELECT id, series, round, attempts, state, reason,"
                         " next_try, updated FROM jobs WHERE state = 'failed'"
                         " ORDER BY id DESC LIMIT ?1"));
  select.Int(limit);
  return ReadJobs(&select);
}

Result<std::vector<JobRow>> Store::WaitingJobs(std::int64_t limit) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare("SELECT id, series, round, attempts, state, reason,"
                         " next_try, updated FROM jobs WHERE state = 'queued'"
                         " AND reason <> '' ORDER BY next_try, id LIMIT ?1"));
  select.Int(limit);
  return ReadJobs(&select);
}

Result<std::int64_t> Store::ReviewsSince(UnixSeconds time) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare("SELECT (SELECT count(*) FROM reviews WHERE finished"
                         " >= ?1) + (SELECT count(*) FROM jobs WHERE state IN"
                         " ('queued', 'running'))"));
  PM_RETURN_IF_ERROR(select.Int(time).Run());
  return select.ColumnInt(0);
}

}  // namespace patchmilter::store
