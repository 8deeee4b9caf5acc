// Who posted a mail whose From the list has taken over.
//
// Lists put themselves into From to keep DKIM and DMARC whole; how they name
// the person then differs: "Ann via list <list@…>" (Mailman), "'Ann' via list"
// (Google), "Ann via <list@…>", "via list", "Ann (via list) <list@…>" (Sympa),
// "Ann via B4 Relay <devnull+…>", <ann=40example.org@dmarc…>, or the list's own
// address under Ann's name.
// Input: a Mail with its headers and text read. Threads: any.
// Tested in tests/mime/author_test.cc.
#ifndef PATCHMILTER_MIME_AUTHOR_H_
#define PATCHMILTER_MIME_AUTHOR_H_

#include "mime/headers.h"
#include "mime/mail.h"

namespace patchmilter::mime {

// mail.from; where that is munged, the first of these that names a person:
// X-Original-From, a Reply-To that is not the list, X-Original-Sender, the To
// or Cc that bears the name in front of "via", the address that is encoded in
// From's, the in-body From.
Address FindPoster(const HeaderBlock& block, const Mail& mail);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_AUTHOR_H_
