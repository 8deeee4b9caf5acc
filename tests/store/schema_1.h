// state.db as the first version made it: kept so that its migration is tested.
#ifndef PATCHMILTER_TESTS_STORE_SCHEMA_1_H_
#define PATCHMILTER_TESTS_STORE_SCHEMA_1_H_

namespace patchmilter::store {

inline constexpr const char* kSchema1 = R"sql(
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

PRAGMA user_version=1;
PRAGMA application_id=0x706d6c74;
)sql";

}  // namespace patchmilter::store

#endif  // PATCHMILTER_TESTS_STORE_SCHEMA_1_H_
