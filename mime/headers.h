// One pass over a header block: the places of the headers that we read.
//
// Headers are more than half of all bytes of list mail, most of them traces and
// signatures: each line is looked at once, by its name, and only the few that a
// Mail is made of are kept, as views into the mail.
// Input: hostile bytes, LF or CRLF. Linear; bounded by kMaxHeaderFields.
// Threads: any.  Tested in tests/mime/headers_test.cc.
#ifndef PATCHMILTER_MIME_HEADERS_H_
#define PATCHMILTER_MIME_HEADERS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace patchmilter::mime {

enum class HeaderName : std::uint8_t {
  kAuthenticationResults,
  kAutoSubmitted,
  kCc,
  kContentDisposition,
  kContentTransferEncoding,
  kContentType,
  kDate,
  kFrom,
  kInReplyTo,
  kListId,
  kMessageId,
  kPrecedence,
  kReceived,
  kReferences,
  kReplyTo,
  kReturnPath,
  kSubject,
  kTo,
  kXAutosel,    // X-AUTOSEL: the same.
  kXAutoReply,  // X-Autoreply, X-Autorespond: vacation programs.
  kXOriginalFrom,
  kXOriginalSender,
  kXPatchmilter,
  kXPatchmilterFinding,
  kXSpam,    // X-Spam-Flag, X-Spam-Status, X-Spam: spam filters.
  kXStable,  // X-stable, X-stable-base: stable maintainers' scripts.
};

struct HeaderField {
  HeaderName name = HeaderName::kFrom;
  // Behind the colon, still folded, without the last line end.
  std::string_view value;
};

// Fields of the names above that are kept; later ones are not. The bytes are
// those of their values, each up to kMaxHeaderValue.
inline constexpr std::size_t kMaxHeaderFields = 4096;
inline constexpr std::size_t kMaxHeaderBytes = 16UL << 20;

struct HeaderBlock {
  std::vector<HeaderField> fields;  // In the order of the mail.
  std::size_t body = 0;             // Where the body begins.
  bool ended = false;         // By an empty line, not by the end of the bytes.
  std::size_t bad_lines = 0;  // Neither a field nor a fold of one.

  // The first of that name, "" where there is none.
  std::string_view First(HeaderName name) const;
  bool Has(HeaderName name) const;
  std::size_t CountOf(HeaderName name) const;
};

// Reads the block at the front of `bytes`. A part of a multipart
// (`part` = true) has no mbox "From " line, and its block also ends at a line
// that begins with "--", a boundary.
HeaderBlock ScanHeaders(std::string_view bytes, bool part = false);

// `value` on one line: line ends and the white space around folds become one
// blank, control bytes become blanks, cut to kMaxHeaderValue. Bytes above 127
// are UTF-8, or else taken as Latin-1: the result is valid UTF-8.
std::string Unfold(std::string_view value);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_HEADERS_H_
