// Fingerprint: a finding's identity across rounds and revisions, and the word
// overlap by which two claims are compared.
//
// Made of path, function, category and the anchor's lines with their
// neighbours, white space apart: it survives moved lines and renumbered
// patches, and changes when the code does.
// Threads: any.  Tested in tests/review/gates_test.cc.
#ifndef PATCHMILTER_REVIEW_FINGERPRINT_H_
#define PATCHMILTER_REVIEW_FINGERPRINT_H_

#include <string>
#include <string_view>

#include "review/engine.h"
#include "review/finding.h"

namespace patchmilter::review {

// 16 hexadecimal digits. Of a finding whose anchors have passed the gate.
std::string FingerprintOf(const SeriesUnderReview& series,
                          const Finding& finding);

// Dice's coefficient of the sets of words (three letters or more, stop words
// left out) of two texts: 0 (nothing in common) to 1.
double WordOverlap(std::string_view a, std::string_view b);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_FINGERPRINT_H_
