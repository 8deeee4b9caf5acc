#include "model/responses.h"

#include <string>
#include <variant>

#include "model/openai_fault.h"
#include "model/request_parts.h"
#include "model/responses_answer.h"
#include "model/wire_fault.h"
#include "model/wire_json.h"

namespace patchmilter::model {
namespace {

class Responses : public Protocol {
 public:
  explicit Responses(const Endpoint& endpoint)
      : endpoint_(std::make_shared<const Endpoint>(endpoint)) {}

  WireRequest Request(const Conversation& conversation) const override;
  std::string KeyHeader(const ApiKey& key) const override {
    return key.HeaderWith("authorization: Bearer ");
  }
  std::unique_ptr<AnswerReader> NewReader() const override {
    return NewResponsesReader(endpoint_);
  }
  Fault FaultOf(const WireHead& head, std::string_view body) const override {
    Fault fault = OpenAiFault(*endpoint_, head.status, body);
    TakeRetryHeaders(head, &fault);
    return fault;
  }

 private:
  void Settings(const Conversation::Opening& opening, JsonWriter* out) const;

  std::shared_ptr<const Endpoint> endpoint_;
};

void Responses::Settings(const Conversation::Opening& opening,
                         JsonWriter* out) const {
  out->Key("model").String(endpoint_->model);
  out->Key("stream").Bool(true);
  out->Key("store").Bool(false);
  out->Key("include").BeginArray();
  out->String("reasoning.encrypted_content").EndArray();
  out->Key("prompt_cache_key").String(SharedKey(opening));
  if (!endpoint_->effort.empty()) {
    out->Key("reasoning").BeginObject();
    out->Key("effort").String(endpoint_->effort).EndObject();
  }
  if (!endpoint_->service_tier.empty()) {
    out->Key("service_tier").String(endpoint_->service_tier);
  }
  if (!opening.answer_schema.empty()) {
    out->Key("text").BeginObject().Key("format").BeginObject();
    out->Key("type").String("json_schema").Key("name").String("answer");
    out->Key("strict").Bool(true);
    out->Key("schema").Raw(opening.answer_schema).EndObject().EndObject();
  }
  if (!opening.system.empty()) {
    out->Key("instructions").String(opening.system);
  }
  if (opening.tools.empty()) return;
  out->Key("tools").BeginArray();
  for (const ToolSpec& tool : opening.tools) {
    out->BeginObject().Key("type").String("function");
    out->Key("name").String(tool.name);
    out->Key("description").String(tool.description);
    // Left out it would be true, and refuse most schemas.
    out->Key("strict").Bool(false);
    out->Key("parameters").Raw(tool.schema).EndObject();
  }
  out->EndArray();
}

void UserMessage(std::initializer_list<const std::string*> texts,
                 JsonWriter* out) {
  out->BeginObject().Key("role").String("user").Key("content").BeginArray();
  for (const std::string* text : texts) {
    if (text->empty()) continue;
    out->BeginObject().Key("type").String("input_text");
    out->Key("text").String(*text).EndObject();
  }
  out->EndArray().EndObject();
}

void Said(const Input& input, JsonWriter* out) {
  for (const ToolResult& result : input.results) {
    out->BeginObject().Key("type").String("function_call_output");
    out->Key("call_id").String(result.call_id);
    out->Key("output").String(MarkedText(result)).EndObject();
  }
  if (input.results.empty()) UserMessage({&input.text}, out);
}

WireRequest Responses::Request(const Conversation& conversation) const {
  const Conversation::Opening& opening = conversation.opening();
  WireRequest request;
  request.path = "/v1/responses";
  request.headers = CommonHeaders();
  JsonWriter out;
  out.BeginObject();
  Settings(opening, &out);
  out.Key("input").BeginArray();
  UserMessage({&opening.shared, &opening.task}, &out);
  for (const auto& entry : conversation.entries()) {
    if (const auto* turn = std::get_if<Turn>(&entry)) {
      if (!turn->opaque.empty()) out.Raw(turn->opaque);
    } else {
      Said(std::get<Input>(entry), &out);
    }
  }
  out.EndArray();
  out.Key("max_output_tokens")
      .Number(OutputLimit(*endpoint_, conversation, out.text()));
  out.EndObject();
  request.body = out.Take();
  return request;
}

}  // namespace

std::unique_ptr<Protocol> MakeResponses(const Endpoint& endpoint) {
  return std::make_unique<Responses>(endpoint);
}

}  // namespace patchmilter::model
