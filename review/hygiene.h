// Text hygiene: the one place that every byte passes which is not ours and
// stands in the body of a review mail outside a quote: a model's prose, but
// also subjects, names and paths of the mails under review.
//
// What must not come out, whatever goes in (docs/architecture.md, "Hygiene"):
//  - a line that git or b4 takes for a trailer (git-interpret-trailers(1);
//    b4's LoreMessage.find_trailers), also indented;
//  - commands of bots (#syz, pw-bot:, #regzbot, #bugspray, /test …);
//  - scissors, a stray "-- ", an unquoted "diff --git", "---", "+++" or "@@",
//    "From " or ">" at the start of a line;
//  - links, addresses, control, bidi and zero-width characters, long
//    base64-like runs, markdown, bytes that are not UTF-8;
//  - outside code, a line of more columns than asked for.
// Snippets of code (indented by four or a tab, or fenced) keep their lines.
//
// Input: hostile; linear in its size; no recursion. Threads: any.
// Tested in tests/review/hygiene_test.cc: cases, and a property test with a
// hostile generator and an oracle of its own.
#ifndef PATCHMILTER_REVIEW_HYGIENE_H_
#define PATCHMILTER_REVIEW_HYGIENE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace patchmilter::review {

// The width of a mail's own lines, in columns.
inline constexpr std::size_t kMailColumns = 76;
// No line of ours has more, quotes apart.
inline constexpr std::size_t kMaxColumns = 78;
// Prose beyond this is cut, in bytes.
inline constexpr std::size_t kMaxProse = 16UL << 10;
// A quoted line beyond this is cut, in bytes (a mail's line may have 998).
inline constexpr std::size_t kMaxQuotedLine = 900;

// Columns of UTF-8 text on a terminal: wide characters count two, a tab counts
// to the next multiple of eight.
std::size_t Columns(std::string_view text);

// One line from foreign text, cut at `max_columns` with "..." at its end. May
// be empty. Fit to stand inside a line of ours, also between quotation marks,
// not alone at its start.
std::string CleanLine(std::string_view text, std::size_t max_columns = 200);

// A finding's title: CleanLine without markdown and without a dot at its end.
std::string CleanTitle(std::string_view text, std::size_t max_columns = 200);

// Prose and snippets, as lines of at most `columns` (code: kMaxColumns),
// without line ends; no empty line at either end.
std::vector<std::string> CleanProse(std::string_view text,
                                    std::size_t columns = kMailColumns);

// A line of the mail under review, to stand behind "> ": unchanged but for
// control, bidi and zero-width characters and bad UTF-8, which become U+FFFD,
// and for its length.
std::string CleanQuote(std::string_view line);

// A Message-ID to stand between <>: printable ASCII without <> and blanks; ""
// where nothing is left or it has more than 250 bytes.
std::string CleanMessageId(std::string_view id);

// Breaks our own text (already clean) into lines, `first` in front of the
// first line, `rest` in front of the others. Never begins a line with a word
// that may not stand there.
std::vector<std::string> WrapWords(std::string_view text, std::size_t columns,
                                   std::string_view first = "",
                                   std::string_view rest = "");

// A path or an id as a footer line "Key: value": folded where it is too long,
// behind a "/" if it can be (a phrase search does not mind).
std::vector<std::string> FoldFooter(std::string_view key,
                                    std::string_view value);

// The last net, behind everything else: whether `line` (unquoted, above the
// signature) must not stand in a mail of ours. The renderer leaves such a line
// out and CHECKs nothing: a missing line is better than a forged trailer.
bool ForbiddenLine(std::string_view line);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_HYGIENE_H_
