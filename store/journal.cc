// Conversations with models in state.db, and what they cost.
#include <algorithm>

#include "base/text.h"
#include "store/database.h"
#include "store/journal_rows.h"
#include "store/store.h"

namespace patchmilter::store {
namespace {

constexpr Seconds kHour = 3600;
constexpr Seconds kDay = 24 * kHour;
constexpr Seconds kMonth = 30 * kDay;

std::int64_t Tokens(std::uint64_t count) {
  constexpr auto kMost = static_cast<std::uint64_t>(kMaxTokensOfRow);
  return static_cast<std::int64_t>(std::min(count, kMost));
}

MicroDollars Cost(MicroDollars cost) {
  return std::clamp<MicroDollars>(cost, 0, kMaxCostOfRow);
}

// A row of the ledger, as far as its place in the sums goes.
struct OpenRow {
  std::int64_t id = 0;
  UnixSeconds time = 0;
  std::string list;
  std::string author;
  MicroDollars cost = 0;
};

Result<std::optional<OpenRow>> FindOpen(Database* database,
                                        const Spender& spender,
                                        std::string_view conversation) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database->Prepare("SELECT id, time, list, author, cost FROM ledger WHERE"
                        " series = ?1 AND round = ?2 AND conversation = ?3 AND"
                        " open = 1"));
  PM_ASSIGN_OR_RETURN(
      const bool row,
      select.Int(spender.series).Int(spender.round).Text(conversation).Step());
  if (!row) return std::optional<OpenRow>();
  OpenRow open;
  open.id = select.ColumnInt(0);
  open.time = select.ColumnInt(1);
  open.list = select.ColumnText(2);
  open.author = select.ColumnText(3);
  open.cost = select.ColumnInt(4);
  return std::optional<OpenRow>(std::move(open));
}

Status AddToHour(Database* database, UnixSeconds time, std::string_view list,
                 std::string_view author, MicroDollars more) {
  if (more == 0) return {};
  PM_ASSIGN_OR_RETURN(
      Statement upsert,
      database->Prepare("INSERT INTO ledger_hours VALUES(?1, ?2, ?3, ?4) ON"
                        " CONFLICT DO UPDATE SET cost = cost + ?4"));
  return upsert.Int(time / kHour).Text(list).Text(author).Int(more).Run();
}

Status InsertSpending(Database* database, const Spender& spender,
                      std::string_view conversation,
                      const SpendingRow& spending, UnixSeconds now) {
  const std::string author = ToLower(spender.author);
  {
    PM_ASSIGN_OR_RETURN(
        Statement insert,
        database->Prepare(
            "INSERT INTO ledger(series, round, conversation, list, author,"
            " time, model, input, cache_read, cache_write, output, cost,"
            " estimated, open) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
            " ?11, ?12, ?13, ?13)"));
    PM_RETURN_IF_ERROR(insert.Int(spender.series)
                           .Int(spender.round)
                           .Text(conversation)
                           .Text(spender.list)
                           .Text(author)
                           .Int(now)
                           .Text(spending.model)
                           .Int(Tokens(spending.input))
                           .Int(Tokens(spending.cache_read))
                           .Int(Tokens(spending.cache_write))
                           .Int(Tokens(spending.output))
                           .Int(Cost(spending.cost))
                           .Int(spending.estimated ? 1 : 0)
                           .Run());
  }
  return AddToHour(database, now, spender.list, author, Cost(spending.cost));
}

// The estimate becomes `spending`, at the time of its request.
Status ReplaceSpending(Database* database, const OpenRow& open,
                       const SpendingRow& spending) {
  {
    PM_ASSIGN_OR_RETURN(
        Statement update,
        database->Prepare(
            "UPDATE ledger SET model = CASE ?2 WHEN '' THEN model ELSE ?2 END,"
            " input = ?3, cache_read = ?4, cache_write = ?5, output = ?6,"
            " cost = ?7, estimated = ?8, open = 0 WHERE id = ?1"));
    PM_RETURN_IF_ERROR(update.Int(open.id)
                           .Text(spending.model)
                           .Int(Tokens(spending.input))
                           .Int(Tokens(spending.cache_read))
                           .Int(Tokens(spending.cache_write))
                           .Int(Tokens(spending.output))
                           .Int(Cost(spending.cost))
                           .Int(spending.estimated ? 1 : 0)
                           .Run());
  }
  return AddToHour(database, open.time, open.list, open.author,
                   Cost(spending.cost) - open.cost);
}

Status Spend(Database* database, const Spender& spender,
             std::string_view conversation, const SpendingRow& spending,
             UnixSeconds now) {
  PM_ASSIGN_OR_RETURN(const std::optional<OpenRow> open,
                      FindOpen(database, spender, conversation));
  if (open.has_value() && !spending.estimated) {
    return ReplaceSpending(database, *open, spending);
  }
  if (open.has_value()) {
    // Its answer was lost with the process that waited for it.
    PM_ASSIGN_OR_RETURN(
        Statement close,
        database->Prepare("UPDATE ledger SET open = 0 WHERE id = ?1"));
    PM_RETURN_IF_ERROR(close.Int(open->id).Run());
  }
  return InsertSpending(database, spender, conversation, spending, now);
}

// A sum of the ledger as a row, from `column` on.
SpendingRow ReadSum(const Statement& row, int column) {
  SpendingRow sum;
  sum.input = static_cast<std::uint64_t>(row.ColumnInt(column));
  sum.cache_read = static_cast<std::uint64_t>(row.ColumnInt(column + 1));
  sum.cache_write = static_cast<std::uint64_t>(row.ColumnInt(column + 2));
  sum.output = static_cast<std::uint64_t>(row.ColumnInt(column + 3));
  sum.cost = row.ColumnInt(column + 4);
  sum.estimated = row.ColumnInt(column + 5) != 0;
  return sum;
}

// The hour that begins first behind `time`.
std::int64_t HourAfter(UnixSeconds time) { return time / kHour + 1; }

}  // namespace

Status DropJournal(Database* database, SeriesId series, std::int64_t round) {
  {
    PM_ASSIGN_OR_RETURN(
        Statement remove,
        database->Prepare(
            "DELETE FROM journal WHERE series = ?1 AND round = ?2"));
    PM_RETURN_IF_ERROR(remove.Int(series).Int(round).Run());
  }
  PM_ASSIGN_OR_RETURN(
      Statement close,
      database->Prepare("UPDATE ledger SET open = 0 WHERE series = ?1 AND"
                        " round = ?2 AND open = 1"));
  return close.Int(series).Int(round).Run();
}

Status DropJournals(Database* database, SeriesId series) {
  {
    PM_ASSIGN_OR_RETURN(
        Statement remove,
        database->Prepare("DELETE FROM journal WHERE series = ?1"));
    PM_RETURN_IF_ERROR(remove.Int(series).Run());
  }
  PM_ASSIGN_OR_RETURN(
      Statement close,
      database->Prepare(
          "UPDATE ledger SET open = 0 WHERE series = ?1 AND open = 1"));
  return close.Int(series).Run();
}

Status DropStrayJournals(Database* database) {
  PM_ASSIGN_OR_RETURN(
      Statement remove,
      database->Prepare("DELETE FROM journal WHERE NOT EXISTS (SELECT 1 FROM"
                        " jobs j WHERE j.series = journal.series AND j.round ="
                        " journal.round AND j.state IN ('queued',"
                        " 'running'))"));
  return remove.Run();
}

Result<std::vector<JournalRow>> Store::LoadJournal(
    SeriesId series, std::int64_t round, std::string_view conversation) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare("SELECT kind, bytes, effects FROM journal WHERE"
                         " series = ?1 AND round = ?2 AND conversation = ?3"
                         " ORDER BY place"));
  select.Int(series).Int(round).Text(conversation);
  std::vector<JournalRow> entries;
  while (true) {
    PM_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return entries;
    JournalRow entry;
    entry.kind = select.ColumnText(0);
    entry.bytes = select.ColumnText(1);
    entry.effects = select.ColumnText(2);
    entries.push_back(std::move(entry));
  }
}

Status Store::AppendJournal(const Spender& spender,
                            std::string_view conversation,
                            const JournalRow& entry,
                            const SpendingRow* spending, UnixSeconds now) {
  Transaction transaction(database_.get(), Durability::kProcess);
  PM_RETURN_IF_ERROR(transaction.Begin());
  {
    PM_ASSIGN_OR_RETURN(
        Statement insert,
        database_->Prepare(
            "INSERT INTO journal(series, round, conversation, place, kind,"
            " bytes, effects) VALUES(?1, ?2, ?3, (SELECT"
            " coalesce(max(place) + 1, 0) FROM journal WHERE series = ?1 AND"
            " round = ?2 AND conversation = ?3), ?4, ?5, ?6)"));
    PM_RETURN_IF_ERROR(insert.Int(spender.series)
                           .Int(spender.round)
                           .Text(conversation)
                           .Text(entry.kind)
                           .Blob(entry.bytes)
                           .Blob(entry.effects)
                           .Run());
  }
  if (spending != nullptr) {
    PM_RETURN_IF_ERROR(
        Spend(database_.get(), spender, conversation, *spending, now));
  }
  return transaction.Commit();
}

Status Store::SettleSpending(const Spender& spender,
                             std::string_view conversation,
                             const SpendingRow& spending, UnixSeconds /*now*/) {
  Transaction transaction(database_.get(), Durability::kProcess);
  PM_RETURN_IF_ERROR(transaction.Begin());
  PM_ASSIGN_OR_RETURN(const std::optional<OpenRow> open,
                      FindOpen(database_.get(), spender, conversation));
  if (!open.has_value()) return {};
  PM_RETURN_IF_ERROR(ReplaceSpending(database_.get(), *open, spending));
  return transaction.Commit();
}

Status Store::CutJournal(SeriesId series, std::int64_t round,
                         std::string_view conversation, std::int64_t keep) {
  PM_ASSIGN_OR_RETURN(
      Statement remove,
      database_->Prepare("DELETE FROM journal WHERE series = ?1 AND round = ?2"
                         " AND conversation = ?3 AND place >= ?4"));
  return remove.Int(series).Int(round).Text(conversation).Int(keep).Run();
}

Result<Spent> Store::SpentBy(const Spender& spender, UnixSeconds now) {
  Spent spent;
  {
    PM_ASSIGN_OR_RETURN(
        Statement select,
        database_->Prepare(
            "SELECT count(*), sum(input), sum(cache_read), sum(cache_write),"
            " sum(output), sum(cost), max(estimated) FROM ledger WHERE"
            " series = ?1 AND round = ?2"));
    PM_RETURN_IF_ERROR(select.Int(spender.series).Int(spender.round).Run());
    spent.requests = select.ColumnInt(0);
    spent.review = ReadSum(select, 1);
  }
  // Whole hours are summed up already; the one in which a day or the month
  // begins is summed from its rows.
  const UnixSeconds day = now - kDay;
  const UnixSeconds month = now - kMonth;
  const std::string author = ToLower(spender.author);
  {
    PM_ASSIGN_OR_RETURN(
        Statement select,
        database_->Prepare("SELECT sum(cost), sum(iif(hour >= ?2, cost, 0)),"
                           " sum(iif(hour >= ?2 AND list = ?3, cost, 0)),"
                           " sum(iif(hour >= ?2 AND author = ?4, cost, 0))"
                           " FROM ledger_hours WHERE hour >= ?1"));
    PM_RETURN_IF_ERROR(select.Int(HourAfter(month))
                           .Int(HourAfter(day))
                           .Text(spender.list)
                           .Text(author)
                           .Run());
    spent.month = select.ColumnInt(0);
    spent.day = select.ColumnInt(1);
    spent.list_day = select.ColumnInt(2);
    spent.author_day = select.ColumnInt(3);
  }
  PM_ASSIGN_OR_RETURN(
      Statement edge,
      database_->Prepare("SELECT sum(cost), sum(iif(list = ?3, cost, 0)),"
                         " sum(iif(author = ?4, cost, 0)) FROM ledger WHERE"
                         " time > ?1 AND time < ?2"));
  PM_RETURN_IF_ERROR(edge.Int(day)
                         .Int(HourAfter(day) * kHour)
                         .Text(spender.list)
                         .Text(author)
                         .Run());
  spent.day += edge.ColumnInt(0);
  spent.list_day += edge.ColumnInt(1);
  spent.author_day += edge.ColumnInt(2);
  PM_ASSIGN_OR_RETURN(
      Statement month_edge,
      database_->Prepare(
          "SELECT sum(cost) FROM ledger WHERE time > ?1 AND time < ?2"));
  PM_RETURN_IF_ERROR(month_edge.Int(month).Int(HourAfter(month) * kHour).Run());
  spent.month += month_edge.ColumnInt(0);
  return spent;
}

Result<std::vector<SpendingTotal>> Store::SpendingSince(UnixSeconds since) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare(
          "SELECT model, list, count(*), sum(requests), sum(input),"
          " sum(cache_read), sum(cache_write), sum(output), sum(cost),"
          " max(estimated) FROM (SELECT model, list, count(*) requests,"
          " sum(input) input, sum(cache_read) cache_read,"
          " sum(cache_write) cache_write, sum(output) output,"
          " sum(cost) cost, max(estimated) estimated FROM ledger WHERE"
          " time >= ?1 GROUP BY model, list, series, round)"
          " GROUP BY model, list ORDER BY sum(cost) DESC, model, list"));
  select.Int(since);
  std::vector<SpendingTotal> totals;
  while (true) {
    PM_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return totals;
    SpendingTotal total;
    total.model = select.ColumnText(0);
    total.list = select.ColumnText(1);
    total.reviews = select.ColumnInt(2);
    total.requests = select.ColumnInt(3);
    total.sum = ReadSum(select, 4);
    total.sum.model = total.model;
    totals.push_back(std::move(total));
  }
}

}  // namespace patchmilter::store
