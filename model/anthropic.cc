#include "model/anthropic.h"

#include <string>
#include <variant>

#include "model/anthropic_answer.h"
#include "model/request_parts.h"
#include "model/wire_fault.h"
#include "model/wire_json.h"

namespace patchmilter::model {
namespace {

class Anthropic : public Protocol {
 public:
  explicit Anthropic(const Endpoint& endpoint)
      : endpoint_(std::make_shared<const Endpoint>(endpoint)) {}

  WireRequest Request(const Conversation& conversation) const override;
  std::string KeyHeader(const ApiKey& key) const override {
    return key.HeaderWith("x-api-key: ");
  }
  std::unique_ptr<AnswerReader> NewReader() const override {
    return NewAnthropicReader(endpoint_);
  }
  Fault FaultOf(const WireHead& head, std::string_view body) const override {
    Fault fault = AnthropicFault(*endpoint_, head.status, body);
    TakeRetryHeaders(head, &fault);
    return fault;
  }

 private:
  void Mark(JsonWriter* out) const;
  void Text(std::string_view text, bool marked, JsonWriter* out) const;
  void Opening(const Conversation::Opening& opening, JsonWriter* out) const;
  void FirstMessage(const Conversation::Opening& opening, bool marked,
                    JsonWriter* out) const;
  void Said(const Input& input, bool marked, JsonWriter* out) const;

  std::shared_ptr<const Endpoint> endpoint_;
};

void Anthropic::Mark(JsonWriter* out) const {
  out->Key("cache_control").BeginObject().Key("type").String("ephemeral");
  if (endpoint_->long_cache) out->Key("ttl").String("1h");
  out->EndObject();
}

void Anthropic::Text(std::string_view text, bool marked,
                     JsonWriter* out) const {
  out->BeginObject().Key("type").String("text").Key("text").String(text);
  if (marked) Mark(out);
  out->EndObject();
}

void Anthropic::Opening(const Conversation::Opening& opening,
                        JsonWriter* out) const {
  out->Key("model").String(endpoint_->model);
  out->Key("stream").Bool(true);
  if (!endpoint_->service_tier.empty()) {
    out->Key("service_tier").String(endpoint_->service_tier);
  }
  if (!endpoint_->effort.empty() || !opening.answer_schema.empty()) {
    out->Key("output_config").BeginObject();
    if (!endpoint_->effort.empty()) {
      out->Key("effort").String(endpoint_->effort);
    }
    if (!opening.answer_schema.empty()) {
      out->Key("format").BeginObject().Key("type").String("json_schema");
      out->Key("schema").Raw(opening.answer_schema).EndObject();
    }
    out->EndObject();
  }
  if (!opening.tools.empty()) {
    out->Key("tools").BeginArray();
    for (const ToolSpec& tool : opening.tools) {
      out->BeginObject().Key("name").String(tool.name);
      out->Key("description").String(tool.description);
      out->Key("input_schema").Raw(tool.schema);
      // Without a system text the mark behind the tools is here.
      if (opening.system.empty() && &tool == &opening.tools.back()) Mark(out);
      out->EndObject();
    }
    out->EndArray();
  }
  if (!opening.system.empty()) {
    out->Key("system").BeginArray();
    Text(opening.system, true, out);
    out->EndArray();
  }
}

void Anthropic::FirstMessage(const Conversation::Opening& opening, bool marked,
                             JsonWriter* out) const {
  out->BeginObject().Key("role").String("user").Key("content").BeginArray();
  Text(opening.shared, true, out);
  if (!opening.task.empty()) Text(opening.task, marked, out);
  out->EndArray().EndObject();
}

void Anthropic::Said(const Input& input, bool marked, JsonWriter* out) const {
  out->BeginObject().Key("role").String("user").Key("content").BeginArray();
  for (const ToolResult& result : input.results) {
    out->BeginObject().Key("type").String("tool_result");
    out->Key("tool_use_id").String(result.call_id);
    // A string, because an empty one is allowed and an empty block is not.
    out->Key("content").String(result.text);
    if (result.error) out->Key("is_error").Bool(true);
    if (marked && &result == &input.results.back()) Mark(out);
    out->EndObject();
  }
  if (input.results.empty()) Text(input.text, marked, out);
  out->EndArray().EndObject();
}

WireRequest Anthropic::Request(const Conversation& conversation) const {
  WireRequest request;
  request.path = "/v1/messages";
  request.headers = CommonHeaders();
  request.headers.push_back("anthropic-version: 2026-10-21");

  size_t messages = 1;  // Of ours.
  for (const auto& entry : conversation.entries()) {
    if (std::holds_alternative<Input>(entry)) ++messages;
  }
  size_t newer = messages;  // This one and those behind it.
  JsonWriter out;
  out.BeginObject();
  Opening(conversation.opening(), &out);
  out.Key("messages").BeginArray();
  FirstMessage(conversation.opening(), newer-- <= 2, &out);
  for (const auto& entry : conversation.entries()) {
    if (const auto* turn = std::get_if<Turn>(&entry)) {
      if (!turn->opaque.empty()) out.Raw(turn->opaque);
    } else {
      Said(std::get<Input>(entry), newer-- <= 2, &out);
    }
  }
  out.EndArray();
  out.Key("max_tokens")
      .Number(OutputLimit(*endpoint_, conversation, out.text()));
  out.EndObject();
  request.body = out.Take();
  return request;
}

}  // namespace

std::unique_ptr<Protocol> MakeAnthropic(const Endpoint& endpoint) {
  return std::make_unique<Anthropic>(endpoint);
}

}  // namespace patchmilter::model
