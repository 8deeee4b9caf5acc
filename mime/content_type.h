// Content-Type and its like (RFC 2045 5, RFC 2183), as far as text needs them;
// parameters in pieces and with charsets (RFC 2231) too.
// Input: an unfolded value of a hostile mail. Threads: any.
// Tested in tests/mime/values_test.cc.
#ifndef PATCHMILTER_MIME_CONTENT_TYPE_H_
#define PATCHMILTER_MIME_CONTENT_TYPE_H_

#include <string>
#include <string_view>

#include "mime/headers.h"

namespace patchmilter::mime {

enum class TransferEncoding : std::uint8_t {
  kIdentity,  // 7bit, 8bit, binary, and what we do not know.
  kQuotedPrintable,
  kBase64,
  kUuencode,
};

struct ContentType {
  std::string type = "text/plain";  // Lower case, "type/subtype".
  bool given = false;               // The mail has a usable Content-Type.
  std::string charset;
  std::string boundary;
  std::string name;     // Of the attachment: "name", or "filename".
  bool flowed = false;  // RFC 3676.
  bool del_sp = false;
  bool attachment = false;  // Content-Disposition: attachment
  TransferEncoding encoding = TransferEncoding::kIdentity;

  bool IsMultipart() const { return type.starts_with("multipart/"); }
  bool IsText() const { return type.starts_with("text/"); }
  // Named or typed as a patch.
  bool IsPatchFile() const;
};

// From the three content headers of `block`.
ContentType ReadContentType(const HeaderBlock& block);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_CONTENT_TYPE_H_
