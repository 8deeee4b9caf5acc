// A part's bytes as text: decoded, UTF-8, LF line ends.
// Input: hostile bytes. Linear. Threads: any after InitMime().
// Tested in tests/mime/text_test.cc.
#ifndef PATCHMILTER_MIME_TEXT_PART_H_
#define PATCHMILTER_MIME_TEXT_PART_H_

#include <string>
#include <string_view>

#include "mime/body.h"
#include "mime/mail.h"

namespace patchmilter::mime {

// Undoes transfer encoding, charset, CRLF, NUL and format=flowed; what had to
// be mended is said in mail->problems. At most kMaxMailText bytes are read:
// with more, mail->cut is set. `*as_sent` (may be null) becomes the same with
// charset and NUL bytes as they came, where that makes a difference, else "".
std::string DecodeText(const Part& part, Mail* mail,
                       std::string* as_sent = nullptr);

// RFC 3676: lines that end in a blank go on in the next one.
std::string Unflow(std::string_view text, bool del_sp);

// The words of an HTML text, for mails that have no other: tags are dropped,
// blocks become lines.
std::string HtmlToText(std::string_view html);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_TEXT_PART_H_
