// Gate 3: was the fault there before the series? The rule is
// review/novelty.h.
#include <string>
#include <utility>

#include "base/text.h"
#include "review/gates/walk.h"
#include "review/novelty.h"

namespace patchmilter::review {

void PreExistingGate(Walk* walk) {
  std::vector<Walking> all = std::move(walk->walking);
  walk->walking.clear();
  for (Walking& walker : all) {
    const Novelty novelty = WeighNovelty(walk->series, walker.finding);
    if (!novelty.pre_existing()) {
      walk->walking.push_back(std::move(walker));
      continue;
    }
    walker.finding.pre_existing = true;
    walk->SetApart(
        std::move(walker), kPreExistingGate,
        "the fault was there before the series: " + Join(novelty.signs, "; "));
  }
}

}  // namespace patchmilter::review
