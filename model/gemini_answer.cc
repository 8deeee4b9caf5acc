#include "model/gemini_answer.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/event_answer.h"
#include "model/wire_fault.h"
#include "model/wire_json.h"

namespace patchmilter::model {
namespace {

// A quota that is used up for the day, or is nothing at all: a person's part.
bool QuotaIsFinal(const JsonSlice& error) {
  for (const JsonSlice& detail : error["details"].Elements()) {
    for (const JsonSlice& violation : detail["violations"].Elements()) {
      if (Mentions(violation["quotaId"].Text(), {"perday"}) ||
          violation["quotaValue"].Text() == "0") {
        return true;
      }
    }
  }
  return Mentions(error["message"].Text(),
                  {"credits are depleted", "spending cap", "spend cap",
                   "spend limit", "per day"});
}

bool HasReason(const JsonSlice& error, std::string_view reason) {
  const std::vector<JsonSlice> details = error["details"].Elements();
  return std::any_of(details.begin(), details.end(),
                     [&](const JsonSlice& detail) {
                       return detail["reason"].Text() == reason;
                     });
}

FaultKind KindOf(int status, const JsonSlice& error) {
  const std::string name = error["status"].Text();
  const std::string message = error["message"].Text();
  if (name == "RESOURCE_EXHAUSTED" || (name.empty() && status == 429)) {
    return QuotaIsFinal(error) ? FaultKind::kQuota : FaultKind::kOverloaded;
  }
  if (name == "INVALID_ARGUMENT" || (name.empty() && status == 400)) {
    if (HasReason(error, "API_KEY_INVALID") ||
        Mentions(message, {"api key not valid", "api key expired"})) {
      return FaultKind::kAuth;
    }
    if (Mentions(message,
                 {"token count", "maximum number of tokens", "payload size"})) {
      return FaultKind::kTooLong;
    }
    return FaultKind::kRequest;
  }
  if (name == "PERMISSION_DENIED" || name == "UNAUTHENTICATED" ||
      name == "FAILED_PRECONDITION") {
    return FaultKind::kAuth;
  }
  if (name == "NOT_FOUND" || name == "OUT_OF_RANGE" ||
      name == "UNIMPLEMENTED") {
    return FaultKind::kRequest;
  }
  if (!name.empty()) return FaultKind::kOverloaded;  // UNAVAILABLE, INTERNAL…
  const auto code = error["code"].Number();
  if (code && *code >= 400 && *code < 600) {
    return KindOfStatus(static_cast<int>(*code));
  }
  return status == 200 ? FaultKind::kOverloaded : KindOfStatus(status);
}

// RetryInfo: {"retryDelay": "34.07s"}.
std::optional<std::int64_t> RetryDelay(const JsonSlice& error) {
  for (const JsonSlice& detail : error["details"].Elements()) {
    std::string delay = detail["retryDelay"].Text();
    if (delay.empty() || delay.back() != 's') continue;
    delay.pop_back();
    if (const auto millis = ParseSeconds(delay)) return millis;
  }
  return std::nullopt;
}

class GeminiReader : public EventAnswer {
 public:
  explicit GeminiReader(std::shared_ptr<const Endpoint> endpoint)
      : endpoint_(std::move(endpoint)) {}

 protected:
  std::optional<Fault> OnEvent(std::string_view name,
                               const JsonSlice& data) override;
  Fault OnBody(std::string_view body) override {
    return GeminiFault(*endpoint_, 200, body);
  }
  std::variant<Turn, Fault> End() override;
  bool complete() const override {
    return !finish_.empty() || !blocked_.empty();
  }

 private:
  struct Part {
    std::string raw;  // "" for text alone, which may still grow.
    std::string text;
    bool call = false;
  };

  std::optional<Fault> OnPart(const JsonSlice& part);
  std::optional<Fault> TakeCalls(Turn* turn) const;
  std::string Opaque(bool whole) const;
  StopReason StopOf(bool calls) const;

  std::shared_ptr<const Endpoint> endpoint_;
  std::vector<Part> parts_;
  std::vector<ToolCall> calls_;
  std::string said_;  // Without thoughts.
  std::string finish_;
  std::string blocked_;
  std::string token_;  // Raw.
  Usage usage_;
  std::string model_;
  std::string id_;
};

std::optional<Fault> GeminiReader::OnEvent(std::string_view name,
                                           const JsonSlice& data) {
  const JsonSlice error = data["error"];
  if (name == "error" || (error && !error.IsNull())) {
    return GeminiFault(*endpoint_, 200, data.raw());
  }
  if (model_.empty()) model_ = ShortName(data["modelVersion"].Text());
  if (id_.empty()) id_ = ShortName(data["responseId"].Text());
  if (const JsonSlice usage = data["usageMetadata"]; usage.IsObject()) {
    // Running totals of the whole answer.
    const auto number = [&](std::string_view member) {
      return usage[member].Number().value_or(0);
    };
    usage_.input =
        number("promptTokenCount") + number("toolUsePromptTokenCount");
    usage_.cache_read = number("cachedContentTokenCount");
    usage_.output =
        number("candidatesTokenCount") + number("thoughtsTokenCount");
  }
  const std::string blocked = data["promptFeedback"]["blockReason"].Text();
  if (!blocked.empty()) blocked_ = ShortName(blocked);
  for (const JsonSlice& candidate : data["candidates"].Elements()) {
    if (candidate["index"].Number().value_or(0) != 0) continue;
    for (const JsonSlice& part : candidate["content"]["parts"].Elements()) {
      if (std::optional<Fault> fault = OnPart(part)) return fault;
    }
    const JsonSlice token = candidate["continuationToken"];
    if (token.IsString()) token_ = token.raw();
    const std::string finish = candidate["finishReason"].Text();
    if (!finish.empty()) finish_ = ShortName(finish);
  }
  return std::nullopt;
}

std::optional<Fault> GeminiReader::OnPart(const JsonSlice& part) {
  const std::vector<JsonSlice::Member> members = part.Members();
  const std::string text = part["text"].Text();
  if (members.size() == 1 && members.front().name == "text") {
    said_ += text;
    if (text.empty()) return std::nullopt;
    const bool grows = !parts_.empty() && parts_.back().raw.empty();
    if (!grows) parts_.push_back({});
    parts_.back().text += text;
  } else {
    if (!part["thought"].IsTrue()) said_ += text;
    const JsonSlice call = part["functionCall"];
    if (call["willContinue"].IsTrue()) {
      return BadAnswer("a call comes in pieces, which was not asked for");
    }
    if (call.IsObject()) {
      const JsonSlice args = call["args"];
      std::optional<Fault> fault =
          AddCall({call["id"].Text(), call["name"].Text(),
                   std::string(args ? args.raw() : "{}")},
                  &calls_);
      if (fault) return fault;
    }
    parts_.push_back({std::string(part.raw()), "", call.IsObject()});
  }
  if (parts_.size() > kMaxBlocks) {
    return BadAnswer("the answer has too many parts");
  }
  return std::nullopt;
}

StopReason GeminiReader::StopOf(bool calls) const {
  if (!blocked_.empty()) return StopReason::kRefusal;
  if (finish_ == "STOP") {
    return calls ? StopReason::kToolUse : StopReason::kDone;
  }
  if (finish_ == "MAX_TOKENS") return StopReason::kMaxTokens;
  if (finish_ == "CONTINUATION") {
    return calls ? StopReason::kToolUse : StopReason::kPause;
  }
  if (finish_ == "MALFORMED_FUNCTION_CALL" ||
      finish_ == "UNEXPECTED_TOOL_CALL" || finish_ == "TOO_MANY_TOOL_CALLS") {
    return StopReason::kMalformed;
  }
  return StopReason::kRefusal;  // SAFETY, RECITATION, OTHER, and so on.
}

// The content as it goes back; without calls where the turn is not whole.
std::string GeminiReader::Opaque(bool whole) const {
  JsonWriter out;  // The parts.
  bool any = false;
  for (const Part& part : parts_) {
    if (part.call && !whole) continue;
    any = true;
    if (part.raw.empty()) {
      out.BeginObject().Key("text").String(part.text).EndObject();
    } else {
      out.Raw(part.raw);
    }
  }
  if (!any) return "";
  return std::string(kContentBegin) + out.text() + std::string(kContentEnd);
}

std::optional<Fault> GeminiReader::TakeCalls(Turn* turn) const {
  std::set<std::string> ids;
  for (const ToolCall& call : calls_) {
    if (!call.id.empty() && !ids.insert(call.id).second) {
      return BadAnswer("two calls have one id");
    }
    turn->calls.push_back(call);
  }
  return std::nullopt;
}

std::variant<Turn, Fault> GeminiReader::End() {
  if (finish_ == "FINISH_REASON_UNSPECIFIED") {
    return BadAnswer("the answer ended for no reason");
  }
  Turn turn;
  turn.stop = StopOf(!calls_.empty());
  const bool whole = turn.stop == StopReason::kDone ||
                     turn.stop == StopReason::kToolUse ||
                     turn.stop == StopReason::kPause;
  if (turn.stop == StopReason::kToolUse) {
    if (std::optional<Fault> fault = TakeCalls(&turn)) return *fault;
  }
  turn.text = said_;
  turn.opaque = Opaque(whole);
  if (turn.stop == StopReason::kPause && !token_.empty()) {
    turn.opaque += kContinuation + token_;
  }
  turn.usage = usage_;
  turn.model = model_;
  turn.request_id = id_;
  return turn;
}

}  // namespace

std::unique_ptr<AnswerReader> NewGeminiReader(
    std::shared_ptr<const Endpoint> endpoint) {
  return std::make_unique<GeminiReader>(std::move(endpoint));
}

Fault GeminiFault(const Endpoint& endpoint, int status, std::string_view body) {
  JsonSlice json = JsonSlice::Of(body);
  // Without ?alt=sse they come in an array.
  if (const auto elements = json.Elements(); !elements.empty()) {
    json = elements.front();
  }
  const JsonSlice error = json["error"];
  if (!error.IsObject()) {
    return MakeFault(
        endpoint, status == 200 ? FaultKind::kProtocol : KindOfStatus(status),
        status, BodyExcerpt(body));
  }
  std::string what = error["status"].Text();
  if (!what.empty()) what += ": ";
  what += error["message"].Text();
  Fault fault = MakeFault(endpoint, KindOf(status, error), status, what);
  fault.retry_after_ms = RetryDelay(error);
  return fault;
}

}  // namespace patchmilter::model
