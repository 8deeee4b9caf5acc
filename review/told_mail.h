// ToldMail: a mail of ours as it comes back from an archive, and what it told.
//
// A review mail bears "X-Patchmilter:", a mark for each finding
// (review/finding_mark.h), and a Message-ID that says which mail of which round
// it is (ReviewMessageId in review/render.h). So an archive of review mails is
// enough to rebuild the memory of a state.db that is lost: `patchmilter
// remember`.
//
// Input: a hostile mail. Its headers can be forged by whoever can write to the
// archive: they win a wrong "still present" or "fixed", or that nothing is
// remembered of one series. Only what the readers of marks accept is kept, and
// that as we would have written it; at most kMaxMarksInMail marks.
// Threads: any.  Tested in tests/review/told_mail_test.cc, and from end to end
// in tests/app/remember_test.py.
#ifndef PATCHMILTER_REVIEW_TOLD_MAIL_H_
#define PATCHMILTER_REVIEW_TOLD_MAIL_H_

#include <optional>
#include <string_view>

#include "base/config.h"
#include "store/rows.h"

namespace patchmilter::review {

// Nothing where it is no review mail: without X-Patchmilter, under a Message-ID
// that we would not have given it, or an answer to nothing. Where `identity` is
// given, also where it is not from that address, or its Message-ID not of that
// site's domain.
std::optional<store::ToldMail> ReadToldMail(std::string_view raw,
                                            const IdentityConfig* identity);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_TOLD_MAIL_H_
