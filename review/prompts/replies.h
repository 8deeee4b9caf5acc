// The replies of a thread as one document, told by role.
//
//   reply 2, reviewer 1, on patch 3 (2026-11-20):
//     > +	ret = foo(bar);
//     Is bar locked here?
//
// What is ours begins at the left; what others wrote is indented by two, so
// that no reply can forge another. Oldest first. Of quotes the last few lines
// above each answer stay; signatures, attribution lines, quotes that nothing
// answers and footers of lists go; a mail of trailers alone is one line
// ("gave Reviewed-by"). Names and addresses are hidden (People).
//
// Input: hostile mails. Pure: the same replies in any order give the same
// bytes. Bounded by ReplyLimits; what is left out is counted in the text.
// Threads: any.  Tested in tests/review/prompts/replies_test.cc.
#ifndef PATCHMILTER_REVIEW_PROMPTS_REPLIES_H_
#define PATCHMILTER_REVIEW_PROMPTS_REPLIES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "mime/mail.h"
#include "review/prompts/people.h"

namespace patchmilter::review {

struct ThreadReply {
  mime::Address from;      // Mail::author.
  std::int64_t patch = 0;  // That it answers, directly or not; 0: the cover.
  UnixSeconds date = 0;
  std::string message_id;  // Settles the order of equal dates; not shown.
  std::string text;        // Mail::text.
};

struct ReplyLimits {
  std::size_t bytes = 24UL << 10;  // Of the document.
  std::size_t reply_bytes = 4096;  // Of one reply.
  std::size_t quoted_lines = 6;    // Above one answer.
  std::size_t replies = 200;       // The newest are kept.
};

// "" where there are no replies. Put it into a Fence.
std::string CollateReplies(std::vector<ThreadReply> replies, People* people,
                           const ReplyLimits& limits = {});

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_PROMPTS_REPLIES_H_
