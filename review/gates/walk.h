// What the gates share: the findings on their way, and where each ends.
// Internal to review/: the face is review/gates.h.
// Threads: values.  Tested through review/gates.h.
#ifndef PATCHMILTER_REVIEW_GATES_WALK_H_
#define PATCHMILTER_REVIEW_GATES_WALK_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "review/gates.h"

namespace patchmilter::review {

// A finding on its way.
struct Walking {
  Finding finding;
  // Set by the anchor gate, for the gates behind it.
  bool rerouted = false;  // Its first place is not in the patch it named.
  bool absent = false;    // It quotes lines that no mail holds.
  std::string note;       // Of its look-up; goes into Fate::reason.
};

class Walk {
 public:
  Walk(const SeriesUnderReview& series, const GatePolicy& policy,
       std::vector<Finding> findings);

  const SeriesUnderReview& series;
  const GatePolicy& policy;
  std::vector<Walking> walking;  // Those that no gate has stopped yet.
  GatedReview review;

  // The diff that an anchor stands in; null where its patch is not there.
  const diff::Diff* DiffOf(const Anchor& anchor) const;

  // Ends a finding's way.
  void Drop(Walking walker, std::string_view gate, std::string reason);
  void Merge(Walking walker, std::string_view gate, std::string reason,
             std::size_t into);
  void SetApart(Walking walker, std::string_view gate, std::string reason);
  void StillPresent(Walking walker, std::string_view gate, std::string reason);

  // Drops those for which `reason_to_drop(walker)` is not "".
  template <typename Function>
  void Pass(std::string_view gate, Function reason_to_drop) {
    std::vector<Walking> all = std::move(walking);
    walking.clear();
    for (Walking& walker : all) {
      std::string reason = reason_to_drop(walker);
      if (reason.empty()) {
        walking.push_back(std::move(walker));
      } else {
        Drop(std::move(walker), gate, std::move(reason));
      }
    }
  }

  // By patch, place, severity (the worst first).
  void Sort();
  // All that still walk are kept.
  GatedReview Finish();

 private:
  Fate& End(const Walking& walker, Fate::Kind kind, std::string_view gate,
            std::string reason);
};

// In their order.
void AnchorGate(Walk* walk);
void RightPatchGate(Walk* walk);
void PreExistingGate(Walk* walk);
void LaterPatchGate(Walk* walk);
void SettleSeverity(Walk* walk);  // No gate: nothing falls.
void TwiceGate(Walk* walk);
void SaidBeforeGate(Walk* walk);
void ThresholdGate(Walk* walk);
void CapGate(Walk* walk);
void HygieneGate(Walk* walk);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_GATES_WALK_H_
