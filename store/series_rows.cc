// Series in state.db: how they stand, and which are ready.
#include "store/codec.h"
#include "store/database.h"
#include "store/journal_rows.h"
#include "store/store.h"

namespace patchmilter::store {
namespace {

constexpr std::string_view kSeriesColumns =
    "SELECT id, list, version, expected, author_name, author_email, title,"
    " first_date, newest_date, newest_arrival, rfc, resend, partial_reroll,"
    " previous, superseded_by, notes, state, reason, ready_at, rounds,"
    " review_key FROM series ";

SeriesRow ReadSeriesRow(const Statement& row) {
  SeriesRow result;
  series::Series& series = result.series;
  series.id = row.ColumnInt(0);
  series.list = row.ColumnText(1);
  series.version = row.ColumnInt(2);
  series.expected = row.ColumnInt(3);
  series.author.name = row.ColumnText(4);
  series.author.email = row.ColumnText(5);
  series.title = row.ColumnText(6);
  series.first_date = row.ColumnInt(7);
  series.newest_date = row.ColumnInt(8);
  series.newest_arrival = row.ColumnInt(9);
  series.rfc = row.ColumnInt(10) != 0;
  series.resend = row.ColumnInt(11) != 0;
  series.partial_reroll = row.ColumnInt(12) != 0;
  series.previous = row.ColumnOptionalInt(13);
  series.superseded_by = row.ColumnOptionalInt(14);
  series.notes = SplitLines(row.ColumnText(15));
  result.state =
      ParseSeriesState(row.ColumnText(16)).value_or(SeriesState::kRemoved);
  result.reason = row.ColumnText(17);
  result.ready_at = row.ColumnOptionalInt(18);
  result.rounds = row.ColumnInt(19);
  result.review_key = row.ColumnText(20);
  return result;
}

using Members = std::map<std::int64_t, MailId>;

Result<Members> LoadMembers(Database* database, SeriesId id) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database->Prepare(
          "SELECT number, mail FROM series_mails WHERE series = ?1"));
  select.Int(id);
  Members members;
  while (true) {
    PM_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return members;
    members[select.ColumnInt(0)] = select.ColumnInt(1);
  }
}

Status FillMembers(Database* database, SeriesRow* row) {
  PM_ASSIGN_OR_RETURN(Members members, LoadMembers(database, row->series.id));
  if (members.contains(0)) row->series.cover = members.extract(0).mapped();
  row->series.patches = std::move(members);
  return {};
}

// All rows of a SELECT of kSeriesColumns, with their members.
Result<std::vector<SeriesRow>> ReadAll(Database* database, Statement* select) {
  std::vector<SeriesRow> rows;
  while (true) {
    PM_ASSIGN_OR_RETURN(const bool row, select->Step());
    if (!row) break;
    rows.push_back(ReadSeriesRow(*select));
  }
  for (SeriesRow& row : rows) {
    PM_RETURN_IF_ERROR(FillMembers(database, &row));
  }
  return rows;
}

// Writes what differs: a long series grows by one mail at a time.
Status StoreMembers(Database* database, SeriesId id, const Members& before,
                    const Members& now) {
  for (const auto& [number, mail] : before) {
    if (now.contains(number)) continue;
    PM_ASSIGN_OR_RETURN(
        Statement remove,
        database->Prepare(
            "DELETE FROM series_mails WHERE series = ?1 AND number = ?2"));
    PM_RETURN_IF_ERROR(remove.Int(id).Int(number).Run());
  }
  for (const auto& [number, mail] : now) {
    const auto old = before.find(number);
    if (old != before.end() && old->second == mail) continue;
    PM_ASSIGN_OR_RETURN(
        Statement insert,
        database->Prepare(
            "INSERT OR REPLACE INTO series_mails VALUES(?1, ?2, ?3)"));
    PM_RETURN_IF_ERROR(insert.Int(id).Int(number).Int(mail).Run());
    if (old == before.end()) continue;
    // A better copy of a mail that a review has covered is covered: the same
    // patch is not reviewed twice.
    PM_ASSIGN_OR_RETURN(
        Statement copy,
        database->Prepare(
            "INSERT OR IGNORE INTO covered SELECT ?2, c.series, c.round FROM"
            " covered c JOIN mails a ON a.id = c.mail JOIN mails b ON"
            " b.id = ?2 WHERE c.mail = ?1 AND a.message_id = b.message_id"));
    PM_RETURN_IF_ERROR(copy.Int(old->second).Int(mail).Run());
  }
  return {};
}

Result<bool> HasUncoveredPatch(Database* database, SeriesId id) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database->Prepare("SELECT 1 FROM series_mails s WHERE series = ?1 AND"
                        " number > 0 AND NOT EXISTS (SELECT 1 FROM covered c"
                        " WHERE c.mail = s.mail) LIMIT 1"));
  return select.Int(id).Step();
}

Status UpsertSeries(Database* database, const SeriesUpdate& update,
                    SeriesState state, const std::string& reason) {
  const series::Series& series = update.series;
  PM_ASSIGN_OR_RETURN(
      Statement upsert,
      database->Prepare(
          "INSERT INTO series(id, list, version, expected, author_name,"
          " author_email, title, first_date, newest_date, newest_arrival, rfc,"
          " resend, partial_reroll, previous, superseded_by, notes, state,"
          " reason, ready_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
          " ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)"
          " ON CONFLICT(id) DO UPDATE SET list = ?2, version = ?3,"
          " expected = ?4, author_name = ?5, author_email = ?6, title = ?7,"
          " first_date = ?8, newest_date = ?9, newest_arrival = ?10,"
          " rfc = ?11, resend = ?12, partial_reroll = ?13, previous = ?14,"
          " superseded_by = ?15, notes = ?16, state = ?17, reason = ?18,"
          " ready_at = ?19"));
  return upsert.Int(update.id)
      .Text(series.list)
      .Int(series.version)
      .Int(series.expected)
      .Text(series.author.name)
      .Text(series.author.email)
      .Text(series.title)
      .Int(series.first_date)
      .Int(series.newest_date)
      .Int(series.newest_arrival)
      .Int(series.rfc ? 1 : 0)
      .Int(series.resend ? 1 : 0)
      .Int(series.partial_reroll ? 1 : 0)
      .OptionalInt(series.previous)
      .OptionalInt(series.superseded_by)
      .Text(JoinLines(series.notes))
      .Text(SeriesStateName(state))
      .Text(reason)
      .OptionalInt(update.ready_at)
      .Run();
}

Status RemoveSeries(Database* database, SeriesId id) {
  PM_ASSIGN_OR_RETURN(const Members before, LoadMembers(database, id));
  PM_RETURN_IF_ERROR(StoreMembers(database, id, before, {}));
  PM_ASSIGN_OR_RETURN(
      Statement state,
      database->Prepare("UPDATE series SET state = 'removed', ready_at = NULL"
                        " WHERE id = ?1"));
  PM_RETURN_IF_ERROR(state.Int(id).Run());
  PM_ASSIGN_OR_RETURN(
      Statement jobs,
      database->Prepare("UPDATE jobs SET state = 'cancelled', lease_until ="
                        " NULL, reason = 'the series is gone: merged or split'"
                        " WHERE series = ?1 AND state IN ('queued',"
                        " 'running')"));
  PM_RETURN_IF_ERROR(jobs.Int(id).Run());
  return DropJournals(database, id);
}

}  // namespace

std::string_view SeriesStateName(SeriesState state) {
  switch (state) {
    case SeriesState::kWaiting:
      return "waiting";
    case SeriesState::kQueued:
      return "queued";
    case SeriesState::kReviewed:
      return "reviewed";
    case SeriesState::kGrouped:
      return "grouped";
    case SeriesState::kSuperseded:
      return "superseded";
    case SeriesState::kFailed:
      return "failed";
    case SeriesState::kRemoved:
      return "removed";
  }
  return "unknown";
}

std::optional<SeriesState> ParseSeriesState(std::string_view name) {
  for (const SeriesState state : kSeriesStates) {
    if (name == SeriesStateName(state)) return state;
  }
  return std::nullopt;
}

Status Store::ApplyUpdate(const SeriesUpdate& update) {
  if (update.removed) return RemoveSeries(database_.get(), update.id);
  Members members;
  if (update.series.cover.has_value()) members[0] = *update.series.cover;
  for (const auto& [number, mail] : update.series.patches) {
    if (number > 0) members[number] = mail;
  }
  const Result<SeriesRow> before = LoadSeries(update.id);
  if (!before.ok() && before.error().kind != ErrorKind::kNotFound) {
    return before.error();
  }
  PM_ASSIGN_OR_RETURN(const Members old_members,
                      LoadMembers(database_.get(), update.id));
  // The members refer to the series' row: it must stand first.
  PM_RETURN_IF_ERROR(
      UpsertSeries(database_.get(), update,
                   before.ok() ? before->state : SeriesState::kWaiting,
                   before.ok() ? before->reason : ""));
  if (old_members == members && before.ok() &&
      before->state != SeriesState::kRemoved) {
    return {};
  }
  PM_RETURN_IF_ERROR(
      StoreMembers(database_.get(), update.id, old_members, members));
  if (before.ok() && before->state == SeriesState::kQueued) return {};
  PM_ASSIGN_OR_RETURN(const bool uncovered,
                      HasUncoveredPatch(database_.get(), update.id));
  const bool reviewed = before.ok() && before->rounds > 0 && !uncovered;
  return SetSeriesState(
      update.id, reviewed ? SeriesState::kReviewed : SeriesState::kWaiting, "");
}

Result<std::vector<SeriesRow>> Store::ReadySeries(UnixSeconds now,
                                                  std::int64_t limit) {
  static const std::string sql =
      std::string(kSeriesColumns) +
      "WHERE state = 'waiting' AND ready_at <= ?1 ORDER BY ready_at, id"
      " LIMIT ?2";
  PM_ASSIGN_OR_RETURN(Statement select, database_->Prepare(sql));
  select.Int(now).Int(limit);
  return ReadAll(database_.get(), &select);
}

Result<std::optional<UnixSeconds>> Store::NextReadyAt() {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare("SELECT min(ready_at) FROM series WHERE"
                         " state = 'waiting' AND ready_at NOT NULL"));
  PM_RETURN_IF_ERROR(select.Run());
  return select.ColumnOptionalInt(0);
}

Result<SeriesRow> Store::LoadSeries(SeriesId id) {
  static const std::string sql = std::string(kSeriesColumns) + "WHERE id = ?1";
  SeriesRow result;
  {
    PM_ASSIGN_OR_RETURN(Statement select, database_->Prepare(sql));
    PM_ASSIGN_OR_RETURN(const bool row, select.Int(id).Step());
    if (!row) return NotFound("no series " + std::to_string(id));
    result = ReadSeriesRow(select);
  }
  PM_RETURN_IF_ERROR(FillMembers(database_.get(), &result));
  return result;
}

Result<std::optional<SeriesId>> Store::SeriesOfMail(MailId mail) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare(
          "SELECT series FROM series_mails WHERE mail = ?1 LIMIT 1"));
  PM_ASSIGN_OR_RETURN(const bool row, select.Int(mail).Step());
  if (!row) return std::optional<SeriesId>();
  return std::optional<SeriesId>(select.ColumnInt(0));
}

Result<std::vector<SeriesRow>> Store::ListSeries(std::string_view state,
                                                 std::int64_t limit) {
  static const std::string sql =
      std::string(kSeriesColumns) +
      "WHERE (?1 = '' AND state <> 'removed') OR state = ?1"
      " ORDER BY newest_arrival DESC, id DESC LIMIT ?2";
  PM_ASSIGN_OR_RETURN(Statement select, database_->Prepare(sql));
  select.Text(state).Int(limit);
  return ReadAll(database_.get(), &select);
}

Status Store::SetSeriesState(SeriesId id, SeriesState state,
                             std::string_view reason) {
  PM_ASSIGN_OR_RETURN(
      Statement update,
      database_->Prepare(
          "UPDATE series SET state = ?2, reason = ?3 WHERE id = ?1"));
  return update.Int(id).Text(SeriesStateName(state)).Text(reason).Run();
}

Result<std::vector<std::int64_t>> Store::CoveredPatches(SeriesId id) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare("SELECT number FROM series_mails s JOIN covered c"
                         " ON c.mail = s.mail WHERE s.series = ?1 AND"
                         " number > 0 ORDER BY number"));
  select.Int(id);
  std::vector<std::int64_t> numbers;
  while (true) {
    PM_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return numbers;
    numbers.push_back(select.ColumnInt(0));
  }
}

}  // namespace patchmilter::store
