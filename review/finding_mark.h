// X-Patchmilter-Finding: one finding as a header value, complete enough that
// the memory of what was said can be rebuilt from the archive's mails alone.
//
// The format is stable and documented in docs/review.md, "The finding header":
//   v=1; fp=0123456789abcdef; patch=2; at=lines; path=a/b.c; func=f; line=41;
//   severity=high; category=race; places=1; pre=0; title=…; words=…
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
  std::string title;  // Cut at kMaxMarkTitle bytes.
  std::string words;  // WordSketch of title and explanation.
};

inline constexpr std::size_t kMaxMarkTitle = 160;

// Values are percent-escaped: ASCII, no blanks, no ";". Under 900 bytes.
std::string WriteFindingMark(const FindingMark& mark);

// Nothing where the value is of another version, or has no fingerprint.
std::optional<FindingMark> ReadFindingMark(std::string_view value);

// "lines", "message", "file", "series".
std::string_view AnchorKindName(AnchorKind kind);

// The key words of a claim as a set of 16-bit hashes, as text (base64url, two
// bytes a word, sorted, at most kMaxSketch words: the smallest hashes, so that
// two cut sketches can still be compared).
//
// A key word has three letters, digits or "_" or more, is no stop word, and is
// stemmed lightly (plural and verb endings). Its hash is FNV-1a of 32 bits,
// its halves XORed.
std::string WordSketch(std::string_view text);
inline constexpr std::size_t kMaxSketch = 96;

// Dice's coefficient of two sketches: 0 (nothing in common, or one is no
// sketch) to 1.
double SketchOverlap(std::string_view a, std::string_view b);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_FINDING_MARK_H_
