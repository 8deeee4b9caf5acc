// AgentRecord: what an agent has asked and been answered, in the journal.
//
// An agent holds its own conversation, so that one which was broken off is
// begun anew; but one that has ended is not paid for twice: what its calls did
// is done again from the record.
// Threads: one. Tested in tests/review/engine/agent_record_test.cc.
#ifndef PATCHMILTER_REVIEW_ENGINE_AGENT_RECORD_H_
#define PATCHMILTER_REVIEW_ENGINE_AGENT_RECORD_H_

#include <optional>
#include <string>

#include "base/result.h"
#include "model/dialogue.h"
#include "model/journal.h"

namespace patchmilter::review {

class AgentRecord : public model::ToolRunner {
 public:
  // `journal` and `tools` are borrowed. `prompt`: what the agent is told; a
  // record of another prompt does not count.
  AgentRecord(model::Journal* journal, model::ToolRunner* tools,
              std::string name, const std::string& prompt);

  // The end of the conversation, where it has one: then `tools` know all that
  // was reported. Else nothing, and the journal is empty.
  Result<std::optional<model::DialogueEnd>> Resume();

  // Keeps that it has begun; false where the budgets have no room for
  // `estimate`.
  Result<bool> Begin(const model::Spending& estimate);
  // Keeps how it ended, and what it did cost. Ends that are to be tried again
  // (kStopped, kFault) leave no end.
  Status End(const model::DialogueEnd& end, const model::Spending& spending);

  Answer Run(const model::ToolCall& call, bool limit_reached) override;
  void Again(const model::ToolCall& call, const Answer& answer) override {
    tools_->Again(call, answer);
  }
  bool Finished() const override { return tools_->Finished(); }
  void Withhold() override { tools_->Withhold(); }

 private:
  Status Keep(const model::ToolCall& call, const Answer& answer);

  model::Journal* journal_;
  model::ToolRunner* tools_;
  const std::string name_;
  const std::string mark_;
  Status kept_;  // The first fault of the journal.
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_AGENT_RECORD_H_
