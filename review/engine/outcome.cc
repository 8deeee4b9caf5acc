#include "review/engine/outcome.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"

namespace patchmilter::review {
namespace {

using model::DialogueEnd;

// How a conversation ended that did not end as it should; "" of one that did.
std::string WhyEnded(const DialogueEnd& end) {
  switch (end.kind) {
    case DialogueEnd::Kind::kFinished:
      return "";
    case DialogueEnd::Kind::kFault:
      if (end.fault.kind == model::FaultKind::kRequest) {
        return "the model's provider refused a request";
      }
      return fmt::format("the model gave no answer ({})",
                         model::FaultKindName(end.fault.kind));
    case DialogueEnd::Kind::kLimit:
    case DialogueEnd::Kind::kRefused:
    case DialogueEnd::Kind::kSilent:
    case DialogueEnd::Kind::kStopped:
      return end.reason;
  }
  return end.reason;
}

}  // namespace

std::string WhyNotRead(const std::vector<Told>& tolds,
                       const std::map<std::int64_t, PatchView>& views,
                       std::int64_t number) {
  CoverageReceipt receipt;
  std::string ended;
  bool any = false;
  bool complete = true;
  bool past_limit = false;
  for (const Told& told : tolds) {
    if (told.planned.patch != number) continue;
    any = true;
    receipt.Add(told.receipt);
    complete = complete && told.complete;
    past_limit = past_limit || told.end.past_limit;
    if (ended.empty()) ended = WhyEnded(told.end);
  }
  if (!any) return "it was not given to the model";
  const std::string unread = views.at(number).Missed(number, receipt);
  // Who finishes behind a limit has not had what was asked for.
  if (ended.empty() && past_limit && !(unread.empty() && complete)) {
    ended = "a limit was reached";
  }
  if (!unread.empty()) {
    const std::string files = "the model did not read all of " + unread;
    return ended.empty() ? files : ended + "; " + files;
  }
  if (!ended.empty()) return ended;
  return complete ? "" : "the model said that it had not reviewed all of it";
}

void TakeClaims(const std::vector<ModelClaim>& claims, EngineResult* result) {
  for (const ModelClaim& claim : claims) {
    if (!claim.refuted.empty()) {
      result->refuted.push_back(
          {claim.finding, std::string(kVerifierGate), claim.refuted});
    } else if (!claim.merged.empty()) {
      result->refuted.push_back(
          {claim.finding, std::string(kMergeGate),
           "the same fault as \"" + log::Clean(claim.merged, 200) + "\""});
    } else {
      result->findings.push_back(claim.finding);
    }
  }
}

}  // namespace patchmilter::review
