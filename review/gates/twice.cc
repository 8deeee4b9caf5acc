// Gate 5: a claim that stands twice becomes one with more places.
#include <algorithm>
#include <string>
#include <utility>

#include "review/fingerprint.h"
#include "review/gates/walk.h"

namespace patchmilter::review {

namespace {

std::string WordsOf(const Finding& finding) {
  return finding.title + " " + finding.explanation;
}

bool SameClaim(const Walk& walk, const Finding& a, const Finding& b) {
  if (a.exact || b.exact) {
    // A template's words say nothing: the same check at the same lines.
    return a.category == b.category && a.fingerprint == b.fingerprint &&
           a.anchors.front().patch == b.anchors.front().patch &&
           a.title == b.title;
  }
  return WordOverlap(WordsOf(a), WordsOf(b)) >= walk.policy.same_claim;
}

}  // namespace

void TwiceGate(Walk* walk) {
  std::vector<Walking> all = std::move(walk->walking);
  walk->walking.clear();
  for (Walking& walker : all) {
    auto same =
        std::find_if(walk->walking.begin(), walk->walking.end(),
                     [&](const Walking& earlier) {
                       return SameClaim(*walk, earlier.finding, walker.finding);
                     });
    if (same == walk->walking.end()) {
      walk->walking.push_back(std::move(walker));
      continue;
    }
    Finding& earlier = same->finding;
    const std::int64_t patch = earlier.anchors.front().patch;
    const bool same_patch = patch == walker.finding.anchors.front().patch;
    for (const Anchor& anchor : walker.finding.anchors) {
      earlier.anchors.push_back(anchor);
    }
    earlier.severity = std::max(earlier.severity, walker.finding.severity);
    walk->Merge(std::move(walker), kTwiceGate,
                same_patch ? "the same claim stands in this patch already"
                           : "the same claim stands under patch " +
                                 std::to_string(patch),
                earlier.input);
  }
}

}  // namespace patchmilter::review
