// ConversationTools: what one conversation may ask and report.
//
// A reviewer has the questions of the desk, report_finding and finish_review;
// a verifier the questions and judge_finding. A finding whose quote stands in
// no patch is not taken: the model is told so, and may quote again. A reviewer
// that finishes before it has been given all of its patch is told what it has
// not read, kMaxReminders times.
//
// Input: hostile calls. Threads: one; the desk is shared.
// Tested in tests/review/engine/engine_parts_test.cc.
#ifndef PATCHMILTER_REVIEW_ENGINE_CONVERSATION_TOOLS_H_
#define PATCHMILTER_REVIEW_ENGINE_CONVERSATION_TOOLS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/dialogue.h"
#include "review/engine.h"
#include "review/engine/desk.h"
#include "review/engine/patch_view.h"
#include "review/engine/report_tools.h"
#include "review/engine/report_words.h"
#include "review/finding.h"
#include "review/tools/receipt.h"

namespace patchmilter::review {

class ConversationTools : public model::ToolRunner {
 public:
  static constexpr std::size_t kMaxReported = 60;  // Of one conversation.
  static constexpr int kMaxReminders = 2;

  struct Assignment {
    bool verifier = false;
    bool diffs_only = false;  // show_patch shows no messages.
    // The patch that is to be read whole; 0: none.
    std::int64_t patch = 0;
    // Of it these files alone; empty: all.
    std::set<std::string> files = {};
    // What no finding may say. Borrowed; may be null.
    const ReportWords* words = nullptr;
  };

  // All borrowed; `views` are those that the desk shows.
  ConversationTools(const SeriesUnderReview* series, ReviewDesk* desk,
                    const std::map<std::int64_t, PatchView>* views,
                    Assignment assignment);

  // The tools in their order: the desk's, then the reporting ones.
  static std::vector<model::ToolSpec> SpecsOf(const ReviewDesk& desk,
                                              bool verifier);

  Answer Run(const model::ToolCall& call, bool limit_reached) override;
  void Again(const model::ToolCall& call, const Answer& answer) override;
  bool Finished() const override { return said_.finished; }
  void Withhold() override { said_ = before_; }

  const std::vector<Finding>& findings() const { return said_.findings; }
  const std::optional<Verdict>& verdict() const { return said_.verdict; }
  const CoverageReceipt& receipt() const { return said_.receipt; }
  // The model said that it has reviewed all that it was asked to.
  bool complete() const { return said_.complete; }

 private:
  Answer Report(const std::string& arguments);
  Answer Finish(const std::string& arguments, bool limit_reached);
  Answer Judge(const std::string& arguments);
  void Deliver(const DeliveredBytes& bytes);
  // What of its patch it has not been given; "" where that is nothing.
  std::string Unread() const;

  const SeriesUnderReview* series_;
  ReviewDesk* desk_;
  const std::map<std::int64_t, PatchView>* views_;
  const Assignment assignment_;
  // What calls have done besides being answered.
  struct Said {
    std::vector<Finding> findings;
    std::optional<Verdict> verdict;
    CoverageReceipt receipt;
    int reminders = 0;
    bool finished = false;
    bool complete = false;
  };
  Said said_;
  Said before_;  // The last Run().
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_CONVERSATION_TOOLS_H_
