// The lines of a mail: which may not stand, where words may be broken, how
// columns are cut. Part of the text hygiene (review/hygiene.h, which has the
// face of it: WrapWords, FoldFooter, ForbiddenLine); included by review/*.cc
// only.
// Input: text whose words are clean (review/words.h). Linear. Threads: any.
// Tested in tests/review/hygiene_test.cc.
#ifndef PATCHMILTER_REVIEW_LAYOUT_H_
#define PATCHMILTER_REVIEW_LAYOUT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace patchmilter::review {

// What stands in front of a line that would mean something to a tool.
inline constexpr std::string_view kGuard = "| ";

// A word that is kept on the line of the word before it, because a line that
// begins with it would be a quote, a diff, a list, a trailer, a command.
bool DangerousStart(std::string_view word);

// A line that needs kGuard.
bool DangerousLine(std::string_view line);

// Nothing but marks: "---", "***", "====", "-- ".
bool OnlyMarks(std::string_view line);

// `line` in pieces of at most `columns`; `rest_indent` in front of all but the
// first.
std::vector<std::string> Chop(std::string_view line, std::size_t columns,
                              std::string_view rest_indent);

// `text` cut at `max_columns`, with " ..." at its end where it was longer.
std::string CutColumns(std::string_view text, std::size_t max_columns);

// Makes a line that would mean something to a tool mean nothing: with kGuard in
// front of its text (behind `start`), a blank in scissors.
void MakeSafe(std::string* line, std::size_t start = 0);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_LAYOUT_H_
