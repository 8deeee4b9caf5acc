// Gate 2: the patch that holds the quote is the right one, whatever the engine
// says. What stands in none is code outside the diff: pre-existing at best,
// and only where the engine says so itself.
#include <utility>

#include "review/gates/walk.h"
#include "review/novelty.h"

namespace patchmilter::review {

void RightPatchGate(Walk* walk) {
  std::vector<Walking> all = std::move(walk->walking);
  walk->walking.clear();
  for (Walking& walker : all) {
    if (!walker.absent) {
      walk->walking.push_back(std::move(walker));
      continue;
    }
    std::string reason = "the quoted lines stand in no mail of the series";
    if (!walker.note.empty()) reason += "; " + walker.note;
    if (WeighNovelty(walk->series, walker.finding).pre_existing()) {
      walk->SetApart(std::move(walker), kRightPatchGate, std::move(reason));
    } else {
      walk->Drop(std::move(walker), kRightPatchGate, std::move(reason));
    }
  }
}

}  // namespace patchmilter::review
