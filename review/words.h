// Words of foreign text, made harmless: what a tool would act on, wherever in
// a line it stands. Part of the text hygiene (review/hygiene.h); included by
// review/*.cc only.
//
// Made plain here, by form where a form is known, else by name:
//  - keys of trailers (git-interpret-trailers(1), b4's find_trailers,
//  patchwork)
//    lose their colon: "…-by", "fixes", "link", …; also in comments of code,
//    behind odd marks, with letters that only look like Latin ones;
//  - commands of bots: "#word", "/word", "name-bot:", "@name", "Closes #1";
//  - links, addresses, long runs of data, scissors.
// Input: a line of valid UTF-8 that has passed CleanCharacters. Linear.
// Threads: any.  Tested in tests/review/hygiene_test.cc.
#ifndef PATCHMILTER_REVIEW_WORDS_H_
#define PATCHMILTER_REVIEW_WORDS_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace patchmilter::review {

enum class TextKind : std::uint8_t {
  kProse,  // May be wrapped: any word may come to begin a line.
  kCode,   // Keeps its lines: what is harmless inside a line stays.
};

// All words of `line`; the blanks between them stay. Until nothing changes,
// since what is taken away can make a trailer or a link of what was none.
std::string DefuseLine(std::string_view line, TextKind kind);

// Keys that git, b4, patchwork or a bot read in front of a colon.
bool IsTrailerKey(std::string_view key);

// git mailinfo cuts a mail at such a line (is_scissors_line() of mailinfo.c,
// a little wider).
bool ScissorsLine(std::string_view line);

// Puts a blank in each mark of such a line, wherever its marks stand; false,
// and nothing changed, for any other.
bool BreakScissors(std::string* line);

// "# name …" that is no directive of the C preprocessor and no property of a
// device tree: the form of a bot's command.
bool HashCommand(std::string_view word);

// "/name": one word of letters and dashes behind a slash, no path.
bool SlashCommand(std::string_view word);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_WORDS_H_
