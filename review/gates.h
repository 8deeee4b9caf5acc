// The gates: what a finding must pass before it is printed. Every drop is kept
// with the gate and the reason. See docs/architecture.md, "Gates".
//
// In this order: anchor (with the right patch), pre-existing, later-patch,
// twice, threshold, hygiene, cap. Each is a function of its own in gates.cc;
// "said before" (the memory of the previous revision) will stand after twice.
// Input: findings of any engine (hostile). Threads: any.
// Tested in tests/review/gates_test.cc.
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

struct GatePolicy {
  Severity min_severity = Severity::kLow;
  double min_confidence = 0.5;
  std::size_t max_per_patch = 5;
  // Findings on the series as a whole: they share one mail.
  std::size_t max_per_series = 10;
  bool keep_pre_existing = false;
  // Two claims whose words overlap by this much (WordOverlap) are one.
  double same_claim = 0.35;
};

// The gates by their names in Dropped::gate, for counters and docs.
inline constexpr std::string_view kAnchorGate = "anchor";
inline constexpr std::string_view kPreExistingGate = "pre-existing";
inline constexpr std::string_view kLaterPatchGate = "later-patch";
inline constexpr std::string_view kTwiceGate = "twice";
inline constexpr std::string_view kThresholdGate = "threshold";
inline constexpr std::string_view kHygieneGate = "hygiene";
inline constexpr std::string_view kCapGate = "cap";

struct GatedReview {
  std::vector<Finding> kept;  // By patch, place, severity.
  std::vector<Dropped> dropped;
  // Anchors that were found under another patch than the engine's.
  std::size_t rerouted = 0;

  // How many fell at each gate.
  std::map<std::string, std::size_t> DroppedByGate() const;
};

GatedReview ApplyGates(const SeriesUnderReview& series,
                       std::vector<Finding> findings, const GatePolicy& policy);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_GATES_H_
