// A reader of inline comments in a reply to a patch, as b4's "review" reads
// them ("Inline diff comments" and "External inline comments" of its manual,
// maintainer/review.rst): it shares no code with the renderer or with diff/.
//
//  - "> " or ">" in front is a quote; any other line is a comment on the last
//    quoted line above it, or stands before all quotes;
//  - quoted lines before the first quoted "diff --git" or "@@" are the commit
//    message;
//  - quoted "diff --git" sets the file, quoted "@@" the line numbers, and the
//    quoted lines behind it count them on;
//  - a line that is exactly "[ ... ]" is nothing;
//  - quotes of quotes are dropped, and so are blank quoted lines next to a
//    comment;
//  - what stands below "-- " is not read;
//  - at last each place is put right by the text of its line in the patch,
//    without its mark: the nearest one to the counted place where it stands
//    more than once.
// Tested by itself in tests/review/b4_reader_test.cc.
#ifndef PATCHMILTER_TESTS_REVIEW_B4_READER_H_
#define PATCHMILTER_TESTS_REVIEW_B4_READER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace patchmilter::review {

struct InlineComment {
  enum class At { kNowhere, kMessage, kDiff };
  At at = At::kNowhere;  // kNowhere: no quoted line to hang it on.
  std::string path;      // Without a/ or b/; "" for the message.
  long line = 0;         // New side; old side of a removed line.
  std::string quoted;    // The line it hangs on, with its mark.
  std::string text;      // The comment.
};

enum class Resolve {
  kNearest,  // As b4: by the one line.
  kRun,      // By all quoted lines that stand together above the comment.
  kForward,  // Line by line: each quoted line is the next equal one of its
             // hunk.
};

// `body`: the reply's text. `patch`: the text of the mail it answers.
std::vector<InlineComment> ReadInlineComments(std::string_view body,
                                              std::string_view patch,
                                              Resolve resolve);

// A comment that holds several findings, by their "[severity] category:" tags.
std::vector<std::string> SplitByTag(const std::string& text);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_TESTS_REVIEW_B4_READER_H_
