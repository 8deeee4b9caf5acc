// Answers of a tree as text that models and people read.
//
// `body` is what the repository or the mails hold, line by line; `status` is
// ours: how much of it this is, the cursor that goes on, and notes. They are
// kept apart because a body is foreign text, which may look like a status.
// Both are valid UTF-8; control characters other than tab are shown as U+FFFD.
// Pure. Threads: any. Tested in tests/review/tools/answer_text_test.cc.
#ifndef PATCHMILTER_REVIEW_TOOLS_ANSWER_TEXT_H_
#define PATCHMILTER_REVIEW_TOOLS_ANSWER_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "tree/questions/question.h"

namespace patchmilter::review {

// Which bytes of a patch an answer held, for the coverage receipt.
struct DeliveredBytes {
  std::int64_t patch = 0;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t total = 0;
};

struct AnswerText {
  std::string body;    // Lines, each ended by LF; "" for nothing found.
  std::string status;  // One paragraph, no LF at the end.
  std::string cursor;  // "" where the answer is whole.
  std::optional<DeliveredBytes> delivered;
};

AnswerText TextOf(const tree::FileAnswer& answer, const std::string& path);
AnswerText TextOf(const tree::ListAnswer& answer);
AnswerText TextOf(const tree::SearchAnswer& answer);
AnswerText TextOf(const tree::DefinitionAnswer& answer);
AnswerText TextOf(const tree::LogAnswer& answer);
AnswerText TextOf(const tree::BlameAnswer& answer);
AnswerText TextOf(const tree::TextAnswer& answer);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_TOOLS_ANSWER_TEXT_H_
