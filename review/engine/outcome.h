// Outcome: what a review by a model comes to: which findings are handed on,
// and what was not read, with the reason for the series mail.
//
// All words are ours: nothing of a model or a provider is in them but paths.
// Pure. Threads: any. Tested in tests/review/engine/outcome_test.cc.
#ifndef PATCHMILTER_REVIEW_ENGINE_OUTCOME_H_
#define PATCHMILTER_REVIEW_ENGINE_OUTCOME_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/dialogue.h"
#include "review/engine.h"
#include "review/engine/patch_view.h"
#include "review/engine/plan.h"
#include "review/finding.h"
#include "review/tools/receipt.h"

namespace patchmilter::review {

// Dropped::gate of what falls before the gates.
inline constexpr std::string_view kVerifierGate = "verifier";
inline constexpr std::string_view kMergeGate = "merge";

// What became of a conversation about a patch, or a part of it.
struct Told {
  PlannedPatch planned;
  model::DialogueEnd end;
  std::vector<Finding> findings;
  CoverageReceipt receipt;
  bool complete = false;  // The model said that it reviewed all of it.
};

// A finding of a model on its way to the gates.
struct ModelClaim {
  Finding finding;
  bool verified = false;  // A verifier was asked.
  std::string refuted;    // Why; "" where it is not.
  std::string merged;     // The title of the one that it is one with; or "".
  bool judged = false;    // A verifier has said something of it.
};

// Why patch `number` does not count as read by those conversations; "" where it
// does. `views`: what they were shown.
std::string WhyNotRead(const std::vector<Told>& tolds,
                       const std::map<std::int64_t, PatchView>& views,
                       std::int64_t number);

// Adds the claims that hold to `result`, and the others to what was dropped.
void TakeClaims(const std::vector<ModelClaim>& claims, EngineResult* result);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_OUTCOME_H_
