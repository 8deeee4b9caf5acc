#include "review/gates/walk.h"

#include <algorithm>
#include <tuple>

#include "base/check.h"

namespace patchmilter::review {

namespace {

// By patch; the message before the files; by place; the worst first.
auto PlaceOf(const Finding& finding) {
  const Anchor& anchor = finding.anchors.front();
  return std::make_tuple(anchor.patch,
                         static_cast<int>(anchor.kind == AnchorKind::kLines ||
                                          anchor.kind == AnchorKind::kFile),
                         anchor.text_line.value_or(0), anchor.file.value_or(0),
                         anchor.hunk ? *anchor.hunk + 1 : 0,
                         anchor.first_line.value_or(0) + anchor.line_count,
                         3 - static_cast<int>(finding.severity));
}

bool Before(const Finding& a, const Finding& b) {
  return PlaceOf(a) < PlaceOf(b);
}

}  // namespace

Walk::Walk(const SeriesUnderReview& under, const GatePolicy& the_policy,
           std::vector<Finding> findings)
    : series(under), policy(the_policy) {
  review.fates.resize(findings.size());
  for (std::size_t i = 0; i < findings.size(); ++i) {
    Walking walker;
    walker.finding = std::move(findings[i]);
    walker.finding.input = i;
    walking.push_back(std::move(walker));
  }
}

const diff::Diff* Walk::DiffOf(const Anchor& anchor) const {
  auto found = series.patches.find(anchor.patch);
  return found == series.patches.end() ? nullptr : &found->second->diff;
}

Fate& Walk::End(const Walking& walker, Fate::Kind kind, std::string_view gate,
                std::string reason) {
  Fate& fate = review.fates.at(walker.finding.input);
  fate.kind = kind;
  fate.gate = gate;
  fate.reason = std::move(reason);
  if (!walker.absent && !walker.finding.anchors.empty()) {
    fate.place = walker.finding.anchors.front();
  }
  return fate;
}

void Walk::Drop(Walking walker, std::string_view gate, std::string reason) {
  End(walker, Fate::Kind::kDropped, gate, reason);
  review.dropped.push_back(
      {std::move(walker.finding), std::string(gate), std::move(reason)});
}

void Walk::Merge(Walking walker, std::string_view gate, std::string reason,
                 std::size_t into) {
  End(walker, Fate::Kind::kMerged, gate, reason).into = into;
  review.dropped.push_back(
      {std::move(walker.finding), std::string(gate), std::move(reason)});
}

void Walk::SetApart(Walking walker, std::string_view gate, std::string reason) {
  End(walker, Fate::Kind::kPreExisting, gate, reason);
  if (policy.pre_existing == PreExisting::kMail) {
    review.pre_existing.push_back(std::move(walker.finding));
  } else {
    review.dropped.push_back(
        {std::move(walker.finding), std::string(gate), std::move(reason)});
  }
}

void Walk::StillPresent(Walking walker, std::string_view gate,
                        std::string reason) {
  End(walker, Fate::Kind::kStillPresent, gate, std::move(reason));
  review.still_present.push_back(std::move(walker.finding));
}

void Walk::Sort() {
  std::stable_sort(walking.begin(), walking.end(),
                   [](const Walking& a, const Walking& b) {
                     return Before(a.finding, b.finding);
                   });
}

GatedReview Walk::Finish() {
  for (Walking& walker : walking) {
    CHECK(!walker.absent);
    End(walker, walker.rerouted ? Fate::Kind::kRerouted : Fate::Kind::kKept,
        walker.rerouted ? kRightPatchGate : std::string_view(),
        std::move(walker.note));
    review.kept.push_back(std::move(walker.finding));
  }
  walking.clear();
  std::stable_sort(review.pre_existing.begin(), review.pre_existing.end(),
                   Before);
  return std::move(review);
}

}  // namespace patchmilter::review
