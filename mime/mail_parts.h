// ParseMail with the diff that it had to find to know the mail's kind, so that
// ParsePatchMail need not look for it again. Inside mime/ only.
#ifndef PATCHMILTER_MIME_MAIL_PARTS_H_
#define PATCHMILTER_MIME_MAIL_PARTS_H_

#include <string>
#include <string_view>

#include "diff/diff.h"
#include "mime/mail.h"

namespace patchmilter::mime {

struct MailAndDiff {
  Mail mail;
  diff::Diff diff;  // Of mail.text, whatever kind of mail it is.
  // mail.text with charset and NUL bytes as they came; "" where that is it.
  std::string text_as_sent;
};

MailAndDiff ParseMailAndDiff(std::string_view raw);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_MAIL_PARTS_H_
