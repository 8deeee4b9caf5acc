// Where does a finding's quote stand? The look-up of the first two gates.
//
// A quote is looked up as a run of lines (diff/find_run.h) that hangs on its
// last one: that line must stand in the mail as it is, but for trailing blanks;
// marks that the engine has left in front are repaired from the patch, never
// taken from the engine; lines above may be left out, or be invented, as long
// as something telling is found. Also accepted: lines of the commit message and
// of the notes (review/message_quote.h), lines of a file's header, "@@" lines
// compared by their form; "index" lines are passed over. A run that stands in
// no line of its patch, and in another patch of the series, is moved there. A
// quote of the cover letter, under patch 0, is about the series.
//
// Input: findings of any engine (hostile); all indices are checked.
// Threads: any.  Tested in tests/review/anchor_gate_test.cc.
#ifndef PATCHMILTER_REVIEW_ANCHOR_GATE_H_
#define PATCHMILTER_REVIEW_ANCHOR_GATE_H_

#include <string>

#include "review/engine.h"
#include "review/finding.h"

namespace patchmilter::review {

enum class AnchorFate : std::uint8_t {
  kFound,     // As the engine said (the place may have been filled in).
  kRepaired,  // Found with other marks or another file, or in part.
  kRerouted,  // Found in another patch.
  kNoQuote,   // Nothing is quoted: no anchor.
  kAbsent,    // Stands in no mail of the series.
};

struct PlacedAnchor {
  AnchorFate fate = AnchorFate::kAbsent;
  // With path, indices and `quoted` copied from the mail; of kNoQuote and
  // kAbsent as the engine gave it.
  Anchor anchor;
  std::string note;  // For a person: what was repaired, what comes near; or "".
};

// `function`: the one that the engine says the place is in, or "": decides
// between places that fit equally well.
PlacedAnchor PlaceAnchor(const SeriesUnderReview& series, const Anchor& anchor,
                         const std::string& function = "");

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ANCHOR_GATE_H_
