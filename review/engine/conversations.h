// Conversations: runs conversations of one review with one model, each in its
// journal, several beside one another.
//
// Threads: Run() from any number at once. Tested through ModelEngine.
#ifndef PATCHMILTER_REVIEW_ENGINE_CONVERSATIONS_H_
#define PATCHMILTER_REVIEW_ENGINE_CONVERSATIONS_H_

#include <cstddef>
#include <functional>
#include <string>

#include "base/result.h"
#include "model/chat.h"
#include "model/dialogue.h"
#include "review/engine/model_hub.h"
#include "review/engine/store_journal.h"

namespace patchmilter::review {

class Conversations {
 public:
  // All borrowed. `stop`: the review is to end early; from any thread.
  Conversations(ModelHub* hub, StoreJournal* journal, const Config* config,
                std::function<UnixSeconds()> now, std::function<bool()> stop);

  // One, to its end. Waits for a place among those that the model may have at
  // once. The error is the store's, or our own machine's.
  Result<model::DialogueEnd> Run(ModelHub::Model* model,
                                 const std::string& name,
                                 model::Conversation::Opening opening,
                                 model::ToolRunner* tools);

  bool Stopped() const { return hub_->Stopping() || (stop_ && stop_()); }

 private:
  Result<model::DialogueEnd> RunAgent(
      ModelHub::Model* model, const std::string& name,
      const model::Conversation::Opening& opening, model::ToolRunner* tools,
      const model::DialogueLimits& limits);

  ModelHub* hub_;
  StoreJournal* journal_;
  const Config* config_;
  std::function<UnixSeconds()> now_;
  std::function<bool()> stop_;
};

// Calls `work` with 0 … count-1, `threads` at once at most, and waits for all.
// After an error no further one is begun; the first is returned.
Status ForEachBeside(std::size_t count, std::size_t threads,
                     const std::function<Status(std::size_t)>& work);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_CONVERSATIONS_H_
