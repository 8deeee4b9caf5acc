// Gate 4: what a later patch of the series puts right needs no word, as long as
// that patch is there.
#include <string>

#include "review/gates/walk.h"

namespace patchmilter::review {

void LaterPatchGate(Walk* walk) {
  walk->Pass(kLaterPatchGate, [walk](const Walking& walker) -> std::string {
    if (!walker.finding.fixed_by_patch) return "";
    const std::int64_t later = *walker.finding.fixed_by_patch;
    if (walk->series.patches.count(later) == 0 ||
        walker.finding.anchors.front().patch >= later) {
      return "";  // Not so: the claim stands by itself.
    }
    return "patch " + std::to_string(later) + " of the series puts it right";
  });
}

}  // namespace patchmilter::review
