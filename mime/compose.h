// Composing the bytes of a mail of ours.
//
// Input: our own values, in which foreign text may stand (a subject, a name):
// header values are encoded (RFC 2047) so that no foreign byte can begin a
// header of its own; bodies are text/plain, UTF-8, 7bit or quoted-printable,
// never base64. Output: LF line ends (the transport makes CRLF), every line
// under 998 bytes. The same input gives the same bytes.
// Threads: any after InitMime().  Tested in tests/mime/compose_test.cc.
#ifndef PATCHMILTER_MIME_COMPOSE_H_
#define PATCHMILTER_MIME_COMPOSE_H_

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace patchmilter::mime {

struct OutgoingMail {
  std::string from;  // "Name <addr>", from the configuration.
  std::string to;
  std::string reply_to;    // "" leaves it out.
  std::string subject;     // UTF-8, decoded.
  std::string message_id;  // Without <>.
  std::string in_reply_to;
  std::vector<std::string> references;  // Capped: first and last kept.
  UnixSeconds date = 0;
  std::string list_id;  // "" leaves it out.
  // In this order, after the others. Values are folded; names must be tokens.
  std::vector<std::pair<std::string, std::string>> extra_headers;
  std::string body;  // UTF-8, LF line ends.
};

// How many ids a References header of ours holds at most.
inline constexpr std::size_t kMaxOutgoingReferences = 20;

// kInvalidInput where an address or an id of `mail` cannot stand in a header.
Result<std::string> Compose(const OutgoingMail& mail);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_COMPOSE_H_
