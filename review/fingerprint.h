// Fingerprint: a finding's identity across rounds and revisions, and the word
// overlap by which two claims are compared.
//
// Made of path, function, category and the line that the finding hangs on with
// its neighbours (the nearest line above and below that is not blank), white
// space apart. How much an engine quotes makes no difference, and neither do
// moved lines, other hunk numbers and renumbered patches; it changes when the
// code does. Two claims at one line share it: their words tell them apart.
// Threads: any.  Tested in tests/review/fingerprint_test.cc.
#ifndef PATCHMILTER_REVIEW_FINGERPRINT_H_
#define PATCHMILTER_REVIEW_FINGERPRINT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "review/engine.h"
#include "review/finding.h"

namespace patchmilter::review {

// 16 hexadecimal digits. Of a finding whose anchors have passed the gate.
std::string FingerprintOf(const SeriesUnderReview& series,
                          const Finding& finding);

// The words of a text (three letters or more, stop words left out), made once
// where a text is compared with many.
class WordSet {
 public:
  explicit WordSet(std::string_view text);

  std::size_t size() const { return words_.size(); }
  // Dice's coefficient: 0 (nothing in common) to 1.
  double Overlap(const WordSet& other) const;

 private:
  std::vector<std::size_t> words_;  // Hashes, sorted, each once.
};

// Title and explanation: the words that a finding is compared by.
WordSet WordsOf(const Finding& finding);

double WordOverlap(std::string_view a, std::string_view b);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_FINGERPRINT_H_
