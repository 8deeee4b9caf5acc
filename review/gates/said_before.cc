// Gate 6: what was said before is not said again in full. A repeat of the
// previous revision's finding is told in one line; of an earlier round's not at
// all.
#include <string>
#include <utility>

#include "review/gates/walk.h"
#include "review/memory.h"

namespace patchmilter::review {

void SaidBeforeGate(Walk* walk) {
  const Memory* memory = walk->series.memory;
  if (memory == nullptr || memory->empty()) return;
  std::vector<Walking> all = std::move(walk->walking);
  walk->walking.clear();
  for (Walking& walker : all) {
    const Claim claim = ClaimOf(walk->series, walker.finding);
    if (FindRepeat(claim, memory->earlier_rounds)) {
      walk->Drop(std::move(walker), kSaidBeforeGate,
                 "an earlier round of this review says so");
      continue;
    }
    const auto repeat = FindRepeat(claim, memory->previous);
    if (!repeat) {
      walk->walking.push_back(std::move(walker));
      continue;
    }
    const Remembered& said = memory->previous[*repeat];
    walker.finding.since =
        said.mark.since > 0 ? said.mark.since : memory->version;
    std::string reason =
        "the review of v" + std::to_string(memory->version) + " says so";
    walk->StillPresent(std::move(walker), kSaidBeforeGate, std::move(reason));
  }
}

}  // namespace patchmilter::review
