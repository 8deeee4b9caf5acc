// Markdown as models write it, as plain text. Part of the text hygiene
// (review/hygiene.h); included by review/*.cc only.
// Input: text that has passed CleanCharacters. Linear. Threads: any.
// Tested in tests/review/hygiene_test.cc.
#ifndef PATCHMILTER_REVIEW_MARKDOWN_H_
#define PATCHMILTER_REVIEW_MARKDOWN_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace patchmilter::review {

// Emphasis, code ticks, links, HTML tags and entities of a paragraph: their
// text. What stands between ticks is otherwise left alone, and "**" without a
// partner is C.
std::string WithoutMarkdown(std::string_view paragraph);

// How long the list mark in front of `line` is: "- ", "* ", "12. ", with the
// box of a task list behind it; 0: none.
std::size_t ListMark(std::string_view line);

// How long the mark of a heading is: "## "; 0: none.
std::size_t HeadingMark(std::string_view line);

// "```" or "~~~", and what follows it.
bool IsFence(std::string_view line);

// A row of a table: begins with "|" and has another one. Its cells, "; "
// between them; "" for the row of dashes.
bool IsTableRow(std::string_view line);
std::string TableRow(std::string_view line);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_MARKDOWN_H_
