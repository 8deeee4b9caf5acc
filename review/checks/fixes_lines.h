// The lines of a commit message that name commits which it fixes.
//
// Wherever they stand in it, not only in the block of trailers at its end: many
// people leave a blank line between the tag and their sign-off, and scripts
// read it all the same. Input: the message of a hostile mail. Linear. Pure.
// Threads: any. Tested in tests/review/fixes_lines_test.cc.
#ifndef PATCHMILTER_REVIEW_CHECKS_FIXES_LINES_H_
#define PATCHMILTER_REVIEW_CHECKS_FIXES_LINES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mime/patch_mail.h"

namespace patchmilter::review {

struct FixesLine {
  std::string value;  // Behind "Fixes:", with indented lines that follow.
  // The same, with what a mail program has wrapped at the left edge.
  std::string whole;
  std::uint32_t text_line = 0;  // 0-based, in Mail::text.
};

// Lines that begin with "Fixes:" and digits of an id ("commit" may stand in
// between).
std::vector<FixesLine> FixesLinesOf(const mime::PatchMail& patch);

// A commit that such a line names.
struct FixesTarget {
  std::string id;       // 7 to 40 digits, as written, in lower case.
  bool quoted = false;  // (" stands behind it.
  // What may be meant by its subject: all that ends in ") where there are
  // several, the shortest first; at most kMaxSubjects. None where it has
  // another form.
  std::vector<std::string> subjects;
};
inline constexpr std::size_t kMaxSubjects = 16;

// One, or several on one line: A ("S"), B ("T"). None for what names something
// else: digits alone are a bug's number, and behind an id stands a blank.
std::vector<FixesTarget> FixesTargets(std::string_view whole);

// Length of the id at the front of `text`: hexadecimal digits, a letter among
// them, and behind them a blank, a bracket or the end; 0 where there is none of
// at least `least`.
std::size_t IdLength(std::string_view text, std::size_t least);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_CHECKS_FIXES_LINES_H_
