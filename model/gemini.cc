#include "model/gemini.h"

#include <fmt/format.h>

#include <string>
#include <variant>

#include "base/text.h"
#include "model/gemini_answer.h"
#include "model/request_parts.h"
#include "model/wire_fault.h"
#include "model/wire_json.h"

namespace patchmilter::model {
namespace {

class Gemini : public Protocol {
 public:
  explicit Gemini(const Endpoint& endpoint)
      : endpoint_(std::make_shared<const Endpoint>(endpoint)) {}

  WireRequest Request(const Conversation& conversation) const override;
  std::string KeyHeader(const ApiKey& key) const override {
    return key.HeaderWith("x-goog-api-key: ");
  }
  std::unique_ptr<AnswerReader> NewReader() const override {
    return NewGeminiReader(endpoint_);
  }
  Fault FaultOf(const WireHead& head, std::string_view body) const override {
    Fault fault = GeminiFault(*endpoint_, head.status, body);
    TakeRetryHeaders(head, &fault);
    return fault;
  }

 private:
  std::string Path() const;
  void Settings(const Conversation::Opening& opening, JsonWriter* out) const;
  void Generation(std::uint64_t max_output, const std::string& answer_schema,
                  JsonWriter* out) const;

  std::shared_ptr<const Endpoint> endpoint_;
};

std::string Gemini::Path() const {
  std::string path = "/v1beta/";
  const std::string& model = endpoint_->model;
  if (model.find('/') == std::string::npos) path += "models/";
  for (const char c : model) {
    if (IsAlnumAscii(c) || c == '-' || c == '.' || c == '_' || c == '/') {
      path += c;
    } else {
      path += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return path + ":streamGenerateContent?alt=sse";
}

void Gemini::Settings(const Conversation::Opening& opening,
                      JsonWriter* out) const {
  if (!endpoint_->service_tier.empty()) {
    out->Key("serviceTier").String(endpoint_->service_tier);
  }
  if (!opening.system.empty()) {
    out->Key("systemInstruction").BeginObject().Key("parts").BeginArray();
    out->BeginObject().Key("text").String(opening.system).EndObject();
    out->EndArray().EndObject();
  }
  if (opening.tools.empty()) return;
  out->Key("tools").BeginArray().BeginObject();
  out->Key("functionDeclarations").BeginArray();
  for (const ToolSpec& tool : opening.tools) {
    out->BeginObject().Key("name").String(tool.name);
    out->Key("description").String(tool.description);
    out->Key("parametersJsonSchema").Raw(tool.schema).EndObject();
  }
  out->EndArray().EndObject().EndArray();
  out->Key("toolConfig").BeginObject();
  out->Key("functionCallingConfig").BeginObject();
  out->Key("mode").String("AUTO").EndObject().EndObject();
}

void Gemini::Generation(std::uint64_t max_output,
                        const std::string& answer_schema,
                        JsonWriter* out) const {
  out->Key("generationConfig").BeginObject();
  out->Key("maxOutputTokens").Number(max_output);
  if (!endpoint_->effort.empty()) {
    std::string level = endpoint_->effort;
    for (char& c : level) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    out->Key("thinkingConfig").BeginObject();
    out->Key("thinkingLevel").String(level).EndObject();
  }
  if (!answer_schema.empty()) {
    out->Key("responseMimeType").String("application/json");
    out->Key("responseJsonSchema").Raw(answer_schema);
  }
  out->EndObject();
}

void UserTexts(std::initializer_list<const std::string*> texts,
               JsonWriter* out) {
  out->BeginObject().Key("role").String("user").Key("parts").BeginArray();
  for (const std::string* text : texts) {
    if (text->empty()) continue;
    out->BeginObject().Key("text").String(*text).EndObject();
  }
  out->EndArray().EndObject();
}

void Said(const Input& input, JsonWriter* out) {
  if (input.results.empty()) {
    UserTexts({&input.text}, out);
    return;
  }
  out->BeginObject().Key("role").String("user").Key("parts").BeginArray();
  for (const ToolResult& result : input.results) {
    out->BeginObject().Key("functionResponse").BeginObject();
    if (!result.call_id.empty()) out->Key("id").String(result.call_id);
    out->Key("name").String(result.name);
    out->Key("response").BeginObject();
    out->Key(result.error ? "error" : "output").String(result.text);
    out->EndObject().EndObject().EndObject();
  }
  out->EndArray().EndObject();
}

WireRequest Gemini::Request(const Conversation& conversation) const {
  const Conversation::Opening& opening = conversation.opening();
  WireRequest request;
  request.path = Path();
  request.headers = CommonHeaders();

  // Turns at the end that paused with a token: only the newest token is sent.
  const auto& entries = conversation.entries();
  size_t end = entries.size();
  std::string_view token;
  while (end > 0) {
    const auto* turn = std::get_if<Turn>(&entries[end - 1]);
    if (turn == nullptr || turn->stop != StopReason::kPause) break;
    const size_t mark = turn->opaque.find(kContinuation);
    if (mark == std::string::npos) break;
    if (token.empty()) {
      token = std::string_view(turn->opaque).substr(mark + 1);
    }
    --end;
  }
  JsonWriter out;
  out.BeginObject();
  Settings(opening, &out);
  out.Key("contents").BeginArray();
  UserTexts({&opening.shared, &opening.task}, &out);
  std::string content;  // The model's, which goes on behind a pause.
  for (size_t i = 0; i < end; ++i) {
    const auto* turn = std::get_if<Turn>(&entries[i]);
    if (turn == nullptr) {
      Said(std::get<Input>(entries[i]), &out);
      continue;
    }
    std::string_view opaque = turn->opaque;
    opaque = opaque.substr(0, opaque.find(kContinuation));
    if (content.empty()) {
      content = opaque;
    } else if (!opaque.empty()) {
      content.resize(content.size() - kContentEnd.size());
      content += ',';
      content += opaque.substr(kContentBegin.size());
    }
    if (turn->stop == StopReason::kPause && i + 1 < end) continue;
    if (!content.empty()) out.Raw(content);
    content.clear();
  }
  out.EndArray();
  Generation(OutputLimit(*endpoint_, conversation, out.text()),
             opening.answer_schema, &out);
  if (!token.empty()) out.Key("continuationToken").Raw(token);
  out.EndObject();
  request.body = out.Take();
  return request;
}

}  // namespace

std::unique_ptr<Protocol> MakeGemini(const Endpoint& endpoint) {
  return std::make_unique<Gemini>(endpoint);
}

}  // namespace patchmilter::model
