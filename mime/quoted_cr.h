// CRLF line ends inside base64 or quoted-printable: a mail server on the way
// has made them of LF. A Mail's text is mended; `git am` keeps the CRs, unless
// it is told --quoted-cr=strip, so that such a patch changes no file with LF.
//
// Pure. Threads: any. Tested in tests/mime/as_sent_test.cc.
#ifndef PATCHMILTER_MIME_QUOTED_CR_H_
#define PATCHMILTER_MIME_QUOTED_CR_H_

#include <string_view>

#include "diff/diff.h"
#include "mime/patch_mail.h"

namespace patchmilter::mime {

// What Mail::problems says where they were taken away.
inline constexpr std::string_view kCrsInBase64 = "CRLF line ends inside base64";
inline constexpr std::string_view kCrsInQuotedPrintable =
    "CRLF line ends inside quoted-printable";

bool HadQuotedCrs(const Mail& mail);

// patch.diff_to_apply() with a CR at the end of each line of its hunks.
diff::Diff WithQuotedCrs(const PatchMail& patch);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_QUOTED_CR_H_
