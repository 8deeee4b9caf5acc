// Where quoted lines stand in a diff.
//
// Engines quote: lines of a diff with or without their marks, some left out
// ("[ ... ]", or silently), some invented. A quote hangs on its last line, and
// that one must stand in the diff as it is, trailing blanks apart; the lines in
// front of it say which of several places is meant. One line's text is unique
// for three quotes of four, the run of lines for nearly all.
//
// Input: both sides hostile. Cost: linear in the diff, and for at most
// kMaxCandidates places a walk over the quote. Threads: any.
// Tested in tests/diff/find_run_test.cc.
#ifndef PATCHMILTER_DIFF_FIND_RUN_H_
#define PATCHMILTER_DIFF_FIND_RUN_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "diff/diff.h"

namespace patchmilter::diff {

// What a quoted line is, by its form alone.
enum class QuotedKind : std::uint8_t {
  kText,
  kBlank,       // Nothing, or a mark and nothing.
  kGap,         // "[ ... ]", "...": lines are left out here.
  kHunkLine,    // "@@ -1,2 +3,4 @@ …"
  kFileHeader,  // "diff --git …", "+++ b/…", "new file mode …"
  kIndexLine,   // "index 1234567..89abcde 100644": differs where applied anew.
  kCarets,      // "    ^^^^" below a line, to point at a part of it.
};
QuotedKind KindOfQuoted(std::string_view line);

// A line with eight letters or digits says something; "}" and "else {" stand
// everywhere.
bool IsTelling(std::string_view line);

struct Place {
  std::uint32_t file = 0;
  std::uint32_t hunk = 0;
  std::uint32_t line = 0;  // Index of the first line in the hunk.
};

// One place that a quote fits.
struct RunMatch {
  Place place;
  // Lines of the hunk from `place` on that the quote ends with, in one piece.
  std::uint32_t count = 0;
  // Of the quoted lines that are not blank: found here, and not.
  std::uint32_t matched = 0;
  std::uint32_t missed = 0;
  std::uint32_t wrong_marks = 0;  // Found, quoted with another mark.
  bool telling = false;           // One of those found is (IsTelling).
  bool at_header = false;  // An "@@" line is quoted, and it is this hunk's.
};

// What an engine says of the place: decides where the lines do not.
struct RunHint {
  std::string_view path;  // "" where it says nothing.
  std::optional<std::uint32_t> hunk;
  std::optional<bool> new_side;
};

// Places looked at; of a line that stands more often, those in the file that
// the hint names come first.
inline constexpr std::size_t kMaxCandidates = 4096;

// The places that hold the quote's last line of text, the best first: the most
// lines found, then the file, marks, side and hunk that are named, then the
// order of the diff. At most `limit`. Nothing where the quote's last line is
// not text, or stands nowhere.
std::vector<RunMatch> FindRun(const Diff& diff,
                              const std::vector<std::string_view>& quote,
                              const RunHint& hint = {}, std::size_t limit = 16);

// The "@@" line that `quoted` means, in a file of this path: the same line,
// else one of the same form (numbers and function names differ where a patch
// was applied elsewhere): equal counts, equal function, the hinted one, the
// first. `line` of the place is 0.
std::optional<Place> FindHunkLine(const Diff& diff, std::string_view quoted,
                                  const RunHint& hint);

// How a line that does not stand in the diff comes near one that does.
enum class NearKind : std::uint8_t { kWhiteSpace, kCutOff, kSimilar };
struct NearLine {
  Place place;
  NearKind kind = NearKind::kSimilar;
};
// For a report, never for print. Looks at the first 20,000 lines of the diff.
std::optional<NearLine> FindNear(const Diff& diff, std::string_view quoted);

}  // namespace patchmilter::diff

#endif  // PATCHMILTER_DIFF_FIND_RUN_H_
