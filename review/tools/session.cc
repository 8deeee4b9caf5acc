#include "review/tools/session.h"

#include <utility>

namespace patchmilter::review {

bool ToolUsage::Begin() {
  const MutexLock lock(mutex_);
  if (calls_ >= limits_.calls || bytes_ >= limits_.bytes) return false;
  ++calls_;
  return true;
}

void ToolUsage::Delivered(const AnswerText& answer) {
  const MutexLock lock(mutex_);
  bytes_ += answer.body.size();
  if (answer.delivered) {
    receipt_.Add(answer.delivered->patch, answer.delivered->offset,
                 answer.delivered->bytes, answer.delivered->total);
  }
}

std::uint64_t ToolUsage::calls() const {
  const MutexLock lock(mutex_);
  return calls_;
}

std::uint64_t ToolUsage::bytes() const {
  const MutexLock lock(mutex_);
  return bytes_;
}

CoverageReceipt ToolUsage::receipt() const {
  const MutexLock lock(mutex_);
  return receipt_;
}

ToolSession::Reply ToolSession::Call(const Tool& tool,
                                     const nlohmann::json& arguments) {
  const Result<Arguments> parsed = ParseArguments(tool, arguments);
  if (!parsed.ok()) return {"", parsed.error().message, "", true};
  return Call(tool, *parsed);
}

ToolSession::Reply ToolSession::Call(const Tool& tool,
                                     const Arguments& arguments) {
  if (!usage_->Begin()) {
    return {"",
            "limit reached: no more questions about this series are answered",
            "", true};
  }
  Result<AnswerText> answer =
      tool.run(code_, arguments, usage_->limits().answer);
  if (!answer.ok()) return {"", answer.error().message, "", true};
  usage_->Delivered(*answer);
  return {std::move(answer->body), std::move(answer->status),
          std::move(answer->cursor), false, answer->delivered};
}

}  // namespace patchmilter::review
