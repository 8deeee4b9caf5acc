// What the receiving host wrote into a mail's headers about its sender:
// Authentication-Results (RFC 8601) and the marks of spam filters.
//
// These are facts about the header fields and about nothing else: any sender
// can write them, and they can be believed only where the site's own MTA takes
// foreign ones off (RFC 8601 5) and `authserv_id` is the site's own.
// Input: unfolded values of a hostile mail; any text gives some answer. Linear.
// Threads: any.  Tested in tests/mime/trust_test.cc.
#ifndef PATCHMILTER_MIME_TRUST_H_
#define PATCHMILTER_MIME_TRUST_H_

#include <string_view>

#include "mime/mail.h"

namespace patchmilter::mime {

// The value of one Authentication-Results header. Methods other than dkim,
// spf, dmarc and arc are left out; so is what cannot be read. At most
// kMaxAuthResults.
AuthResults ParseAuthResults(std::string_view value);

// `value` of X-Spam-Flag, X-Spam-Status ("Yes, score=…") or X-Spam begins with
// the word yes or true.
bool SaysSpam(std::string_view value);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_TRUST_H_
