// Gate 9: a finding of whose text nothing is left behind the text hygiene is
// none.
#include "review/hygiene.h"

#include "review/gates/walk.h"

namespace patchmilter::review {

void HygieneGate(Walk* walk) {
  walk->Pass(kHygieneGate, [](const Walking& walker) -> std::string {
    return CleanProse(walker.finding.explanation).empty() &&
                   CleanLine(walker.finding.title).empty()
               ? "no text is left of it"
               : "";
  });
}

}  // namespace patchmilter::review
