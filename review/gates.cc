#include "review/gates.h"

#include <utility>

#include "review/gates/walk.h"

namespace patchmilter::review {

std::map<std::string, std::size_t> GatedReview::DroppedByGate() const {
  std::map<std::string, std::size_t> counts;
  for (const Dropped& drop : dropped) ++counts[drop.gate];
  return counts;
}

GatedReview ApplyGates(const SeriesUnderReview& series,
                       std::vector<Finding> findings,
                       const GatePolicy& policy) {
  Walk walk(series, policy, std::move(findings));
  AnchorGate(&walk);
  RightPatchGate(&walk);
  PreExistingGate(&walk);
  LaterPatchGate(&walk);
  SettleSeverity(&walk);
  walk.Sort();  // So that the earliest place of a claim is the one that stays.
  TwiceGate(&walk);
  SaidBeforeGate(&walk);
  ThresholdGate(&walk);
  CapGate(&walk);
  HygieneGate(&walk);
  return walk.Finish();
}

}  // namespace patchmilter::review
