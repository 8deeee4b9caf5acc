// Answers of a tree as text that models and people read.
//
// `body` is what the repository or the mails hold, line by line; `status` is
// ours: how much of it this is, the cursor that goes on, and notes. They are
// kept apart because a body is foreign text, which may look like a status.
// Both are valid UTF-8; control characters other than tab (ASCII's and U+0080
// to U+009F) are shown as U+FFFD.
//
// Whoever reads an answer page by page puts the pages together with
// WholeAnswer. Pure. Threads: any. Tested in
// tests/review/tools/answer_text_test.cc.
#ifndef PATCHMILTER_REVIEW_TOOLS_ANSWER_TEXT_H_
#define PATCHMILTER_REVIEW_TOOLS_ANSWER_TEXT_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tree/questions/question.h"

namespace patchmilter::review {

// Which bytes of a patch an answer held, for the coverage receipt.
struct DeliveredBytes {
  std::int64_t patch = 0;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t total = 0;
};

// What a status tells of an answer, in numbers.
struct AnswerExtent {
  enum class Of : std::uint8_t {
    kFile,  // Lines first to last of `total`.
    kEntries,
    kMatches,
    kDefinitions,
    kCommits,
    kBlamed,
    kText,  // Bytes first to last of `total`; 0 where it is not known yet.
  };
  Of of = Of::kText;
  std::string path;         // Of kFile, as it is shown.
  std::string instead;      // What is said of a file that has no lines.
  std::uint64_t count = 0;  // Of what `of` says; of kText lines.
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t total = 0;
  bool inside_line = false;  // The last line goes on.
  tree::Stop stop = tree::Stop::kWhole;
  std::vector<std::string> notes;
  std::vector<tree::CountedNote> counts;
};

// Where a match stands, to tell lines that are apart.
struct ShownPlace {
  std::string path;
  std::uint32_t line = 0;
};

struct AnswerText {
  std::string body;    // Lines, each ended by LF; "" for nothing found.
  std::string status;  // One paragraph, no LF at the end.
  std::string cursor;  // "" where the answer is whole.
  std::optional<DeliveredBytes> delivered;
  AnswerExtent extent;
  // Where the names of a blame's commits begin in `body`, behind its lines.
  std::size_t names_at = std::string::npos;
  // Of matches with context, the first and the last line.
  std::optional<ShownPlace> first;
  std::optional<ShownPlace> last;
};

AnswerText TextOf(const tree::FileAnswer& answer, const std::string& path);
AnswerText TextOf(const tree::ListAnswer& answer);
AnswerText TextOf(const tree::SearchAnswer& answer);
AnswerText TextOf(const tree::DefinitionAnswer& answer);
AnswerText TextOf(const tree::LogAnswer& answer);
AnswerText TextOf(const tree::BlameAnswer& answer);
AnswerText TextOf(const tree::TextAnswer& answer);

// The pages of one answer as one: what is behind one another, said once and
// added up.
class WholeAnswer {
 public:
  // What follows the pages before. It ends in LF but where a line goes on.
  std::string Add(const AnswerText& page);
  // What follows the last page.
  std::string End() const;
  std::string status() const;

 private:
  std::optional<AnswerExtent> extent_;
  std::optional<ShownPlace> last_;
  std::vector<std::string> names_;  // In order.
  std::set<std::string, std::less<>> named_;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_TOOLS_ANSWER_TEXT_H_
