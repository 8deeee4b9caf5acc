// The words of touched files: what triggers are matched with.
//
// Input: hostile diffs. Linear but for sorting. Threads: any.
// Tested in tests/review/prompts/trigger_test.cc.
#ifndef PATCHMILTER_REVIEW_PROMPTS_TOUCHED_WORDS_H_
#define PATCHMILTER_REVIEW_PROMPTS_TOUCHED_WORDS_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "review/prompts/touched.h"

namespace patchmilter::review {

// Different words beyond this, of all files together, are not looked at; nor
// longer ones; nor what stands behind so many words of one file.
inline constexpr std::size_t kMaxTouchedWords = 200'000;
inline constexpr std::size_t kMaxTouchedWord = 128;
inline constexpr std::size_t kMaxWordsRead = 1'000'000;

// One file, made ready for matching. Views into a Touched.
struct FileWords {
  std::vector<std::string_view> paths;  // The new one, the old one.
  // Names of directories, and of the files with and without their ending.
  std::vector<std::string_view> components;
  std::vector<std::string_view> identifiers;  // Sorted, each once.
  std::vector<std::string_view> called;       // Those with a "(" behind.
  std::string_view lines;
};

// `touched` is borrowed.
std::vector<FileWords> WordsOf(const Touched& touched);

// What identifiers are made of.
constexpr bool IsWordByte(char c) { return IsAlnumAscii(c) || c == '_'; }

// "b.c" of "a/b.c".
std::string_view LastName(std::string_view path);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_PROMPTS_TOUCHED_WORDS_H_
