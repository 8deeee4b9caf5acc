#include "model/responses_answer.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/event_answer.h"
#include "model/openai_fault.h"
#include "model/wire_fault.h"
#include "model/wire_json.h"

namespace patchmilter::model {
namespace {

class ResponsesReader : public EventAnswer {
 public:
  explicit ResponsesReader(std::shared_ptr<const Endpoint> endpoint)
      : endpoint_(std::move(endpoint)) {}

 protected:
  std::optional<Fault> OnEvent(std::string_view name,
                               const JsonSlice& data) override;
  Fault OnBody(std::string_view body) override {
    return OpenAiFault(*endpoint_, 200, body);
  }
  std::variant<Turn, Fault> End() override;
  bool complete() const override { return ended_; }

 private:
  std::optional<Fault> OnItem(const JsonSlice& data);
  std::optional<Fault> OnEnd(const JsonSlice& response);
  std::optional<Fault> TakeItems(Turn* turn);

  std::shared_ptr<const Endpoint> endpoint_;
  bool ended_ = false;
  std::map<std::uint64_t, std::string> items_;  // By index; raw.
  StopReason stop_ = StopReason::kDone;
  Usage usage_;
  std::string model_;
  std::string id_;
};

std::optional<Fault> ResponsesReader::OnEvent(std::string_view name,
                                              const JsonSlice& data) {
  const std::string type = data["type"].Text();
  if (type == "error" || name == "error") {
    // {"type": "error", "code", "message"}, or with an object inside.
    const JsonSlice inner = data["error"];
    if (inner.IsObject()) return OpenAiErrorFault(*endpoint_, 200, inner);
    // Its type is no error's.
    const std::string code = data["code"].Text();
    JsonWriter error;
    error.BeginObject().Key("code").String(code);
    error.Key("message").String(data["message"].Text()).EndObject();
    return OpenAiErrorFault(*endpoint_, 200, JsonSlice::Of(error.text()));
  }
  if (ended_) return std::nullopt;
  if (type == "response.output_item.done") return OnItem(data);
  if (type == "response.failed") {
    const JsonSlice error = data["response"]["error"];
    if (error.IsObject()) return OpenAiErrorFault(*endpoint_, 200, error);
    return MakeFault(*endpoint_, FaultKind::kOverloaded, 200,
                     "the response failed");
  }
  if (type == "response.completed" || type == "response.incomplete") {
    return OnEnd(data["response"]);
  }
  return std::nullopt;  // What grows comes again, whole.
}

std::optional<Fault> ResponsesReader::OnItem(const JsonSlice& data) {
  const auto index = data["output_index"].Number();
  const JsonSlice item = data["item"];
  if (!index || !item.IsObject()) return BadAnswer("an item has no place");
  if (items_.size() >= kMaxBlocks) return BadAnswer("too many items");
  if (!items_.emplace(*index, item.raw()).second) {
    return BadAnswer("an item has come twice");
  }
  return std::nullopt;
}

std::optional<Fault> ResponsesReader::OnEnd(const JsonSlice& response) {
  ended_ = true;
  model_ = ShortName(response["model"].Text());
  id_ = ShortName(response["id"].Text());
  const JsonSlice usage = response["usage"];
  const JsonSlice details = usage["input_tokens_details"];
  usage_.input = usage["input_tokens"].Number().value_or(0);
  usage_.output = usage["output_tokens"].Number().value_or(0);
  usage_.cache_read = details["cached_tokens"].Number().value_or(0);
  usage_.cache_write = details["cache_write_tokens"].Number().value_or(0);
  const std::string status = response["status"].Text();
  if (status == "incomplete") {
    const std::string reason = response["incomplete_details"]["reason"].Text();
    stop_ = reason == "content_filter" ? StopReason::kRefusal
                                       : StopReason::kMaxTokens;
  } else if (status == "failed" || status == "cancelled") {
    return MakeFault(*endpoint_, FaultKind::kOverloaded, 200,
                     "the response was " + status);
  } else if (!status.empty() && status != "completed") {
    return BadAnswer("the response ended with the status " + status);
  }
  // Servers that give the items at the end alone.
  const std::vector<JsonSlice> output = response["output"].Elements();
  if (items_.empty() && output.size() <= kMaxBlocks) {
    for (size_t i = 0; i < output.size(); ++i) {
      items_.emplace(i, output[i].raw());
    }
  }
  return std::nullopt;
}

// An item as input takes it: without what only an output has.
std::string AsInput(const JsonSlice& item) {
  if (!item["created_by"]) return std::string(item.raw());
  JsonWriter out;
  out.BeginObject();
  for (const JsonSlice::Member& member : item.Members()) {
    if (member.name == "created_by") continue;
    out.EscapedKey(member.name);
    out.Raw(member.value.raw());
  }
  out.EndObject();
  return out.Take();
}

// A message's text; `refused` where it is a refusal.
std::string MessageText(const JsonSlice& item, bool* refused) {
  std::string text;
  for (const JsonSlice& part : item["content"].Elements()) {
    if (part["type"].Text() == "refusal") {
      *refused = true;
      text += part["refusal"].Text();
    } else {
      text += part["text"].Text();
    }
  }
  return text;
}

std::optional<Fault> ResponsesReader::TakeItems(Turn* turn) {
  bool refused = false;
  for (const auto& [index, raw] : items_) {
    const JsonSlice item = JsonSlice::Of(raw);
    if (item["type"].Text() != "message") continue;
    if (!turn->text.empty()) turn->text += '\n';
    turn->text += MessageText(item, &refused);
  }
  if (refused) turn->stop = StopReason::kRefusal;
  const bool whole = turn->stop == StopReason::kDone;
  std::set<std::string> ids;
  JsonWriter out;
  std::vector<std::string> waiting;  // Reasoning that needs what follows it.
  for (const auto& [index, raw] : items_) {
    const JsonSlice item = JsonSlice::Of(raw);
    const std::string type = item["type"].Text();
    if (type == "function_call") {
      if (!whole) {
        waiting.clear();
        continue;
      }
      const std::string status = item["status"].Text();
      if (!status.empty() && status != "completed") {
        return BadAnswer("a call of a complete response is not complete");
      }
      ToolCall call{item["call_id"].Text(), item["name"].Text(),
                    item["arguments"].Text()};
      if (call.id.empty() || !ids.insert(call.id).second) {
        return BadAnswer("a call has no id of its own");
      }
      if (std::optional<Fault> fault = AddCall(std::move(call), &turn->calls)) {
        return fault;
      }
    } else if (!whole && type != "message") {
      waiting.push_back(AsInput(item));
      continue;
    }
    for (const std::string& each : waiting) out.Raw(each);
    waiting.clear();
    out.Raw(AsInput(item));
  }
  turn->opaque = out.Take();
  return std::nullopt;
}

std::variant<Turn, Fault> ResponsesReader::End() {
  Turn turn;
  turn.stop = stop_;
  if (std::optional<Fault> fault = TakeItems(&turn)) return *fault;
  if (!turn.calls.empty()) turn.stop = StopReason::kToolUse;
  turn.usage = usage_;
  turn.model = model_;
  turn.request_id = id_;
  return turn;
}

}  // namespace

std::unique_ptr<AnswerReader> NewResponsesReader(
    std::shared_ptr<const Endpoint> endpoint) {
  return std::make_unique<ResponsesReader>(std::move(endpoint));
}

}  // namespace patchmilter::model
