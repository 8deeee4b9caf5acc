// Dates of headers (RFC 5322 3.3 with the obsolete forms of 4.3).
// Input: unfolded values of a hostile mail. Threads: any after InitMime().
// Tested in tests/mime/values_test.cc.
#ifndef PATCHMILTER_MIME_DATE_H_
#define PATCHMILTER_MIME_DATE_H_

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace patchmilter::mime {

// Nothing where it is no date of the years 1970 to 9999.
std::optional<UnixSeconds> ParseMailDate(std::string_view value);

// The date behind the last semicolon of a Received header.
std::optional<UnixSeconds> ParseReceivedDate(std::string_view value);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_DATE_H_
