// Gate 1: a quote that stands nowhere, and none at all, is no finding. The
// look-up itself is review/anchor_gate.h; what it says of patches is for the
// next gate.
#include "review/anchor_gate.h"

#include <algorithm>

#include "review/fingerprint.h"
#include "review/gates/walk.h"

namespace patchmilter::review {

void AnchorGate(Walk* walk) {
  walk->Pass(kAnchorGate, [walk](Walking& walker) -> std::string {
    Finding& finding = walker.finding;
    std::vector<PlacedAnchor> placed;
    bool quoted = false;
    for (const Anchor& anchor : finding.anchors) {
      PlacedAnchor place = PlaceAnchor(walk->series, anchor, finding.function);
      if (place.fate == AnchorFate::kNoQuote) continue;
      quoted = true;
      if (walker.note.empty()) walker.note = place.note;
      if (place.fate != AnchorFate::kAbsent) placed.push_back(std::move(place));
    }
    if (!quoted) return "nothing is quoted";
    walker.absent = placed.empty();
    if (walker.absent) return "";
    // Rendered at the earliest patch that it names.
    std::stable_sort(placed.begin(), placed.end(),
                     [](const PlacedAnchor& a, const PlacedAnchor& b) {
                       return a.anchor.patch < b.anchor.patch;
                     });
    finding.anchors.clear();
    for (PlacedAnchor& place : placed) {
      if (place.fate == AnchorFate::kRerouted) ++walk->review.rerouted;
      finding.anchors.push_back(std::move(place.anchor));
    }
    walker.rerouted = placed.front().fate == AnchorFate::kRerouted;
    finding.fingerprint = FingerprintOf(walk->series, finding);
    return "";
  });
}

}  // namespace patchmilter::review
