// The gates: what a finding must pass before it is printed. Every drop is kept
// with the gate and the reason. See docs/architecture.md, "Gates".
// Input: findings of any engine (hostile). Threads: any.
#ifndef PATCHMILTER_REVIEW_GATES_H_
#define PATCHMILTER_REVIEW_GATES_H_

#include <vector>

#include "base/config.h"
#include "review/engine.h"
#include "review/finding.h"

namespace patchmilter::review {

struct GatePolicy {
  Severity min_severity = Severity::kLow;
  double min_confidence = 0.5;
  std::size_t max_per_patch = 5;
  bool keep_pre_existing = false;
};

struct GatedReview {
  std::vector<Finding> kept;  // By patch, place, severity.
  std::vector<Dropped> dropped;
};

GatedReview ApplyGates(const SeriesUnderReview& series,
                       std::vector<Finding> findings,
                       const GatePolicy& policy);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_GATES_H_
