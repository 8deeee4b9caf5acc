// What kind of mail a Mail is, and why.
// Input: a Mail whose headers and text are read. Threads: any.
// Tested in tests/mime/mail_test.cc.
#ifndef PATCHMILTER_MIME_CLASSIFY_H_
#define PATCHMILTER_MIME_CLASSIFY_H_

#include <string_view>

#include "mime/mail.h"

namespace patchmilter::mime {

// What the headers say beside those that a Mail keeps.
struct KindHints {
  bool has_diff = false;
  bool is_report = false;      // multipart/report (RFC 6522): a bounce.
  bool vacation_mark = false;  // X-Autoreply, X-Autorespond.
  std::string_view precedence;
};

// Sets mail->kind and mail->kind_reason.
void Classify(const KindHints& hints, Mail* mail);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_CLASSIFY_H_
