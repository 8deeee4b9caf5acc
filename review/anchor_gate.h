// The first two gates: where does a finding's quote stand?
//
// A quote is looked up as a run of lines (diff::FindRun), exact but for blanks
// at line ends; marks that the engine has left in front are repaired from the
// patch, never taken from the engine. Also accepted: lines of the commit
// message and of the notes, lines of a file's header, "@@" lines compared by
// their form. A run that stands in another patch of the series is moved there.
//
// Input: findings of any engine (hostile); all indices are checked.
// Threads: any.  Tested in tests/review/gates_test.cc.
#ifndef PATCHMILTER_REVIEW_ANCHOR_GATE_H_
#define PATCHMILTER_REVIEW_ANCHOR_GATE_H_

#include <string>

#include "review/engine.h"
#include "review/finding.h"

namespace patchmilter::review {

enum class AnchorFate : std::uint8_t {
  kFound,     // As the engine said (the place may have been filled in).
  kRepaired,  // Found with other marks, or as the end of the quoted run.
  kRerouted,  // Found in another patch.
  kNoQuote,   // Nothing is quoted: no anchor.
  kAbsent,    // Stands in no mail of the series.
};

struct PlacedAnchor {
  AnchorFate fate = AnchorFate::kAbsent;
  Anchor anchor;     // With path, indices and `quoted` copied from the mail.
  std::string note;  // For a person: what was repaired, what comes near; or "".
};

PlacedAnchor PlaceAnchor(const SeriesUnderReview& series, const Anchor& anchor);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ANCHOR_GATE_H_
