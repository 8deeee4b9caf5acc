// Database: one connection to an SQLite file, and statements on it.
//
// Only store/*.cc includes this. Statements are prepared once and kept. Errors:
// SQLITE_BUSY, SQLITE_FULL, SQLITE_IOERR and SQLITE_NOMEM are kTemporary, a
// corrupt or foreign file is kPermanent.
// Threads: one Database per thread.
#ifndef PATCHMILTER_STORE_DATABASE_H_
#define PATCHMILTER_STORE_DATABASE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/sqlite_handles.h"

namespace patchmilter::store {

class Database;

// One execution of a prepared statement: bind, step, read; reset at its end.
class Statement {
 public:
  Statement(Database* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}
  Statement(Statement&& other) noexcept
      : database_(other.database_),
        statement_(std::exchange(other.statement_, nullptr)),
        next_(other.next_) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // The parameters ?1, ?2, … in order.
  Statement& Int(std::int64_t value);
  Statement& Real(double value);
  Statement& Text(std::string_view value);
  Statement& Blob(std::string_view value);
  Statement& Null();
  Statement& OptionalInt(std::optional<std::int64_t> value);

  // True where a row stands ready, false at the end.
  Result<bool> Step();
  // For statements that give no rows.
  Status Run();

  // Columns of the row, from 0. NULL reads as 0, "" or nothing.
  std::int64_t ColumnInt(int column) const;
  double ColumnReal(int column) const;
  std::string ColumnText(int column) const;
  // Until the next Step() or the statement's end.
  std::string_view ColumnView(int column) const;
  std::optional<std::int64_t> ColumnOptionalInt(int column) const;

 private:
  Database* database_;
  sqlite3_stmt* statement_;
  int next_ = 1;
};

class Database {
 public:
  // `path` may be ":memory:". Creates the file, and changes nothing in one that
  // is there. A busy time-out of ten seconds.
  static Result<std::unique_ptr<Database>> Open(const std::string& path,
                                                bool read_only);
  // WAL, synchronous=FULL, foreign keys on, and the bounds of what a
  // connection takes: `cache_kib` of cached pages, a write-ahead log that is
  // folded back at 32 MiB and cut to 64 MiB. For a file that is known as ours.
  Status PrepareForWriting(std::int64_t cache_kib);

  // REQUIRES: `sql` is a literal of ours (it is the key of the statement
  // cache): foreign values are bound, never part of the text.
  Result<Statement> Prepare(std::string_view sql);
  // Several statements, no parameters.
  Status Execute(const std::string& sql);

  std::int64_t LastInsertId() const;
  std::int64_t ChangedRows() const;
  Error LastError(std::string_view what) const;

 private:
  explicit Database(SqliteHandle handle) : handle_(std::move(handle)) {}

  SqliteHandle handle_;
  std::map<std::string, StatementHandle, std::less<>> statements_;
  std::string path_;
};

// What a commit outlives.
enum class Durability : std::uint8_t {
  kPower,    // The machine's end: synced before Commit() returns.
  kProcess,  // This process's end; the machine's once a later transaction of
             // kPower has been committed. Never torn, never out of order.
};

// BEGIN IMMEDIATE … COMMIT; rolls back where Commit() was not called or failed.
class Transaction {
 public:
  explicit Transaction(Database* database,
                       Durability durability = Durability::kPower)
      : database_(database), durability_(durability) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Status Begin();
  Status Commit();

 private:
  Database* database_;
  Durability durability_;
  bool open_ = false;
};

}  // namespace patchmilter::store

#endif  // PATCHMILTER_STORE_DATABASE_H_
