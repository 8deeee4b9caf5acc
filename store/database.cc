#include "store/database.h"

#include <fmt/format.h>

#include "base/log.h"

namespace patchmilter::store {
namespace {

constexpr int kBusyMillis = 10'000;

}  // namespace

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Statement& Statement::Int(std::int64_t value) {
  CHECK(sqlite3_bind_int64(statement_, next_++, value) == SQLITE_OK);
  return *this;
}

Statement& Statement::Real(double value) {
  CHECK(sqlite3_bind_double(statement_, next_++, value) == SQLITE_OK);
  return *this;
}

// Copies (SQLITE_TRANSIENT's cast is sqlite's own, and old-style).
Statement& Statement::Text(std::string_view value) {
  static const sqlite3_destructor_type kTransient =
      reinterpret_cast<sqlite3_destructor_type>(-1);  // NOLINT
  const char* data = value.empty() ? "" : value.data();
  const int result = sqlite3_bind_text64(statement_, next_++, data,
                                         value.size(), kTransient, SQLITE_UTF8);
  if (result == SQLITE_TOOBIG) {
    // Larger than SQLite's limit (1 GB): far above every limit of ours.
    sqlite3_bind_text(statement_, next_ - 1, "", 0, SQLITE_STATIC);
  } else {
    CHECK(result == SQLITE_OK);
  }
  return *this;
}

// The bytes must stay until the statement has run: callers bind members of
// their arguments. Saves a copy of each mail.
Statement& Statement::Blob(std::string_view value) {
  const char* data = value.empty() ? "" : value.data();
  CHECK(sqlite3_bind_blob64(statement_, next_++, data, value.size(),
                            SQLITE_STATIC) == SQLITE_OK);
  return *this;
}

Statement& Statement::Null() {
  CHECK(sqlite3_bind_null(statement_, next_++) == SQLITE_OK);
  return *this;
}

Statement& Statement::OptionalInt(std::optional<std::int64_t> value) {
  return value.has_value() ? Int(*value) : Null();
}

Result<bool> Statement::Step() {
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return database_->LastError("state.db");
  }
}

Status Statement::Run() {
  const Result<bool> row = Step();
  if (!row.ok()) return row.error();
  return {};
}

std::int64_t Statement::ColumnInt(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Statement::ColumnReal(int column) const {
  return sqlite3_column_double(statement_, column);
}

std::string_view Statement::ColumnView(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (bytes == nullptr || size <= 0) return {};
  return {static_cast<const char*>(bytes), static_cast<size_t>(size)};
}

std::string Statement::ColumnText(int column) const {
  return std::string(ColumnView(column));
}

std::optional<std::int64_t> Statement::ColumnOptionalInt(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) {
    return std::nullopt;
  }
  return ColumnInt(column);
}

Result<std::unique_ptr<Database>> Database::Open(const std::string& path,
                                                 bool read_only) {
  sqlite3* raw = nullptr;
  const int flags = (read_only ? SQLITE_OPEN_READONLY
                               : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                    SQLITE_OPEN_NOMUTEX;
  const int result = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  std::unique_ptr<Database> database(new Database(SqliteHandle(raw)));
  database->path_ = path;
  if (raw == nullptr) return Temporary(path + ": out of memory");
  if (result != SQLITE_OK) return database->LastError("cannot open");
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, kBusyMillis);
  // A database that somebody else made cannot run functions of its own on us.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  if (read_only) {
    PM_RETURN_IF_ERROR(database->Execute("PRAGMA query_only=ON"));
  }
  return database;
}

Status Database::PrepareForWriting(std::int64_t cache_kib) {
  // Pages of 4,096 bytes: 8,192 of them are 32 MiB.
  return Execute(
      fmt::format("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                  "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
                  "PRAGMA cache_size=-{}; PRAGMA wal_autocheckpoint=8192;"
                  "PRAGMA journal_size_limit=67108864",
                  cache_kib));
}

Result<Statement> Database::Prepare(std::string_view sql) {
  const auto known = statements_.find(sql);
  if (known != statements_.end()) return Statement(this, known->second.get());
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v3(
          handle_.get(), sql.data(), static_cast<int>(sql.size()),
          SQLITE_PREPARE_PERSISTENT, &raw, nullptr) != SQLITE_OK) {
    return LastError("state.db: prepare");
  }
  statements_.emplace(sql, StatementHandle(raw));
  return Statement(this, raw);
}

Status Database::Execute(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) !=
      SQLITE_OK) {
    return LastError("state.db");
  }
  return {};
}

std::int64_t Database::LastInsertId() const {
  return sqlite3_last_insert_rowid(handle_.get());
}

std::int64_t Database::ChangedRows() const {
  return sqlite3_changes64(handle_.get());
}

Error Database::LastError(std::string_view what) const {
  const int code = sqlite3_errcode(handle_.get());
  std::string text =
      fmt::format("{}: {}: {}", path_, what, sqlite3_errmsg(handle_.get()));
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
      return Temporary(std::move(text));
    case SQLITE_CANTOPEN:
      return NotFound(std::move(text));
    default:
      return Permanent(std::move(text));
  }
}

Transaction::~Transaction() {
  if (open_) {
    if (const Status status = database_->Execute("ROLLBACK"); !status.ok()) {
      // SQLite has rolled back by itself already (disk full, I/O error).
      log::Debug("store", "rollback: {}", status.error().message);
    }
  }
  if (durability_ == Durability::kProcess) {
    // Cannot fail: no file is touched, and no transaction is open.
    CHECK(database_->Execute("PRAGMA synchronous=FULL").ok());
  }
}

Status Transaction::Begin() {
  if (durability_ == Durability::kProcess) {
    PM_RETURN_IF_ERROR(database_->Execute("PRAGMA synchronous=NORMAL"));
  }
  PM_RETURN_IF_ERROR(database_->Execute("BEGIN IMMEDIATE"));
  open_ = true;
  return {};
}

Status Transaction::Commit() {
  CHECK(open_);
  PM_RETURN_IF_ERROR(database_->Execute("COMMIT"));
  open_ = false;
  return {};
}

}  // namespace patchmilter::store
