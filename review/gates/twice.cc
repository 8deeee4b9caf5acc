// Gate 5: a claim that stands twice becomes one with more places, at the
// earliest of them.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "review/fingerprint.h"
#include "review/gates/walk.h"

namespace patchmilter::review {

namespace {

// Of few words, some are shared by chance: nearly all must be.
constexpr std::size_t kFewWords = 8;
constexpr double kFewWordsShare = 0.8;

struct Claim {
  Walking walker;
  WordSet words;
  std::int64_t patch = 0;
};

// An engine that reads patch by patch says one thing in other words each time;
// what it says twice of one patch it mostly means twice, so more is asked for.
bool SameClaim(const GatePolicy& policy, const Claim& a, const Claim& b) {
  const Finding& first = a.walker.finding;
  const Finding& second = b.walker.finding;
  const bool same_patch = a.patch == b.patch;
  if (first.exact || second.exact) {
    // A template's words say nothing: the same check at the same lines.
    return first.category == second.category &&
           first.fingerprint == second.fingerprint && same_patch &&
           first.title == second.title;
  }
  double least = same_patch ? policy.same_claim_in_patch : policy.same_claim;
  if (std::min(a.words.size(), b.words.size()) < kFewWords) {
    least = std::max(least, kFewWordsShare);
  }
  return a.words.Overlap(b.words) >= least;
}

void AddPlaces(const Finding& from, Finding* to) {
  for (const Anchor& anchor : from.anchors) {
    const bool there = std::any_of(
        to->anchors.begin(), to->anchors.end(), [&](const Anchor& known) {
          return known.patch == anchor.patch && known.file == anchor.file &&
                 known.hunk == anchor.hunk &&
                 known.text_line == anchor.text_line &&
                 known.first_line.value_or(0) + known.line_count ==
                     anchor.first_line.value_or(0) + anchor.line_count;
        });
    if (!there) to->anchors.push_back(anchor);
  }
  to->severity = std::max(to->severity, from.severity);
  to->confidence = std::max(to->confidence, from.confidence);
}

}  // namespace

void TwiceGate(Walk* walk) {
  std::vector<Walking> all = std::move(walk->walking);
  walk->walking.clear();
  std::vector<Claim> claims;
  for (Walking& walker : all) {
    WordSet words = WordsOf(walker.finding);
    const std::int64_t patch = walker.finding.anchors.front().patch;
    Claim claim{std::move(walker), std::move(words), patch};
    const auto same =
        std::find_if(claims.begin(), claims.end(), [&](const Claim& earlier) {
          return SameClaim(walk->policy, earlier, claim);
        });
    if (same == claims.end()) {
      claims.push_back(std::move(claim));
      continue;
    }
    Finding& earlier = same->walker.finding;
    AddPlaces(claim.walker.finding, &earlier);
    walk->Merge(std::move(claim.walker), kTwiceGate,
                same->patch == patch
                    ? "the same claim stands in this patch already"
                    : "the same claim stands under patch " +
                          std::to_string(same->patch),
                earlier.input);
  }
  for (Claim& claim : claims) walk->walking.push_back(std::move(claim.walker));
}

}  // namespace patchmilter::review
