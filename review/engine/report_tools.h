// The reporting tools: all that a model says and that may be mailed comes
// through these.
//
//   report_finding   a finding, as docs/findings.schema.json has it
//   finish_review    ends a review
//   judge_finding    ends a verification: confirmed or refuted
//
// Input: hostile arguments; a fault is named, so that the model can mend it.
// Pure. Threads: any. Tested in tests/review/engine/engine_parts_test.cc.
#ifndef PATCHMILTER_REVIEW_ENGINE_REPORT_TOOLS_H_
#define PATCHMILTER_REVIEW_ENGINE_REPORT_TOOLS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/chat.h"
#include "review/finding.h"

namespace patchmilter::review {

inline constexpr std::string_view kReportFinding = "report_finding";
inline constexpr std::string_view kFinishReview = "finish_review";
inline constexpr std::string_view kJudgeFinding = "judge_finding";

// Of a reviewer, and of a verifier. The same bytes within a version.
std::vector<model::ToolSpec> ReviewerReports();
std::vector<model::ToolSpec> VerifierReports();

struct Verdict {
  enum class Kind : std::uint8_t { kConfirmed, kRefuted, kUndecided };
  Kind kind = Kind::kUndecided;
  std::string reason;  // The model's; never mailed.
  // The later patch that puts it right, where there is one.
  std::optional<std::int64_t> fixed_by_patch;
  std::optional<bool> pre_existing;
  // Where the finding has them wrong.
  std::optional<Reachability> reachability;
  std::optional<Consequence> consequence;
  std::optional<double> confidence;
};

// The arguments of the tools. kInvalidInput names the fault by its JSON
// Pointer. Members that are null count as absent.
Result<Finding> ParseReport(std::string_view arguments);
Result<Verdict> ParseVerdict(std::string_view arguments);
// Whether the model says that it has reviewed all that it was asked to.
Result<bool> ParseFinish(std::string_view arguments);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_REPORT_TOOLS_H_
