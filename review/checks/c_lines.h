// C-like lines of a diff, read one at a time, with just enough understanding
// to tell code from comments and strings.
//
// Input: hostile; any bytes give some answer; linear, no recursion.
// Threads: one reader a thread.  Tested in tests/review/checks_test.cc.
#ifndef PATCHMILTER_REVIEW_CHECKS_C_LINES_H_
#define PATCHMILTER_REVIEW_CHECKS_C_LINES_H_

#include <string>
#include <string_view>
#include <vector>

namespace patchmilter::review {

// Blanks comments, strings and character constants out of consecutive lines
// (of one hunk and one side), each byte by a blank: positions stay.
class CodeReader {
 public:
  std::string Next(std::string_view line);

 private:
  bool in_comment_ = false;
};

struct Word {
  std::size_t begin = 0;
  std::string_view text;
};

// The identifiers in `code`, in order.
std::vector<Word> WordsOf(std::string_view code);

// .c, .h, .cc, .cpp, .hpp, .S, .dts, .dtsi
bool IsCLike(std::string_view path);
bool IsHeader(std::string_view path);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_CHECKS_C_LINES_H_
