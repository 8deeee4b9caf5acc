// What schema 4 of state.db had more than the first one: kept so that its
// migration is tested.
#ifndef PATCHMILTER_TESTS_STORE_SCHEMA_4_H_
#define PATCHMILTER_TESTS_STORE_SCHEMA_4_H_

namespace patchmilter::store {

// Behind kSchema1, in an empty file.
inline constexpr const char* kFrom1To4 = R"sql(
DROP TABLE mail_bytes;
DROP INDEX mails_fed;
ALTER TABLE mails DROP COLUMN fed;
CREATE TABLE mail_raw (
  mail INTEGER PRIMARY KEY REFERENCES mails(id),
  raw BLOB NOT NULL
) STRICT;
CREATE TABLE mail_facts (
  fed INTEGER PRIMARY KEY,
  facts BLOB NOT NULL
) STRICT;
CREATE TABLE mail_patches (
  mail INTEGER PRIMARY KEY REFERENCES mails(id),
  patch BLOB NOT NULL
) STRICT;
ALTER TABLE findings ADD COLUMN fate TEXT NOT NULL DEFAULT '';
ALTER TABLE findings ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE findings ADD COLUMN mark TEXT NOT NULL DEFAULT '';
CREATE TABLE told (
  id INTEGER PRIMARY KEY,
  message_id TEXT NOT NULL UNIQUE,
  answers TEXT NOT NULL,
  round INTEGER NOT NULL,
  part INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  marks TEXT NOT NULL
) STRICT;
CREATE INDEX told_answers ON told(answers);
PRAGMA user_version=4;
)sql";

}  // namespace patchmilter::store

#endif  // PATCHMILTER_TESTS_STORE_SCHEMA_4_H_
