// Gate 8: a mail holds so many findings and no more; the worst are kept.
#include <algorithm>
#include <map>
#include <set>

#include "review/gates/walk.h"

namespace patchmilter::review {

void CapGate(Walk* walk) {
  std::map<std::int64_t, std::vector<const Finding*>> by_patch;
  for (const Walking& walker : walk->walking) {
    const Finding& finding = walker.finding;
    by_patch[finding.anchors.front().patch].push_back(&finding);
  }
  std::set<std::size_t> over;
  for (auto& [patch, findings] : by_patch) {
    const std::size_t cap =
        patch == 0 ? walk->policy.max_per_series : walk->policy.max_per_patch;
    std::stable_sort(findings.begin(), findings.end(),
                     [](const Finding* a, const Finding* b) {
                       return a->severity > b->severity;
                     });
    for (std::size_t i = cap; i < findings.size(); ++i) {
      over.insert(findings[i]->input);
    }
  }
  walk->Pass(kCapGate, [&over](const Walking& walker) -> std::string {
    return over.count(walker.finding.input) != 0
               ? "the patch has as many findings as a mail may hold"
               : "";
  });
}

}  // namespace patchmilter::review
