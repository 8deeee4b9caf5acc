// Reading the intake, for patchmilter-reviewd.
//
// Reads segment files that patchmilterd writes; writes nothing in them, takes
// no lock: no reader can make the milter wait. What lies in the files is
// checked (segment id, nonce, sequence, checksums): torn tails end the reading
// there, and reading goes on when the writer has gone on.
// Threads: one.  Tested in tests/intake/reader_test.cc and crash_test.cc.
#ifndef PATCHMILTER_INTAKE_READER_H_
#define PATCHMILTER_INTAKE_READER_H_

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "intake/record.h"

namespace patchmilter::intake {

struct Entry {
  Record record;
  Position next;  // Where to go on after this record.
};

class Reader {
 public:
  // Reads from `from` on ({0, 0}: from the oldest there is). Where the segment
  // of `from` is gone, from the next one that stands, and says so in the log.
  // kNotFound where `directory` is not there (patchmilterd has never run).
  static Result<std::unique_ptr<Reader>> Open(const std::string& directory,
                                              Position from);
  virtual ~Reader() = default;

  // The next record; nothing where all durable records have been read.
  // kPermanent where a record in the middle is damaged: it is skipped, and the
  // next call goes on behind it. kTemporary where a file could not be read:
  // nothing is skipped. Memory: one record (intake.max_message and its
  // envelope).
  virtual Result<std::optional<Entry>> Next() = 0;

  // Where the next call reads: after kPermanent, behind what was skipped.
  virtual Position position() const = 0;
};

// Where the reading side's cursor stands for the intake in `directory`:
// DIRECTORY/cursor/position. The directory "cursor" belongs to the review
// daemon's user, all else in `directory` to patchmilterd's; each can read the
// other's by group. PublishCursor makes it where it is missing and may be made.
std::string CursorFile(const std::string& directory);

// The reading side's cursor, in a file of its own beside the segments, by
// which the writer prunes: replaced in one step, "SEGMENT OFFSET\n" in decimal.
// Publish it only when all before it is safe elsewhere.
Status PublishCursor(const std::string& cursor_file, Position position);
// kNotFound where none has been published; kInvalidInput where the file is
// something else than a cursor (it may be a hostile user's: never waits).
Result<Position> ReadCursor(const std::string& cursor_file);

}  // namespace patchmilter::intake

#endif  // PATCHMILTER_INTAKE_READER_H_
