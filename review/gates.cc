#include "review/gates.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "review/anchor.h"
#include "review/anchor_gate.h"
#include "review/fingerprint.h"
#include "review/hygiene.h"

namespace patchmilter::review {

namespace {

// The state that the findings walk through; each gate takes from `kept` what
// falls at it.
struct Walk {
  const SeriesUnderReview& series;
  const GatePolicy& policy;
  GatedReview review;

  void Drop(Finding finding, std::string_view gate, std::string reason) {
    review.dropped.push_back(
        {std::move(finding), std::string(gate), std::move(reason)});
  }

  // Keeps those for which `reason_to_drop` is "".
  template <typename Function>
  void Pass(std::string_view gate, Function reason_to_drop) {
    std::vector<Finding> kept;
    for (Finding& finding : review.kept) {
      std::string reason = reason_to_drop(finding);
      if (reason.empty()) {
        kept.push_back(std::move(finding));
      } else {
        Drop(std::move(finding), gate, std::move(reason));
      }
    }
    review.kept = std::move(kept);
  }
};

const diff::Diff* DiffOf(const SeriesUnderReview& series,
                         const Anchor& anchor) {
  auto found = series.patches.find(anchor.patch);
  return found == series.patches.end() ? nullptr : &found->second->diff;
}

void AnchorGate(Walk* walk) {
  walk->Pass(kAnchorGate, [walk](Finding& finding) -> std::string {
    std::vector<Anchor> placed;
    bool quoted = false;
    for (const Anchor& anchor : finding.anchors) {
      PlacedAnchor place = PlaceAnchor(walk->series, anchor);
      if (place.fate == AnchorFate::kNoQuote) continue;
      quoted = true;
      if (place.fate == AnchorFate::kAbsent) continue;
      if (place.fate == AnchorFate::kRerouted) ++walk->review.rerouted;
      placed.push_back(std::move(place.anchor));
    }
    if (placed.empty()) {
      return quoted ? "the quoted lines stand in no mail of the series"
                    : "nothing is quoted";
    }
    finding.anchors = std::move(placed);
    return "";
  });
}

// Whether the quote holds a line that the patch changes.
bool QuotesChange(const Walk& walk, const Finding& finding) {
  for (const Anchor& anchor : finding.anchors) {
    if (anchor.kind != AnchorKind::kLines) return true;
    const diff::Diff* diff = DiffOf(walk.series, anchor);
    if (diff == nullptr || !anchor.first_line) return true;
    const diff::Hunk& hunk =
        diff->files().at(*anchor.file).hunks.at(*anchor.hunk);
    for (std::uint32_t i = 0; i < anchor.line_count; ++i) {
      const diff::LineKind kind = hunk.lines.at(*anchor.first_line + i).kind;
      if (kind == diff::LineKind::kAdded || kind == diff::LineKind::kRemoved) {
        return true;
      }
    }
  }
  return finding.anchors.empty();
}

// The names with "()" behind them in the finding's text.
std::vector<std::string> FunctionsNamed(const Finding& finding) {
  std::vector<std::string> names;
  const std::string text = finding.title + "\n" + finding.explanation;
  for (std::size_t at = text.find("()"); at != std::string::npos;
       at = text.find("()", at + 2)) {
    std::size_t begin = at;
    while (begin > 0 &&
           (IsAlnumAscii(text[begin - 1]) || text[begin - 1] == '_')) {
      --begin;
    }
    if (at - begin >= 3) names.push_back(text.substr(begin, at - begin));
  }
  return names;
}

// Signs that the fault was there before: no changed line is quoted, and of the
// functions that are named none stands in the patch. Neither alone is enough.
bool LooksPreExisting(const Walk& walk, const Finding& finding) {
  if (finding.exact || QuotesChange(walk, finding)) return false;
  std::vector<std::string> names = FunctionsNamed(finding);
  if (names.empty()) return false;
  const diff::Diff* diff = DiffOf(walk.series, finding.anchors.front());
  if (diff == nullptr) return false;
  return std::none_of(names.begin(), names.end(), [&](const std::string& name) {
    return diff->text().find(name) != std::string::npos;
  });
}

void PreExistingGate(Walk* walk) {
  for (Finding& finding : walk->review.kept) {
    if (LooksPreExisting(*walk, finding)) finding.pre_existing = true;
  }
  if (walk->policy.keep_pre_existing) return;
  walk->Pass(kPreExistingGate, [](const Finding& finding) -> std::string {
    return finding.pre_existing ? "the fault was there before the series" : "";
  });
}

void LaterPatchGate(Walk* walk) {
  walk->Pass(kLaterPatchGate, [walk](const Finding& finding) -> std::string {
    if (!finding.fixed_by_patch) return "";
    const std::int64_t later = *finding.fixed_by_patch;
    if (walk->series.patches.count(later) == 0 ||
        finding.anchors.front().patch >= later) {
      return "";  // Not so: the claim stands by itself.
    }
    return "patch " + std::to_string(later) + " of the series puts it right";
  });
}

// A claim that stands twice becomes one with more places; the same claim under
// an earlier patch is dropped.
void TwiceGate(Walk* walk) {
  std::vector<Finding> kept;
  for (Finding& finding : walk->review.kept) {
    Finding* same = nullptr;
    for (Finding& earlier : kept) {
      if (earlier.category != finding.category &&
          (earlier.exact || finding.exact)) {
        continue;
      }
      const bool print =
          earlier.fingerprint == finding.fingerprint &&
          earlier.anchors.front().patch == finding.anchors.front().patch &&
          earlier.title == finding.title;
      const bool words =
          !earlier.exact && !finding.exact &&
          WordOverlap(earlier.title + " " + earlier.explanation,
                      finding.title + " " + finding.explanation) >=
              walk->policy.same_claim;
      if (print || words) {
        same = &earlier;
        break;
      }
    }
    if (same == nullptr) {
      kept.push_back(std::move(finding));
      continue;
    }
    const bool same_patch =
        same->anchors.front().patch == finding.anchors.front().patch;
    if (same_patch) {
      for (const Anchor& anchor : finding.anchors) {
        same->anchors.push_back(anchor);
      }
      same->severity = std::max(same->severity, finding.severity);
    }
    walk->Drop(std::move(finding), kTwiceGate,
               same_patch ? "the same claim stands in this patch already"
                          : "the same claim stands under patch " +
                                std::to_string(same->anchors.front().patch));
  }
  walk->review.kept = std::move(kept);
}

void ThresholdGate(Walk* walk) {
  const GatePolicy& policy = walk->policy;
  walk->Pass(kThresholdGate, [&policy](const Finding& finding) -> std::string {
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

void HygieneGate(Walk* walk) {
  walk->Pass(kHygieneGate, [](const Finding& finding) -> std::string {
    return CleanProse(finding.explanation).empty() &&
                   CleanLine(finding.title).empty()
               ? "no text is left of it"
               : "";
  });
}

// By patch, place, severity (the worst first).
auto Place(const Finding& finding) {
  const Anchor& anchor = finding.anchors.front();
  return std::make_tuple(anchor.patch,
                         static_cast<int>(anchor.kind == AnchorKind::kLines ||
                                          anchor.kind == AnchorKind::kFile),
                         anchor.text_line.value_or(0), anchor.file.value_or(0),
                         anchor.hunk ? *anchor.hunk + 1 : 0,
                         anchor.first_line.value_or(0) + anchor.line_count,
                         3 - static_cast<int>(finding.severity));
}

void CapGate(Walk* walk) {
  std::map<std::int64_t, std::vector<const Finding*>> by_patch;
  for (const Finding& finding : walk->review.kept) {
    by_patch[finding.anchors.front().patch].push_back(&finding);
  }
  std::set<const Finding*> over;
  for (auto& [patch, findings] : by_patch) {
    const std::size_t cap =
        patch == 0 ? walk->policy.max_per_series : walk->policy.max_per_patch;
    std::stable_sort(findings.begin(), findings.end(),
                     [](const Finding* a, const Finding* b) {
                       return a->severity > b->severity;
                     });
    for (std::size_t i = cap; i < findings.size(); ++i) {
      over.insert(findings[i]);
    }
  }
  walk->Pass(kCapGate, [&over](const Finding& finding) -> std::string {
    return over.count(&finding) != 0
               ? "the patch has as many findings as a mail may hold"
               : "";
  });
}

}  // namespace

std::map<std::string, std::size_t> GatedReview::DroppedByGate() const {
  std::map<std::string, std::size_t> counts;
  for (const Dropped& drop : dropped) ++counts[drop.gate];
  return counts;
}

GatedReview ApplyGates(const SeriesUnderReview& series,
                       std::vector<Finding> findings,
                       const GatePolicy& policy) {
  Walk walk{series, policy, {}};
  walk.review.kept = std::move(findings);
  AnchorGate(&walk);
  for (Finding& finding : walk.review.kept) {
    // Rendered at the earliest patch that it names.
    std::stable_sort(
        finding.anchors.begin(), finding.anchors.end(),
        [](const Anchor& a, const Anchor& b) { return a.patch < b.patch; });
    finding.fingerprint = FingerprintOf(series, finding);
  }
  PreExistingGate(&walk);
  LaterPatchGate(&walk);
  std::stable_sort(
      walk.review.kept.begin(), walk.review.kept.end(),
      [](const Finding& a, const Finding& b) { return Place(a) < Place(b); });
  TwiceGate(&walk);
  ThresholdGate(&walk);
  HygieneGate(&walk);
  CapGate(&walk);
  return std::move(walk.review);
}

}  // namespace patchmilter::review
