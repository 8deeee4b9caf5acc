// A finding as a claim that can be compared with another: what it says, in
// words, and what it hangs on. By it a finding of a new revision is known as
// one of the revision before.
//
// A claim keeps no prose: a bounded sketch of its words and of the lines that
// it is anchored at, so that what a mail header carries
// (review/finding_mark.h), what the store keeps and what was just found compare
// alike.
//
// Input: findings of any engine and mails, both hostile; linear in them.
// Threads: values.  Tested in tests/review/claim_test.cc; measured on recorded
// reviews by tests/review/repeats.cc.
#ifndef PATCHMILTER_REVIEW_CLAIM_H_
#define PATCHMILTER_REVIEW_CLAIM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "review/engine.h"
#include "review/finding.h"

namespace patchmilter::review {

// Words of one claim. Of a longer text those with the lowest hashes stand for
// all, and of the other text those below the same limit are compared.
inline constexpr std::size_t kMaxClaimWords = 96;
// Lines of its first anchor: the last ones, on which the comment hangs.
inline constexpr std::size_t kMaxClaimLines = 6;
// Of a text's bytes, so many are read for words.
inline constexpr std::size_t kMaxClaimText = 20'000;

// A word by its hash: 15 bits, and the lowest bit set for an identifier
// (written as code is: foo_bar, fooBar, x2, foo()). Stable between versions:
// it stands in archived mails.
using WordMark = std::uint16_t;
inline constexpr WordMark kIdentifierBit = 1;

// A line by the hash of its text without white space, 24 bits.
struct LineMark {
  // What it was in the mail: '+', '-', ' ' of a hunk, 'm' of a message, 'h' of
  // a file's header.
  char kind = ' ';
  std::uint32_t hash = 0;
  bool operator==(const LineMark& other) const = default;
};
inline constexpr std::uint32_t kMaxLineHash = (1U << 24) - 1;

// Of a line with at least four letters or digits; others ("}", "else") say
// nothing and have no mark.
bool IsTelling(std::string_view line);
std::uint32_t HashOfLine(std::string_view line);

struct Claim {
  std::string fingerprint;
  AnchorKind at = AnchorKind::kSeries;
  std::int64_t patch = 0;
  std::string path;
  std::string function;
  std::string category;
  std::string title;
  std::vector<WordMark> title_words;  // ClaimWords of TitleStart(title).
  bool exact = false;                 // Finding::exact.
  std::vector<WordMark> words;        // Sorted, each once.
  std::vector<LineMark> lines;        // In their order in the mail.
};

// Of a finding whose anchors have passed the gate.
Claim ClaimOf(const SeriesUnderReview& series, const Finding& finding);

// The words of a title and an explanation: stems of three letters or more
// without stop words; snippets of code (indented by 4) are left out, since they
// quote the code and claim nothing. Identifiers also count by their parts.
std::vector<WordMark> ClaimWords(std::string_view title,
                                 std::string_view explanation);

// Dice's coefficient of two lists of words, identifiers weighing twice: 0
// (nothing in common, or no words) to 1.
double OverlapOf(const std::vector<WordMark>& a,
                 const std::vector<WordMark>& b);

// What of a title is compared: what a mail header has room for. Cut behind a
// word.
std::string_view TitleStart(std::string_view title);

// How alike two claims are: Dice's coefficient of their words, identifiers
// weighing twice; the titles' own overlap, and whether they stand in one
// function. Symmetric; 0 to 1.36.
double Likeness(const Claim& a, const Claim& b);

// From this likeness on they are one claim. The middle of what labelled pairs
// of recorded reviews bear out; see docs/review.md.
inline constexpr double kSameClaim = 0.51;

// Prose of an engine is compared by likeness; the templates of a check by
// category, file and the lines that they hang on. Symmetric.
bool SameClaim(const Claim& a, const Claim& b);

// Among several that are one claim with `a`, the best has the highest: for
// prose the likeness, and of like ones that which hangs on the same lines.
// Symmetric. REQUIRES: SameClaim(a, b).
double MatchScore(const Claim& a, const Claim& b);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_CLAIM_H_
