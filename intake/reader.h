// Reading the intake, for patchmilter-reviewd.
//
// Reads segment files that patchmilterd writes; writes nothing in them, takes
// no lock: no reader can make the milter wait. What lies in the files is
// checked (segment id, sequence, checksum): torn tails end the reading there,
// and reading goes on when the writer has gone on.
// Threads: one.  Tested in tests/intake/.
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
  static Result<std::unique_ptr<Reader>> Open(const std::string& directory,
                                              Position from);
  virtual ~Reader() = default;

  // The next record; nothing where all durable records have been read.
  // kPermanent where a record in the middle is damaged: it is skipped, and the
  // next call goes on behind it.
  virtual Result<std::optional<Entry>> Next() = 0;
};

// The reading side's cursor, in a file of its own beside the segments, by
// which the writer prunes. `directory` is writable by the review daemon.
Status PublishCursor(const std::string& cursor_file, Position position);
Result<Position> ReadCursor(const std::string& cursor_file);

}  // namespace patchmilter::intake

#endif  // PATCHMILTER_INTAKE_READER_H_
