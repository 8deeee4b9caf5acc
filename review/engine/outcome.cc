#include "review/engine/outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace patchmilter::review {
namespace {

using model::DialogueEnd;

std::string Tokens(std::uint64_t count) {
  if (count < 10'000) return fmt::format("{}", count);
  if (count < 10'000'000) return fmt::format("{}k", count / 1000);
  return fmt::format("{:.1f}M", static_cast<double>(count) / 1e6);
}

// How a conversation ended that did not end as it should; "" of one that did.
std::string WhyEnded(const DialogueEnd& end) {
  switch (end.kind) {
    case DialogueEnd::Kind::kFinished:
      return "";
    case DialogueEnd::Kind::kFault:
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
  for (const Told& told : tolds) {
    if (told.planned.patch != number) continue;
    any = true;
    receipt.Add(told.receipt);
    complete = complete && told.complete;
    if (ended.empty()) ended = WhyEnded(told.end);
  }
  if (!any) return "it was not given to the model";
  const std::string unread = views.at(number).Missed(number, receipt);
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

std::vector<std::string> OverviewOf(const SeriesUnderReview& series,
                                    const std::vector<ModelClaim>& claims,
                                    bool series_read) {
  const auto verified =
      std::count_if(claims.begin(), claims.end(),
                    [](const ModelClaim& claim) { return claim.verified; });
  const auto refuted =
      std::count_if(claims.begin(), claims.end(), [](const ModelClaim& claim) {
        return claim.verified && !claim.refuted.empty();
      });
  const bool one = series.patches.size() == 1;
  std::string text = fmt::format(
      "A language model reviewed {}",
      one ? "the patch" : "each patch by itself, and the series as a whole");
  if (verified > 0) {
    text += fmt::format(
        "; {} of its findings {} checked once more against the code, and {} "
        "{} refuted",
        verified, verified == 1 ? "was" : "were",
        refuted == 0 ? std::string("none") : std::to_string(refuted),
        refuted <= 1 ? "was" : "were");
  }
  std::vector<std::string> sentences = {text + "."};
  if (!one && !series_read) {
    sentences.emplace_back(
        "The series as a whole was not reviewed to the end.");
  }
  if (series.apply.status == tree::ApplyStatus::kReference) {
    sentences.emplace_back(
        "The series did not apply; the code was read for reference alone.");
  }
  return sentences;
}

std::string CostText(const store::Spent& spent) {
  const store::SpendingRow& sum = spent.review;
  std::string text = fmt::format("{}; {} tokens read",
                                 model::MoneyText(sum.cost), Tokens(sum.input));
  if (sum.input > 0) {
    text +=
        fmt::format(" ({} % of them cached)", sum.cache_read * 100 / sum.input);
  }
  return text + fmt::format(", {} written, {} {}", Tokens(sum.output),
                            spent.requests,
                            spent.requests == 1 ? "request" : "requests");
}

}  // namespace patchmilter::review
