// Anchors: made by checks, and turned back into places of a mail.
//
// Input: hostile mails that are already taken apart. Nothing here looks text
// up in a diff (that is diff::FindRun): these name places that are known.
// Threads: any.  Tested in tests/review/gates_test.cc.
#ifndef PATCHMILTER_REVIEW_ANCHOR_H_
#define PATCHMILTER_REVIEW_ANCHOR_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "diff/diff.h"
#include "mime/patch_mail.h"
#include "review/finding.h"

namespace patchmilter::review {

// `count` lines of a hunk, from its line `first` on.
// REQUIRES: they exist.
Anchor AnchorLines(std::int64_t patch, const diff::Diff& diff,
                   std::uint32_t file, std::uint32_t hunk, std::uint32_t first,
                   std::uint32_t count = 1);

// The "@@" line of a hunk: kLines with `hunk` set and a line_count of 0.
Anchor AnchorHunk(std::int64_t patch, const diff::Diff& diff,
                  std::uint32_t file, std::uint32_t hunk);

// The header of a file ("diff --git" to the first "@@"). `quoted` holds the
// one line of it that is meant, or nothing: the first is shown then.
Anchor AnchorFile(std::int64_t patch, const diff::Diff& diff,
                  std::uint32_t file, std::string_view header_line = {});

// Line `text_line` (0-based) of the mail's text, above its diff.
Anchor AnchorMessage(std::int64_t patch, const mime::PatchMail& mail,
                     std::uint32_t text_line);

// For what a patch lacks: the last line of its commit message, or its first
// file where the message has no line, or the series where it has no file.
Anchor AnchorMessageEnd(std::int64_t patch, const mime::PatchMail& mail);

// The place that comes nearest above line `text_line` of the mail's text: a
// line of a hunk, an "@@" line, a file's header.
Anchor AnchorNear(std::int64_t patch, const diff::Diff& diff,
                  std::uint32_t text_line);

// The series: no quote.
Anchor AnchorSeries();

// The lines of `text`, without LF and a CR before it.
std::vector<std::string_view> LinesOf(std::string_view text);

// How many lines of the mail's text stand above its diff: all, where it has
// none.
std::size_t MessageLines(const mime::PatchMail& mail);

// The line on the new side (or the old one, of a removed line) where the
// anchor's first line stands; 0 where it is not known.
std::uint32_t LineNumber(const diff::Diff& diff, const Anchor& anchor);

// The function that the anchor stands in, as far as the mail shows it: the
// last line above it in its hunk that begins a definition, else what follows
// the "@@". A bare name; "" where there is none.
std::string FunctionAt(const diff::Diff& diff, const Anchor& anchor);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ANCHOR_H_
