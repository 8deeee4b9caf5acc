// X-Patchmilter-Finding: one finding as a header value, complete enough that
// the memory of what was said can be rebuilt from the archive's mails alone.
//
// The format is stable and documented in docs/review.md, "The finding header":
//   v=1; fp=0123456789abcdef; patch=2; at=lines; path=a/b.c; func=f; line=41;
//   severity=high; category=race; places=1; pre=0; exact=0; since=1; title=…;
//   lines=…; words=…
// Readers take unknown parameters for nothing and missing ones for their
// defaults, so that later versions can add some.
//
// Input of the reader: hostile (a mail of the archive). Threads: any.
// Tested in tests/review/finding_mark_test.cc.
#ifndef PATCHMILTER_REVIEW_FINDING_MARK_H_
#define PATCHMILTER_REVIEW_FINDING_MARK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "review/claim.h"
#include "review/engine.h"
#include "review/finding.h"

namespace patchmilter::review {

inline constexpr std::string_view kFindingHeader = "X-Patchmilter-Finding";
inline constexpr int kFindingMarkVersion = 1;

struct FindingMark {
  std::string fingerprint;  // 16 hexadecimal digits.
  std::int64_t patch = 0;   // 0: the series.
  AnchorKind at = AnchorKind::kSeries;
  std::string path;
  std::string function;
  std::uint32_t line = 0;  // 0: not known.
  Severity severity = Severity::kLow;
  std::string category;
  std::size_t places = 1;  // The first of them is the one above.
  bool pre_existing = false;
  std::string title;       // Cut at kMaxMarkTitle bytes.
  bool exact = false;      // Finding::exact.
  std::int64_t since = 0;  // The revision that was told first; 0: not known.
  std::string words;       // WordText of its claim's words.
  std::vector<LineMark> lines;  // Each its kind and four digits of base64url.
};

inline constexpr std::size_t kMaxMarkTitle = 160;

// For a parameter of a header of ours: a byte that could end it, or is not
// plain, as %XX; at most `max_bytes`, never cut inside one.
inline constexpr std::size_t kMaxParameter = 240;
std::string EscapedParameter(std::string_view value,
                             std::size_t max_bytes = kMaxParameter);

// Values are percent-escaped: ASCII, no blanks, no ";". Under 900 bytes.
std::string WriteFindingMark(const FindingMark& mark);

// Nothing where the value is of another version, or has no fingerprint.
std::optional<FindingMark> ReadFindingMark(std::string_view value);

// "lines", "message", "file", "series".
std::string_view AnchorKindName(AnchorKind kind);

// The words of a claim as text: two bytes each, base64url, in their order. ""
// for none.
std::string WordText(const std::vector<WordMark>& words);
// [] for what is no such text, or is longer than a claim can be.
std::vector<WordMark> WordsOfText(std::string_view text);

// WordText of ClaimWords of a text, and their OverlapOf.
std::string WordSketch(std::string_view text);
double SketchOverlap(std::string_view a, std::string_view b);

// What a finding of this series leaves behind.
FindingMark MarkOf(const SeriesUnderReview& series, const Finding& finding);

// What is compared of it.
Claim ClaimOf(const FindingMark& mark);

// The marks in the headers of one of our mails, at most kMaxMarksInMail; []
// for a mail without "X-Patchmilter:". `raw` is hostile: whoever can write to
// the archive can write marks, and wins no more than a wrong "still present".
std::vector<FindingMark> MarksOfMail(std::string_view raw);
inline constexpr std::size_t kMaxMarksInMail = 200;

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_FINDING_MARK_H_
