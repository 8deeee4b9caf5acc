#include "review/gates.h"

#include <utility>

#include "review/gates/walk.h"

namespace patchmilter::review {

std::map<std::string, std::size_t> GatedReview::DroppedByGate() const {
  std::map<std::string, std::size_t> counts;
  for (const Dropped& drop : dropped) ++counts[drop.gate];
  return counts;
}

GatePolicy PolicyOf(const Config& config, const ListConfig& list) {
  const ReviewConfig& all = config.review;
  const auto number = [](std::int64_t own, std::int64_t of_all) {
    return own >= 0 ? own : of_all;
  };
  const auto word = [](const std::string& own, const std::string& of_all) {
    return own.empty() ? of_all : own;
  };
  GatePolicy policy;
  policy.min_severity = ParseSeverity(word(list.min_severity, all.min_severity))
                            .value_or(Severity::kLow);
  policy.min_confidence =
      static_cast<double>(number(list.min_confidence, all.min_confidence)) /
      100;
  policy.max_per_patch = static_cast<std::size_t>(
      number(list.max_findings_per_patch, all.max_findings_per_patch));
  policy.pre_existing = word(list.pre_existing, all.pre_existing) == "mail"
                            ? PreExisting::kMail
                            : PreExisting::kDrop;
  return policy;
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
