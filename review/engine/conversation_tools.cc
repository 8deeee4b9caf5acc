#include "review/engine/conversation_tools.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "review/anchor_gate.h"

namespace patchmilter::review {
namespace {

using Answer = model::ToolRunner::Answer;

Answer Wrong(std::string text) { return {std::move(text), true, ""}; }

std::string EffectOf(const DeliveredBytes& bytes) {
  return nlohmann::json({bytes.patch, bytes.offset, bytes.bytes, bytes.total})
      .dump();
}

std::optional<DeliveredBytes> ParseEffect(std::string_view effect) {
  const auto json = nlohmann::json::parse(effect, nullptr, false);
  if (!json.is_array() || json.size() != 4) return std::nullopt;
  for (const auto& number : json) {
    if (!number.is_number_integer()) return std::nullopt;
  }
  return DeliveredBytes{
      json[0].get<std::int64_t>(), json[1].get<std::uint64_t>(),
      json[2].get<std::uint64_t>(), json[3].get<std::uint64_t>()};
}

bool QuotesNothing(const Finding& finding) {
  return std::all_of(
      finding.anchors.begin(), finding.anchors.end(),
      [](const Anchor& anchor) { return anchor.quoted.empty(); });
}

}  // namespace

ConversationTools::ConversationTools(
    const SeriesUnderReview* series, ReviewDesk* desk,
    const std::map<std::int64_t, PatchView>* views, Assignment assignment)
    : series_(series),
      desk_(desk),
      views_(views),
      assignment_(std::move(assignment)) {}

std::vector<model::ToolSpec> ConversationTools::SpecsOf(const ReviewDesk& desk,
                                                        bool verifier) {
  std::vector<model::ToolSpec> specs = desk.Tools();
  for (model::ToolSpec& spec :
       verifier ? VerifierReports() : ReviewerReports()) {
    specs.push_back(std::move(spec));
  }
  return specs;
}

Answer ConversationTools::Run(const model::ToolCall& call, bool limit_reached) {
  before_ = said_;
  if (said_.finished) return Wrong("the conversation has been finished");
  if (assignment_.verifier) {
    if (call.name == kJudgeFinding) return Judge(call.arguments);
  } else {
    if (call.name == kReportFinding) return Report(call.arguments);
    if (call.name == kFinishReview) {
      return Finish(call.arguments, limit_reached);
    }
  }
  if (limit_reached) return Wrong("limit reached");
  ReviewDesk::Answer asked = desk_->Ask(call, assignment_.diffs_only);
  Answer answer{std::move(asked.text), asked.error, ""};
  if (asked.delivered) {
    Deliver(*asked.delivered);
    answer.effect = EffectOf(*asked.delivered);
  }
  return answer;
}

void ConversationTools::Again(const model::ToolCall& call,
                              const Answer& answer) {
  if (call.name == kReportFinding || call.name == kFinishReview ||
      call.name == kJudgeFinding) {
    // They read nothing but what they are given: the same again. What the
    // journal has was no end of the conversation.
    Run(call, false);
    said_.finished = false;
    return;
  }
  if (const auto delivered = ParseEffect(answer.effect)) Deliver(*delivered);
}

void ConversationTools::Deliver(const DeliveredBytes& bytes) {
  said_.receipt.Add(bytes.patch, bytes.offset, bytes.bytes, bytes.total);
}

Answer ConversationTools::Report(const std::string& arguments) {
  Result<Finding> reported = ParseReport(arguments);
  if (!reported.ok()) return Wrong(reported.error().message);
  Finding finding = AsSent(*std::move(reported), *views_);
  if (said_.findings.size() >= kMaxReported) {
    return Wrong("no more findings are taken; call finish_review");
  }
  if (assignment_.words != nullptr) {
    std::string fault = assignment_.words->Fault(finding);
    if (!fault.empty()) return Wrong(std::move(fault));
  }
  for (const Anchor& anchor : finding.anchors) {
    if (anchor.patch != 0 && !series_->patches.contains(anchor.patch)) {
      return Wrong(fmt::format("/patch: there is no patch {} in the series",
                               anchor.patch));
    }
  }
  const bool of_series =
      std::all_of(finding.anchors.begin(), finding.anchors.end(),
                  [](const Anchor& anchor) { return anchor.patch == 0; });
  if (QuotesNothing(finding) && !of_series) {
    return Wrong(
        "/lines: quote the lines that it is about, exactly as show_patch "
        "shows them");
  }
  // Told now, so that it can be mended; the gates look once more. What is
  // pre-existing may stand in no patch.
  if (!of_series && !finding.pre_existing) {
    for (const Anchor& anchor : finding.anchors) {
      const PlacedAnchor placed =
          PlaceAnchor(*series_, anchor, finding.function);
      if (placed.fate == AnchorFate::kAbsent) {
        return Wrong(fmt::format(
            "/lines: these lines stand in no patch of the series{}{}; copy "
            "them from show_patch, the changed line that matters last",
            placed.note.empty() ? "" : ": ", placed.note));
      }
    }
  }
  const bool known =
      std::any_of(said_.findings.begin(), said_.findings.end(),
                  [&finding](const Finding& other) {
                    return other.title == finding.title &&
                           other.explanation == finding.explanation;
                  });
  if (known) return Wrong("this finding has been reported already");
  said_.findings.push_back(std::move(finding));
  return {fmt::format("taken as finding {}", said_.findings.size()), false, ""};
}

std::string ConversationTools::Unread() const {
  const auto view = views_->find(assignment_.patch);
  if (view == views_->end()) return "";
  if (assignment_.files.empty()) {
    return view->second.Missed(assignment_.patch, said_.receipt);
  }
  PatchView own;
  for (const FileView& file : view->second.files) {
    if (assignment_.files.contains(file.path)) own.files.push_back(file);
  }
  return own.Missed(assignment_.patch, said_.receipt);
}

Answer ConversationTools::Finish(const std::string& arguments,
                                 bool limit_reached) {
  const Result<bool> complete = ParseFinish(arguments);
  if (!complete.ok()) return Wrong(complete.error().message);
  if (!limit_reached && *complete && said_.reminders < kMaxReminders) {
    const std::string unread = Unread();
    if (!unread.empty()) {
      ++said_.reminders;
      return Wrong(fmt::format(
          "of patch {} this was not read: {}. Go on with show_patch (its "
          "cursor leads to the end), review it, then finish; or finish with "
          "complete=false",
          assignment_.patch, unread));
    }
  }
  said_.complete = *complete;
  said_.finished = true;
  return {"finished", false, ""};
}

Answer ConversationTools::Judge(const std::string& arguments) {
  Result<Verdict> verdict = ParseVerdict(arguments);
  if (!verdict.ok()) return Wrong(verdict.error().message);
  said_.verdict = *std::move(verdict);
  said_.finished = true;
  return {"taken", false, ""};
}

}  // namespace patchmilter::review
