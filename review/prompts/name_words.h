// Names as words. Private to review/prompts/. Threads: any.
// Tested in tests/review/prompts/people_test.cc.
#ifndef PATCHMILTER_REVIEW_PROMPTS_NAME_WORDS_H_
#define PATCHMILTER_REVIEW_PROMPTS_NAME_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace patchmilter::review {

// What names are made of: letters, also those that are not ASCII, and what
// joins them.
constexpr bool IsNameByte(char c) {
  return IsAlnumAscii(c) || c == '\'' || c == '-' || c == '.' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// "jane", "roe" of "Jane Roe", "\"Roe, Jane\"" and "Jane  ROE".
std::vector<std::string> NameWords(std::string_view name);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_PROMPTS_NAME_WORDS_H_
