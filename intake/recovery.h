// What a writer finds in its directory when it starts.
// Threads: one, before the writer's threads run.
// Tested in tests/intake/recovery_test.cc.
#ifndef PATCHMILTER_INTAKE_RECOVERY_H_
#define PATCHMILTER_INTAKE_RECOVERY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "intake/file_calls.h"
#include "intake/record.h"
#include "intake/segment.h"

namespace patchmilter::intake {

struct Recovered {
  // The segment to go on in, and where; nothing: begin a new one.
  std::optional<SegmentHeader> current;
  std::uint64_t offset = kBlock;
  // A segment made ahead that holds nothing yet.
  std::optional<SegmentHeader> prepared;
  std::uint64_t next_id = 1;        // Above all that was ever used.
  std::uint64_t next_sequence = 1;  // The same.
};

// Finds the end of the log and cuts what lies torn behind it: header blocks of
// records of a flush that was never acknowledged are overwritten with zeros,
// so that they can never follow a new record. Where `cursor` is beyond the end
// (records that were read are gone after a power failure), a new segment is
// begun, whose positions nobody has seen.
Result<Recovered> Recover(const std::string& directory, Position cursor,
                          std::uint64_t segment_size, FileCalls& files);

}  // namespace patchmilter::intake

#endif  // PATCHMILTER_INTAKE_RECOVERY_H_
