// What patchmilterd hands over for one mail of a watched list.
//
// A record's bytes are its fields in the order of the struct, in the format of
// base/wire.h, behind a version number; `raw` comes last, so that a writer can
// put the mail behind the encoded head without copying it. The decoder trusts
// nothing and refuses left-over bytes. docs/intake-format.md is the format.
// Threads: values.  Tested in tests/intake/record_test.cc.
#ifndef PATCHMILTER_INTAKE_RECORD_H_
#define PATCHMILTER_INTAKE_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace patchmilter::intake {

struct Record {
  std::string list;      // The watched list's name, of the first match.
  std::string queue_id;  // The MTA's; "" where it gave none.
  std::string sender;    // Envelope sender without <>; "" is the null sender.
  std::vector<std::string> recipients;
  std::string client_name;  // As the MTA told it.
  std::string client_address;
  std::string helo;
  UnixSeconds arrival = 0;
  bool truncated = false;  // Larger than intake.max_message: `raw` is cut.
  std::string raw;         // The mail as the MTA showed it: CRLF line ends.

  friend bool operator==(const Record&, const Record&) = default;
};

std::string EncodeRecord(const Record& record);
// All that stands before `raw`: EncodeRecord(r) == EncodeRecordHead(r) + r.raw.
std::string EncodeRecordHead(const Record& record);
std::optional<Record> DecodeRecord(std::string_view bytes);

// A record's place: grows with every append, never used twice.
struct Position {
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;
  friend bool operator==(const Position&, const Position&) = default;
  friend auto operator<=>(const Position&, const Position&) = default;
};

}  // namespace patchmilter::intake

#endif  // PATCHMILTER_INTAKE_RECORD_H_
