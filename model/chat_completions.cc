#include "model/chat_completions.h"

#include <string>
#include <variant>

#include "model/chat_completions_answer.h"
#include "model/openai_fault.h"
#include "model/request_parts.h"
#include "model/wire_fault.h"
#include "model/wire_json.h"

namespace patchmilter::model {
namespace {

class ChatCompletions : public Protocol {
 public:
  explicit ChatCompletions(const Endpoint& endpoint)
      : endpoint_(std::make_shared<const Endpoint>(endpoint)) {}

  WireRequest Request(const Conversation& conversation) const override;
  std::string KeyHeader(const ApiKey& key) const override {
    return key.HeaderWith("authorization: Bearer ");
  }
  std::unique_ptr<AnswerReader> NewReader() const override {
    return NewChatReader(endpoint_, 0);
  }
  std::unique_ptr<AnswerReader> ReaderFor(
      const WireRequest& sent) const override {
    return NewChatReader(endpoint_, EstimateTokens(sent.body));
  }
  Fault FaultOf(const WireHead& head, std::string_view body) const override {
    Fault fault = OpenAiFault(*endpoint_, head.status, body);
    TakeRetryHeaders(head, &fault);
    return fault;
  }

 private:
  // OpenAI's own way; else a server on a site's machine.
  bool Hosted() const {
    return endpoint_->dialect == Dialect::kOpenAi ||
           endpoint_->dialect == Dialect::kOpenRouter;
  }
  void Settings(const Conversation::Opening& opening, JsonWriter* out) const;
  void FirstMessages(const Conversation::Opening& opening,
                     JsonWriter* out) const;
  static void Said(const Input& input, JsonWriter* out);

  std::shared_ptr<const Endpoint> endpoint_;
};

void ChatCompletions::Settings(const Conversation::Opening& opening,
                               JsonWriter* out) const {
  const Dialect dialect = endpoint_->dialect;
  out->Key("model").String(endpoint_->model);
  out->Key("stream").Bool(true);
  out->Key("stream_options").BeginObject();
  out->Key("include_usage").Bool(true).EndObject();
  if (!endpoint_->effort.empty()) {
    if (dialect == Dialect::kOpenRouter) {
      out->Key("reasoning").BeginObject();
      out->Key("effort").String(endpoint_->effort).EndObject();
    } else {
      out->Key("reasoning_effort").String(endpoint_->effort);
    }
  }
  if (!endpoint_->service_tier.empty()) {
    out->Key("service_tier").String(endpoint_->service_tier);
  }
  if (dialect == Dialect::kOpenAi) {
    out->Key("prompt_cache_key").String(SharedKey(opening));
  }
  if (!opening.answer_schema.empty()) {
    out->Key("response_format").BeginObject();
    out->Key("type").String("json_schema").Key("json_schema").BeginObject();
    out->Key("name").String("answer").Key("strict").Bool(true);
    out->Key("schema").Raw(opening.answer_schema).EndObject().EndObject();
  }
  if (opening.tools.empty()) return;
  out->Key("tools").BeginArray();
  for (const ToolSpec& tool : opening.tools) {
    out->BeginObject().Key("type").String("function");
    out->Key("function").BeginObject();
    out->Key("name").String(tool.name);
    out->Key("description").String(tool.description);
    out->Key("parameters").Raw(tool.schema);
    out->EndObject().EndObject();
  }
  out->EndArray();
}

void ChatCompletions::FirstMessages(const Conversation::Opening& opening,
                                    JsonWriter* out) const {
  if (!opening.system.empty()) {
    out->BeginObject().Key("role").String("system");
    out->Key("content").String(opening.system).EndObject();
  }
  out->BeginObject().Key("role").String("user").Key("content");
  if (Hosted()) {
    out->BeginArray();
    for (const std::string* text : {&opening.shared, &opening.task}) {
      if (text->empty()) continue;
      out->BeginObject().Key("type").String("text");
      out->Key("text").String(*text).EndObject();
    }
    out->EndArray();
  } else {
    // Their templates join parts each in its own way, Ollama as messages.
    std::string text = opening.shared;
    if (!opening.task.empty()) text += "\n\n" + opening.task;
    out->String(text);
  }
  out->EndObject();
}

void ChatCompletions::Said(const Input& input, JsonWriter* out) {
  for (const ToolResult& result : input.results) {
    out->BeginObject().Key("role").String("tool");
    out->Key("tool_call_id").String(result.call_id);
    out->Key("content").String(MarkedText(result)).EndObject();
  }
  if (input.results.empty()) {
    out->BeginObject().Key("role").String("user");
    out->Key("content").String(input.text).EndObject();
  }
}

WireRequest ChatCompletions::Request(const Conversation& conversation) const {
  WireRequest request;
  request.path = "/v1/chat/completions";
  request.headers = CommonHeaders();
  JsonWriter out;
  out.BeginObject();
  Settings(conversation.opening(), &out);
  out.Key("messages").BeginArray();
  FirstMessages(conversation.opening(), &out);
  for (const auto& entry : conversation.entries()) {
    if (const auto* turn = std::get_if<Turn>(&entry)) {
      if (!turn->opaque.empty()) out.Raw(turn->opaque);
    } else {
      Said(std::get<Input>(entry), &out);
    }
  }
  out.EndArray();
  out.Key(endpoint_->dialect == Dialect::kOpenAi ? "max_completion_tokens"
                                                 : "max_tokens");
  out.Number(OutputLimit(*endpoint_, conversation, out.text())).EndObject();
  request.body = out.Take();
  return request;
}

}  // namespace

std::unique_ptr<Protocol> MakeChatCompletions(const Endpoint& endpoint) {
  return std::make_unique<ChatCompletions>(endpoint);
}

}  // namespace patchmilter::model
