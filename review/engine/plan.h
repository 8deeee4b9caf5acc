// Plan: which conversations a review needs, before the first begins.
//
// A patch that would fill more than kShareOfWindow of what a conversation has
// room for is split by files, so that none overflows.
// Pure: the same series and model give the same plan. Threads: any.
// Tested in tests/review/engine/engine_parts_test.cc.
#ifndef PATCHMILTER_REVIEW_ENGINE_PLAN_H_
#define PATCHMILTER_REVIEW_ENGINE_PLAN_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/config.h"
#include "model/dialogue.h"
#include "review/engine/patch_view.h"

namespace patchmilter::review {

// Of the window, for the patch itself; the rest is for what is asked about it.
inline constexpr double kShareOfWindow = 0.35;

struct PlannedPatch {
  std::string name;  // Of the conversation: "patch/3", "patch/3.2".
  std::int64_t patch = 0;
  std::set<std::string> files;  // Empty: all of it.
  // By estimate it does not fit: it will not be read to its end.
  bool too_large = false;
};

// Of the patches in `views` but the cover; `prefix` is "patch" or "again".
// `opening`: tokens of what is told before, by estimate.
std::vector<PlannedPatch> PlanPatches(
    const std::map<std::int64_t, PatchView>& views, std::string_view prefix,
    const ModelConfig& model, std::uint64_t opening);

// Of one conversation with this model.
model::DialogueLimits LimitsOf(const BudgetConfig& budget,
                               const ModelConfig& model);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_PLAN_H_
