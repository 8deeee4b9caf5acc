// Gate 7: the severity and the confidence that the list asks for.
#include <string>

#include "review/gates/walk.h"

namespace patchmilter::review {

void ThresholdGate(Walk* walk) {
  const GatePolicy& policy = walk->policy;
  walk->Pass(kThresholdGate, [&policy](const Walking& walker) -> std::string {
    const Finding& finding = walker.finding;
    if (finding.severity < policy.min_severity) {
      return "severity " + std::string(SeverityName(finding.severity)) +
             " is below " + std::string(SeverityName(policy.min_severity));
    }
    // A NaN is below, too.
    if (!(finding.confidence >= policy.min_confidence)) {
      return "its confidence is below the threshold";
    }
    return "";
  });
}

}  // namespace patchmilter::review
