// The gates: what a finding must pass before it is printed. Every finding that
// goes in comes out once, with its fate; what falls keeps the gate and the
// reason. See docs/review.md, "Gates".
//
// In this order, each a file of review/gates/: anchor, right-patch,
// pre-existing, later-patch, twice, said-before, threshold, cap, hygiene. The
// severity is settled (computed, capped) before twice compares it.
// Input: findings of any engine (hostile). Threads: any.
// Tested in tests/review/gates_test.cc and gates_severity_test.cc.
#ifndef PATCHMILTER_REVIEW_GATES_H_
#define PATCHMILTER_REVIEW_GATES_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "review/engine.h"
#include "review/finding.h"

namespace patchmilter::review {

// What to do with findings whose fault was there before the series.
enum class PreExisting : std::uint8_t {
  kDrop,  // Counted, and listed by `patchmilter show --dropped`.
  kMail,  // Collected in GatedReview::pre_existing, for a mail of their own.
};

struct GatePolicy {
  Severity min_severity = Severity::kLow;
  double min_confidence = 0.5;
  std::size_t max_per_patch = 5;
  // Findings on the series as a whole: they share one mail.
  std::size_t max_per_series = 10;
  PreExisting pre_existing = PreExisting::kDrop;
  // Two claims under two patches whose words (title and explanation) overlap by
  // this much (WordSet) are one; under one patch they must do so by more, or
  // two faults of one function would count as one.
  double same_claim = 0.35;
  double same_claim_in_patch = 0.45;
};

// What the configuration says of one of its lists: the list's own settings,
// else those of [review].
GatePolicy PolicyOf(const Config& config, const ListConfig& list);

// The gates by their names in Dropped::gate and Fate::gate, in their order, for
// counters and docs.
inline constexpr std::string_view kAnchorGate = "anchor";
inline constexpr std::string_view kRightPatchGate = "right-patch";
inline constexpr std::string_view kPreExistingGate = "pre-existing";
inline constexpr std::string_view kLaterPatchGate = "later-patch";
inline constexpr std::string_view kTwiceGate = "twice";
inline constexpr std::string_view kSaidBeforeGate = "said-before";
inline constexpr std::string_view kThresholdGate = "threshold";
inline constexpr std::string_view kCapGate = "cap";
inline constexpr std::string_view kHygieneGate = "hygiene";

struct GatedReview {
  std::vector<Finding> kept;  // By patch, place, severity.
  // Only with PreExisting::kMail; in the same order. Those whose quote stands
  // in no patch have a path and no place: there is nothing to quote.
  std::vector<Finding> pre_existing;
  // Of the previous revision already, and still so: one line each.
  std::vector<Finding> still_present;
  // All others: those that were merged into another one too.
  std::vector<Dropped> dropped;
  // By input index: what became of each.
  std::vector<Fate> fates;
  // Anchors that were found under another patch than the engine's.
  std::size_t rerouted = 0;

  // How many fell at each gate.
  std::map<std::string, std::size_t> DroppedByGate() const;
};

GatedReview ApplyGates(const SeriesUnderReview& series,
                       std::vector<Finding> findings, const GatePolicy& policy);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_GATES_H_
