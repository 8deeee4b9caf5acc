// What patchmilterd tells about itself, in a file beside the segments that
// `patchmilter status` reads: DIRECTORY/status.json, one flat JSON object of
// numbers and strings, replaced in one step every ten seconds and at stop.
//
// Numbers count since `started`. The reading side believes nothing: a missing
// name is 0 or "", an unknown one is passed over.
// Threads: any.  Tested in tests/intake/status_test.cc.
#ifndef PATCHMILTER_INTAKE_STATUS_H_
#define PATCHMILTER_INTAKE_STATUS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "intake/record.h"

namespace patchmilter::intake {

struct DaemonStatus {
  std::uint64_t pid = 0;
  std::string version;
  UnixSeconds started = 0;
  UnixSeconds updated = 0;
  UnixSeconds stopped = 0;  // 0: running, or killed.

  std::uint64_t messages = 0;     // Mails that the MTA began to show.
  std::uint64_t stored = 0;       // Durable before the answer.
  std::uint64_t let_go = 0;       // For no watched list.
  std::uint64_t failed = 0;       // Of a watched list and not stored.
  std::uint64_t late = 0;         // Answered at the deadline, not yet durable.
  std::uint64_t late_stored = 0;  // Of `late`: durable afterwards.
  std::uint64_t truncated = 0;    // Of `stored`: cut at intake.max_message.
  std::uint64_t aborted = 0;      // Taken back by the MTA or its client.
  std::uint64_t missed = 0;  // Let go unseen while the daemon was stopping.

  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;
  Position end;     // Behind the last durable record.
  Position cursor;  // Of the review daemon.
  std::string last_error;
};

std::string StatusFile(const std::string& directory);
Status WriteStatus(const std::string& directory, const DaemonStatus& status);
// kNotFound where patchmilterd has never run; kInvalidInput where the file is
// not what WriteStatus writes.
Result<DaemonStatus> ReadStatus(const std::string& directory);

std::string StatusToJson(const DaemonStatus& status);
Result<DaemonStatus> StatusFromJson(std::string_view json);

}  // namespace patchmilter::intake

#endif  // PATCHMILTER_INTAKE_STATUS_H_
