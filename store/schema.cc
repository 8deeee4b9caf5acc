// The schema of state.db, its migrations, and what belongs to the whole site.
#include <fmt/format.h>

#include <array>

#include "store/database.h"
#include "store/store.h"

namespace patchmilter::store {
namespace {

// Entry k brings a file of version k to version k + 1. Entries are never
// changed once a version has been released: a new one is added.
constexpr std::array<const char*, 5> kMigrations = {
    R"sql(
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every mail that was handed over, in the order of its arrival.
CREATE TABLE mails (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  list TEXT NOT NULL,
  queue_id TEXT NOT NULL,
  sender TEXT NOT NULL,
  recipients TEXT NOT NULL,      -- one a line
  client TEXT NOT NULL,
  arrival INTEGER NOT NULL,
  truncated INTEGER NOT NULL,
  source TEXT NOT NULL,
  unique_source TEXT UNIQUE,     -- NULL where a source may repeat itself
  size INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'new',
  attempts INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  duplicate_of INTEGER REFERENCES mails(id),
  -- From parsing:
  fed INTEGER,                   -- order of feeding to the grouper
  message_id TEXT NOT NULL DEFAULT '',
  content_hash TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL DEFAULT '',
  kind_reason TEXT NOT NULL DEFAULT '',
  subject TEXT NOT NULL DEFAULT '',
  author TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX mails_new ON mails(id) WHERE state = 'new';
CREATE INDEX mails_message_id ON mails(message_id) WHERE message_id <> '';
CREATE UNIQUE INDEX mails_fed ON mails(fed) WHERE fed IS NOT NULL;

-- The large parts, apart from the rows that are searched.
CREATE TABLE mail_bytes (
  mail INTEGER PRIMARY KEY REFERENCES mails(id),
  raw BLOB NOT NULL,
  facts BLOB,                    -- series::MailFacts
  patch BLOB                     -- mime::PatchMail, of mails in series
) STRICT;

CREATE TABLE series (
  id INTEGER PRIMARY KEY,        -- the mail that founded it
  list TEXT NOT NULL,
  version INTEGER NOT NULL,
  expected INTEGER NOT NULL,
  author_name TEXT NOT NULL,
  author_email TEXT NOT NULL,
  title TEXT NOT NULL,
  first_date INTEGER NOT NULL,
  newest_date INTEGER NOT NULL,
  newest_arrival INTEGER NOT NULL,
  rfc INTEGER NOT NULL,
  resend INTEGER NOT NULL,
  partial_reroll INTEGER NOT NULL,
  previous INTEGER,
  superseded_by INTEGER,
  notes TEXT NOT NULL,           -- one a line
  state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  ready_at INTEGER,
  rounds INTEGER NOT NULL DEFAULT 0,
  review_key TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX series_ready ON series(ready_at) WHERE state = 'waiting';

CREATE TABLE series_mails (
  series INTEGER NOT NULL REFERENCES series(id),
  number INTEGER NOT NULL,       -- 0: the cover
  mail INTEGER NOT NULL REFERENCES mails(id),
  PRIMARY KEY (series, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX series_mails_mail ON series_mails(mail);

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  series INTEGER NOT NULL REFERENCES series(id),
  round INTEGER NOT NULL,
  state TEXT NOT NULL,           -- queued, running, done, failed, cancelled
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try INTEGER NOT NULL,
  lease_until INTEGER,
  reason TEXT NOT NULL DEFAULT '',
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_due ON jobs(next_try) WHERE state = 'queued';
CREATE UNIQUE INDEX jobs_open ON jobs(series)
  WHERE state IN ('queued', 'running');

CREATE TABLE reviews (
  series INTEGER NOT NULL REFERENCES series(id),
  round INTEGER NOT NULL,
  engine TEXT NOT NULL,
  engine_version TEXT NOT NULL,
  verdict TEXT NOT NULL,
  tree TEXT NOT NULL,
  base TEXT NOT NULL,
  apply TEXT NOT NULL,
  finished INTEGER NOT NULL,
  PRIMARY KEY (series, round)
) STRICT, WITHOUT ROWID;
CREATE INDEX reviews_finished ON reviews(finished);

-- Which patch mails a review has read: none is reviewed twice.
CREATE TABLE covered (
  mail INTEGER PRIMARY KEY REFERENCES mails(id),
  series INTEGER NOT NULL,
  round INTEGER NOT NULL
) STRICT;

CREATE TABLE findings (
  id INTEGER PRIMARY KEY,
  series INTEGER NOT NULL,
  round INTEGER NOT NULL,
  patch INTEGER NOT NULL,
  path TEXT NOT NULL,
  new_line INTEGER NOT NULL,
  severity TEXT NOT NULL,
  category TEXT NOT NULL,
  title TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  dropped_by TEXT NOT NULL,
  drop_reason TEXT NOT NULL
) STRICT;
CREATE INDEX findings_series ON findings(series, round);

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  destination TEXT NOT NULL,
  unique_key TEXT NOT NULL,
  kind TEXT NOT NULL,
  message_id TEXT NOT NULL,
  recipient TEXT NOT NULL,
  original INTEGER REFERENCES mails(id),
  bytes BLOB NOT NULL,
  series INTEGER NOT NULL,
  round INTEGER NOT NULL,
  state TEXT NOT NULL,           -- queued, sent, failed, held
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try INTEGER NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  created INTEGER NOT NULL,
  sent_at INTEGER NOT NULL DEFAULT 0,
  UNIQUE (destination, unique_key)
) STRICT;
CREATE INDEX outbox_due ON outbox(id) WHERE state = 'queued';
CREATE INDEX outbox_series ON outbox(series);
)sql",
    // Raw bytes apart from what parsing makes of them (a row is rewritten
    // whole, whichever column changes), and the facts apart from the patches,
    // in the order in which a start reads them.
    R"sql(
CREATE TABLE mail_raw (
  mail INTEGER PRIMARY KEY REFERENCES mails(id),
  raw BLOB NOT NULL
) STRICT;
INSERT INTO mail_raw SELECT mail, raw FROM mail_bytes ORDER BY mail;

CREATE TABLE mail_facts (
  fed INTEGER PRIMARY KEY,       -- order of feeding to the grouper
  facts BLOB NOT NULL            -- series::MailFacts
) STRICT;
INSERT INTO mail_facts SELECT fed, facts FROM mails JOIN mail_bytes
  ON mail = id WHERE fed IS NOT NULL ORDER BY fed;

CREATE TABLE mail_patches (
  mail INTEGER PRIMARY KEY REFERENCES mails(id),
  patch BLOB NOT NULL            -- mime::PatchMail, of what may be reviewed
) STRICT;
INSERT INTO mail_patches SELECT mail, patch FROM mail_bytes JOIN mails
  ON mail = id WHERE patch IS NOT NULL AND
  kind IN ('patch', 'cover', 'untagged-diff') ORDER BY mail;

-- A cover alone waited for ever: now its time is over some day.
UPDATE series SET ready_at = newest_arrival
  WHERE state = 'waiting' AND ready_at IS NULL;

DROP TABLE mail_bytes;
DROP INDEX mails_fed;
ALTER TABLE mails DROP COLUMN fed;
)sql",
    // The memory of findings: what became of those of the revision before, and
    // what the next one compares.
    R"sql(
ALTER TABLE findings ADD COLUMN fate TEXT NOT NULL DEFAULT '';
ALTER TABLE findings ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE findings ADD COLUMN mark TEXT NOT NULL DEFAULT '';
)sql",
    // What reviews that this state does not hold have told, as an archive has
    // kept their mails.
    R"sql(
CREATE TABLE told (
  id INTEGER PRIMARY KEY,
  message_id TEXT NOT NULL UNIQUE,  -- of the review mail
  answers TEXT NOT NULL,         -- of the patch or the cover; may never come
  round INTEGER NOT NULL,
  part INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  marks TEXT NOT NULL            -- one a line
) STRICT;
CREATE INDEX told_answers ON told(answers);
)sql",
    // Conversations with models, what they cost, and the answers of people.
    R"sql(
ALTER TABLE reviews ADD COLUMN cost TEXT NOT NULL DEFAULT '';

-- Leases that have run out are looked for all the time.
CREATE INDEX jobs_running ON jobs(lease_until) WHERE state = 'running';

-- Steps of the conversations of a review that is not done yet.
CREATE TABLE journal (
  id INTEGER PRIMARY KEY,
  series INTEGER NOT NULL,
  round INTEGER NOT NULL,
  conversation TEXT NOT NULL,
  place INTEGER NOT NULL,        -- from 0
  kind TEXT NOT NULL,
  bytes BLOB NOT NULL,
  effects BLOB NOT NULL,
  UNIQUE (series, round, conversation, place)
) STRICT;

-- What each request to a model has cost.
CREATE TABLE ledger (
  id INTEGER PRIMARY KEY,
  series INTEGER NOT NULL,
  round INTEGER NOT NULL,
  conversation TEXT NOT NULL,
  list TEXT NOT NULL,
  author TEXT NOT NULL,          -- address, lower case
  time INTEGER NOT NULL,         -- of the request
  model TEXT NOT NULL,
  input INTEGER NOT NULL,
  cache_read INTEGER NOT NULL,
  cache_write INTEGER NOT NULL,
  output INTEGER NOT NULL,
  cost INTEGER NOT NULL,         -- millionths of a dollar
  estimated INTEGER NOT NULL,    -- nobody has told what it was
  open INTEGER NOT NULL          -- may be told yet: one of a conversation
) STRICT;
CREATE INDEX ledger_review ON ledger(series, round);
CREATE INDEX ledger_time ON ledger(time);
CREATE UNIQUE INDEX ledger_open ON ledger(series, round, conversation)
  WHERE open = 1;

-- The same, summed up: what a day or a month cost is asked before each request.
CREATE TABLE ledger_hours (
  hour INTEGER NOT NULL,         -- of ledger.time, since 1970
  list TEXT NOT NULL,
  author TEXT NOT NULL,
  cost INTEGER NOT NULL,
  PRIMARY KEY (hour, list, author)
) STRICT, WITHOUT ROWID;

-- Which mails answer a Message-ID, themselves no patches or covers.
CREATE TABLE answers (
  answered TEXT NOT NULL,
  mail INTEGER NOT NULL REFERENCES mails(id),
  PRIMARY KEY (answered, mail)
) STRICT, WITHOUT ROWID;
)sql"};

constexpr auto kSchemaVersion = static_cast<std::int64_t>(kMigrations.size());
// "pmlt": SQLite's application_id, so that file(1) and we know our own.
constexpr std::int64_t kApplicationId = 0x706d6c74;

Result<std::int64_t> Pragma(Database* database, const char* sql) {
  PM_ASSIGN_OR_RETURN(Statement statement, database->Prepare(sql));
  PM_RETURN_IF_ERROR(statement.Run());
  return statement.ColumnInt(0);
}

Status CheckVersion(Database* database, const std::string& path) {
  PM_ASSIGN_OR_RETURN(const std::int64_t version,
                      Pragma(database, "PRAGMA user_version"));
  PM_ASSIGN_OR_RETURN(const std::int64_t application,
                      Pragma(database, "PRAGMA application_id"));
  PM_ASSIGN_OR_RETURN(const std::int64_t tables,
                      Pragma(database, "SELECT count(*) FROM sqlite_schema"));
  if (tables > 0 && application != kApplicationId) {
    return Permanent(path + ": is not a state.db of patchmilter");
  }
  if (version > kSchemaVersion) {
    return Permanent(fmt::format(
        "{}: was written by a newer patchmilter (schema {}, this one knows "
        "{}): install that version again",
        path, version, kSchemaVersion));
  }
  return {};
}

}  // namespace

Store::Store(std::unique_ptr<Database> database)
    : database_(std::move(database)) {}

Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::Open(const std::string& path,
                                           const StoreOptions& options) {
  PM_ASSIGN_OR_RETURN(auto database, Database::Open(path, false));
  PM_RETURN_IF_ERROR(CheckVersion(database.get(), path));
  PM_RETURN_IF_ERROR(database->PrepareForWriting(options.cache_kib));
  std::unique_ptr<Store> store(new Store(std::move(database)));
  PM_RETURN_IF_ERROR(store->Migrate());
  return store;
}

Result<std::unique_ptr<Store>> Store::OpenReadOnly(const std::string& path) {
  PM_ASSIGN_OR_RETURN(auto database, Database::Open(path, true));
  PM_RETURN_IF_ERROR(CheckVersion(database.get(), path));
  PM_ASSIGN_OR_RETURN(const std::int64_t version,
                      Pragma(database.get(), "PRAGMA user_version"));
  if (version < kSchemaVersion) {
    return Permanent(
        fmt::format("{}: has schema {}, this program needs {}: start "
                    "patchmilter-reviewd of the same version once",
                    path, version, kSchemaVersion));
  }
  return std::unique_ptr<Store>(new Store(std::move(database)));
}

Status Store::Migrate() {
  Transaction transaction(database_.get());
  PM_RETURN_IF_ERROR(transaction.Begin());
  // Read again inside the transaction: another process may have been first.
  std::int64_t version = 0;
  {
    PM_ASSIGN_OR_RETURN(Statement statement,
                        database_->Prepare("PRAGMA user_version"));
    PM_RETURN_IF_ERROR(statement.Run());
    version = statement.ColumnInt(0);
  }
  if (version >= kSchemaVersion) return transaction.Commit();
  for (std::int64_t step = version; step < kSchemaVersion; ++step) {
    PM_RETURN_IF_ERROR(
        database_->Execute(kMigrations.at(static_cast<size_t>(step))));
  }
  PM_RETURN_IF_ERROR(database_->Execute(
      fmt::format("PRAGMA user_version={}; PRAGMA application_id={}",
                  kSchemaVersion, kApplicationId)));
  return transaction.Commit();
}

Result<UnixSeconds> Store::FirstStart(UnixSeconds now) {
  Transaction transaction(database_.get());
  PM_RETURN_IF_ERROR(transaction.Begin());
  {
    PM_ASSIGN_OR_RETURN(
        Statement insert,
        database_->Prepare("INSERT OR IGNORE INTO meta VALUES('first_start', "
                           "CAST(?1 AS TEXT))"));
    PM_RETURN_IF_ERROR(insert.Int(now).Run());
  }
  UnixSeconds first = now;
  {
    PM_ASSIGN_OR_RETURN(Statement select,
                        database_->Prepare("SELECT CAST(value AS INTEGER) FROM "
                                           "meta WHERE key = 'first_start'"));
    PM_RETURN_IF_ERROR(select.Run());
    first = select.ColumnInt(0);
  }
  PM_RETURN_IF_ERROR(transaction.Commit());
  return first;
}

Result<Counts> Store::Count() {
  Counts counts;
  struct Group {
    const char* sql;
    std::map<std::string, std::int64_t>* into;
  };
  const std::array<Group, 6> groups = {{
      {"SELECT state, count(*) FROM mails GROUP BY 1", &counts.mails},
      {"SELECT kind, count(*) FROM mails WHERE state = 'parsed' GROUP BY 1",
       &counts.kinds},
      {"SELECT state, count(*) FROM series GROUP BY 1", &counts.series},
      {"SELECT state, count(*) FROM jobs GROUP BY 1", &counts.jobs},
      {"SELECT state, count(*) FROM outbox GROUP BY 1", &counts.outbox},
      {"SELECT dropped_by, count(*) FROM findings WHERE dropped_by <> '' "
       "GROUP BY 1",
       &counts.dropped},
  }};
  for (const Group& group : groups) {
    PM_ASSIGN_OR_RETURN(Statement select, database_->Prepare(group.sql));
    while (true) {
      PM_ASSIGN_OR_RETURN(const bool row, select.Step());
      if (!row) break;
      (*group.into)[select.ColumnText(0)] = select.ColumnInt(1);
    }
  }
  PM_ASSIGN_OR_RETURN(
      Statement totals,
      database_->Prepare(
          "SELECT (SELECT count(*) FROM findings WHERE dropped_by = '' AND"
          " fate = ''),"
          " (SELECT coalesce(max(arrival), 0) FROM mails)"));
  PM_RETURN_IF_ERROR(totals.Run());
  counts.findings = totals.ColumnInt(0);
  counts.newest_mail = totals.ColumnInt(1);
  return counts;
}

}  // namespace patchmilter::store
