#include "model/event_answer.h"

#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "model/wire_fault.h"

namespace patchmilter::model {
namespace {

constexpr std::size_t kMaxHead = 64UL << 10;
constexpr std::size_t kMaxName = 200;

}  // namespace

std::variant<std::monostate, Fault> EventAnswer::Take(std::string_view bytes) {
  if (fault_) return *fault_;
  bytes_ += bytes.size();
  if (bytes_ > kMaxAnswerBytes) {
    fault_ = BadAnswer("the answer is too long");
    return *fault_;
  }
  if (!any_event_ && head_.size() < kMaxHead) {
    head_ += bytes.substr(0, kMaxHead - head_.size());
  }
  const SseParser::End end =
      events_.Take(bytes, [&](std::string_view name, std::string_view data) {
        fault_ = TakeEvent(name, data);
        return !fault_;
      });
  if (end == SseParser::End::kTooLong) {
    fault_ = BadAnswer("an event of the answer is too long");
  }
  if (fault_) return *fault_;
  return std::monostate();
}

std::optional<Fault> EventAnswer::TakeEvent(std::string_view name,
                                            std::string_view data) {
  any_event_ = true;
  head_.clear();
  // The end of a stream of chat completions is no JSON.
  if (data == "[DONE]") return OnEvent("[DONE]", JsonSlice());
  if (data.empty()) return std::nullopt;
  const JsonSlice json = JsonSlice::Of(data);
  if (!json) return BadAnswer("an event of the answer is not JSON");
  return OnEvent(name, json);
}

std::variant<Turn, Fault> EventAnswer::Finish() {
  if (!fault_ && !any_event_) {
    const std::string_view body = Trim(head_);
    if (!body.empty() && (body.front() == '{' || body.front() == '[')) {
      fault_ = OnBody(body);
    } else if (!body.empty() && body.front() == '<') {
      fault_ = BadAnswer("the answer is a page, and no stream of events");
    }
  }
  if (!fault_ && !complete()) {
    Fault fault;
    fault.kind = FaultKind::kNetwork;
    fault.status = 200;
    fault.message = "the answer ended before its last event";
    fault_ = fault;
  }
  if (fault_) return *fault_;
  return End();
}

std::optional<Fault> AddCall(ToolCall call, std::vector<ToolCall>* calls) {
  if (calls->size() >= kMaxCalls) {
    return BadAnswer("the answer calls too many tools");
  }
  if (call.arguments.size() > kMaxArgumentBytes) {
    return BadAnswer("the arguments of a call are too long");
  }
  if (Trim(call.arguments).empty()) call.arguments = "{}";
  calls->push_back(std::move(call));
  return std::nullopt;
}

std::string ShortName(std::string_view text) {
  return log::Clean(text, kMaxName);
}

}  // namespace patchmilter::model
