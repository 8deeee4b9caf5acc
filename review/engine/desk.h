// ReviewDesk: the questions that all conversations of one review ask.
//
// One Code, guarded, for all of them: an answer takes milliseconds, a model's
// turn seconds. What was asked once is answered from memory, within kMaxMemory
// bytes: the code that a review looks at does not change.
//
// Answers hold foreign text: it stands in a fence, our status below it.
// Input: hostile calls; whatever they are, they end in an answer.
// Threads: any. Tested in tests/review/engine/engine_parts_test.cc.
#ifndef PATCHMILTER_REVIEW_ENGINE_DESK_H_
#define PATCHMILTER_REVIEW_ENGINE_DESK_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "model/chat.h"
#include "review/prompts/fence.h"
#include "review/tools/session.h"
#include "tree/questions/code.h"

namespace patchmilter::review {

class ReviewDesk {
 public:
  static constexpr std::size_t kMaxMemory = 16UL << 20;

  struct Answer {
    std::string text;
    bool error = false;
    std::optional<DeliveredBytes> delivered;
  };
  struct Counts {
    std::uint64_t asked = 0;
    std::uint64_t remembered = 0;  // Of them, answered from memory.
  };

  // `code`, and `diffs`, the same without messages, which may be null, belong
  // to one Tree. `has_tree`: there is more to ask than patches.
  ReviewDesk(std::unique_ptr<tree::Code> code,
             std::unique_ptr<tree::Code> diffs, bool has_tree,
             ToolLimits limits, Fence fence);

  // Those of AllTools() that can be asked here.
  std::vector<model::ToolSpec> Tools() const;
  // `diffs_only`: patches are shown without their messages.
  Answer Ask(const model::ToolCall& call, bool diffs_only);
  Counts counts() const;

 private:
  Answer AskAnew(const Tool& tool, const Arguments& arguments, bool diffs_only)
      PM_REQUIRES(mutex_);

  const bool has_tree_;
  const Fence fence_;
  mutable Mutex mutex_;
  std::unique_ptr<tree::Code> code_ PM_GUARDED_BY(mutex_);
  std::unique_ptr<tree::Code> diffs_ PM_GUARDED_BY(mutex_);
  ToolSession session_ PM_GUARDED_BY(mutex_);
  ToolSession diffs_session_ PM_GUARDED_BY(mutex_);
  std::map<std::string, Answer> memory_ PM_GUARDED_BY(mutex_);
  std::size_t memory_bytes_ PM_GUARDED_BY(mutex_) = 0;
  Counts counts_ PM_GUARDED_BY(mutex_);
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_DESK_H_
