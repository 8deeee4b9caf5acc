// Patches that were merged already and are sent once more for a stable tree.
// Input: a Mail whose kind is known. Linear. Threads: any.
// Tested in tests/mime/classify_test.cc.
#ifndef PATCHMILTER_MIME_BACKPORT_H_
#define PATCHMILTER_MIME_BACKPORT_H_

#include "mime/headers.h"
#include "mime/mail.h"

namespace patchmilter::mime {

// Sets mail->backport of a patch or a cover, and adds to mail->kind_reason by
// which mark it was known. The marks are those that maintainers' scripts write
// (see docs/mime.md); a developer's own backport ("[PATCH 6.1.y]") has none of
// them and is a patch like any other.
void MarkBackport(const HeaderBlock& block, Mail* mail);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_BACKPORT_H_
