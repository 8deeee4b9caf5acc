// Address lists (RFC 5322 3.4), as mailers write them.
// Input: unfolded values of a hostile mail; any text gives some answer. Linear,
// no recursion (comments and groups are counted).
// Threads: any after InitMime().  Tested in tests/mime/values_test.cc.
#ifndef PATCHMILTER_MIME_ADDRESS_H_
#define PATCHMILTER_MIME_ADDRESS_H_

#include <string_view>
#include <vector>

#include "mime/mail.h"

namespace patchmilter::mime {

// Names are decoded (RFC 2047), also inside quotes. `Doe, John <j@x>` is one
// address, though the comma should have been quoted. At most kMaxAddresses.
std::vector<Address> ParseAddresses(std::string_view value);

// The first address of a From header; where no address stands in it, its text
// is the name.
Address ParseFrom(std::string_view value);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_ADDRESS_H_
