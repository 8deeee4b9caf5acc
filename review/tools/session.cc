#include "review/tools/session.h"

#include <utility>

namespace patchmilter::review {
namespace {

ToolSession::Reply Refused(std::string why) {
  ToolSession::Reply reply;
  reply.status = std::move(why);
  reply.error = true;
  return reply;
}

}  // namespace

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
  if (!parsed.ok()) return Refused(parsed.error().message);
  return Call(tool, *parsed);
}

ToolSession::Reply ToolSession::Call(const Tool& tool,
                                     const Arguments& arguments) {
  if (!usage_->Begin()) {
    return Refused(
        "limit reached: no more questions about this series are answered");
  }
  Result<AnswerText> answer =
      tool.run(code_, arguments, usage_->limits().answer);
  if (!answer.ok()) return Refused(answer.error().message);
  usage_->Delivered(*answer);
  return {std::move(answer).value()};
}

}  // namespace patchmilter::review
