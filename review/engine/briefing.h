// Briefing: what conversations about one series are told of it, besides the
// guide (review/prompts/guide.h).
//
// `shared` is the same for all reviewers of a series: the facts, a map of its
// patches, what the checks have found, what was answered, what was said of the
// revision before. It is the prefix that a provider's cache holds. A task comes
// behind it. What others wrote stands in fences; names are roles.
//
// Diffs are not in it: they are read with a tool, which counts what it gives.
// Each part is bounded: what does not fit is left out, and counted.
// Input: hostile mails. Pure: the same series, the same bytes. Threads: any.
// Tested in tests/review/engine/engine_parts_test.cc.
#ifndef PATCHMILTER_REVIEW_ENGINE_BRIEFING_H_
#define PATCHMILTER_REVIEW_ENGINE_BRIEFING_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "review/engine.h"
#include "review/engine/patch_view.h"
#include "review/finding.h"
#include "review/prompts/fence.h"
#include "review/prompts/people.h"

namespace patchmilter::review {

// Of each part of the shared text, in bytes.
inline constexpr std::size_t kMaxMap = 48UL << 10;
inline constexpr std::size_t kMaxToldChecks = 8UL << 10;
inline constexpr std::size_t kMaxToldBefore = 8UL << 10;

struct BriefingInput {
  const SeriesUnderReview* series = nullptr;
  const std::map<std::int64_t, PatchView>* views = nullptr;
  const std::vector<Finding>* checks = nullptr;  // What they have found.
  const Fence* fence = nullptr;
  People* people = nullptr;  // Null: names are shown.
};

// For reviewers of the series and of its patches, and for verifiers.
std::string SharedText(const BriefingInput& in);
// The same without words that people wrote: subjects, replies.
std::string SharedWithoutWords(const BriefingInput& in);

// Tasks begin "Task: review the series", "Task: review patch 3", "Task: verify
// a finding". `role`: the guide's words for it.
std::string SeriesTask(const std::string& role);
// `files`: of the patch these alone; empty for all of it.
std::string PatchTask(const std::string& role, const Fence& fence,
                      std::int64_t patch, const std::set<std::string>& files);
std::string VerifyTask(const std::string& role, const Fence& fence,
                       const Finding& finding);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_BRIEFING_H_
