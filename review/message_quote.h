// Where a quote stands above the diff of a patch mail: in the commit message,
// the notes, the diffstat.
//
// Prose is quoted loosely: indented as `git show` prints it, wrapped anew, a
// part of a line. Words count here, white space does not; but a quote must hold
// something telling (diff::IsTelling), and its last line must stand there
// whole.
//
// Input: both sides hostile. Linear in the text above the diff, for each quoted
// line. Threads: any.  Tested in tests/review/anchor_gate_test.cc.
#ifndef PATCHMILTER_REVIEW_MESSAGE_QUOTE_H_
#define PATCHMILTER_REVIEW_MESSAGE_QUOTE_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "mime/patch_mail.h"
#include "review/finding.h"

namespace patchmilter::review {

// The lines of the mail that hold the quote, or as much of its end as stands
// there in one piece. Of several places the one at `text_line`, else the first.
// A quote of the patch's title, which stands in the Subject, is placed at the
// first line of the message.
std::optional<Anchor> FindInMessage(std::int64_t patch,
                                    const mime::PatchMail& mail,
                                    const std::vector<std::string_view>& quote,
                                    std::optional<std::uint32_t> text_line);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_MESSAGE_QUOTE_H_
