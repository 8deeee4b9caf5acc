// Writing the intake, for patchmilterd: the durable hand-over.
//
// Append() gives a record to the flush thread and waits until it is durable, an
// error is known, or the deadline is over. All records that wait when a flush
// starts go out in one (natural group commit: no added waiting). A second
// thread makes the next segment ahead of time and prunes whole segments behind
// the reader's cursor.
//
// Disk full, intake.max_size reached, write errors: Append fails at once, the
// writer keeps trying (at most once a second) and recovers by itself. After a
// failed write the segment is left alone and the next one is begun, so that no
// position is used twice.
//
// Threads: Append, stats and Prune from any thread; Close from one. Input:
// records made by the milter's session; their content is hostile and not looked
// at. Tested in tests/intake/writer_test.cc, writer_fault_test.cc,
// crash_test.cc.
#ifndef PATCHMILTER_INTAKE_WRITER_H_
#define PATCHMILTER_INTAKE_WRITER_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "intake/file_calls.h"
#include "intake/record.h"

namespace patchmilter::intake {

using SteadyTime = std::chrono::steady_clock::time_point;

struct AppendResult {
  enum class Outcome {
    kStored,  // Durable at `position`.
    kFailed,  // Not stored, `error` says why; kTemporary may work later.
    kLate,    // The deadline passed first; it may still be written.
  };
  Outcome outcome = Outcome::kFailed;
  Position position;
  Error error;
};

// What a session needs of the writer.
class Appender {
 public:
  virtual ~Appender() = default;
  // Never waits beyond `deadline`, whatever the disk does; and not at all where
  // the flush that runs has already taken longer than this call may.
  virtual AppendResult Append(Record record, SteadyTime deadline) = 0;
};

struct WriterOptions {
  std::string directory;
  std::uint64_t segment_size = 64ULL << 20;  // Bytes, a multiple of 4 KiB.
  std::uint64_t max_size = 8ULL << 30;  // Bytes of all segment files together.
  std::string cursor_file;              // "" takes CursorFile(directory).
  bool direct = true;                   // false: never tries O_DIRECT.
  // Bytes of records that wait for the disk; beyond it Append fails at once.
  std::uint64_t max_queued = 256ULL << 20;
  FileCalls* files = nullptr;  // nullptr: the real ones. Not owned.
};

struct WriterStats {
  std::uint64_t stored = 0;       // Records durable, late ones included.
  std::uint64_t flushes = 0;      // stored / flushes is the group's size.
  std::uint64_t failed = 0;       // Records not stored, late ones included.
  std::uint64_t late_stored = 0;  // Stored after Append had given up waiting.
  std::uint64_t late_failed = 0;
  std::uint64_t pruned = 0;    // Segments removed behind the cursor.
  std::uint64_t segments = 0;  // Segment files that stand.
  std::uint64_t bytes = 0;     // Their size, the spare one included.
  Position end;                // Behind the last durable record.
  Position cursor;             // The reader's, as read last.
  bool direct = false;         // O_DIRECT is in use.
  std::string last_error;      // Of a flush or of making a segment.
};

class Writer : public Appender {
 public:
  // Locks the directory (made where missing, mode 0750), finds the true end of
  // the log, cuts a torn tail, and makes the first segment. kTemporary where
  // another living process writes here: the message names it. A full disk is
  // no error here: Appends fail until there is room.
  static Result<std::unique_ptr<Writer>> Open(const WriterOptions& options);

  virtual WriterStats stats() = 0;
  // Removes what the cursor allows, now. Done by itself every five seconds and
  // before a segment is made.
  virtual void Prune() = 0;
  // No more appends (they fail at once); true when all that were queued are
  // done before `deadline`. The destructor waits for them without end: on a
  // hung disk leave the process by _exit instead.
  virtual bool Close(SteadyTime deadline) = 0;
};

}  // namespace patchmilter::intake

#endif  // PATCHMILTER_INTAKE_WRITER_H_
