// What of one reply is worth reading: its answers, each with the end of what it
// answers; or, where it gives trailers and no more, which.
//
// Input: the text of a hostile mail. Linear. Threads: any.
// Tested in tests/review/prompts/replies_test.cc.
#ifndef PATCHMILTER_REVIEW_PROMPTS_REPLY_TEXT_H_
#define PATCHMILTER_REVIEW_PROMPTS_REPLY_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace patchmilter::review {

struct ReplyText {
  std::vector<std::string> lines;  // Without attribution and signature.
  // Keys of trailers, where the reply has nothing else to say.
  std::vector<std::string> given;
};

// `quoted`: how many quoted lines stay above an answer.
ReplyText ReadReply(std::string_view text, std::size_t quoted);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_PROMPTS_REPLY_TEXT_H_
