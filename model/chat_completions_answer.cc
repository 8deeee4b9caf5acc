#include "model/chat_completions_answer.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/text.h"
#include "model/event_answer.h"
#include "model/openai_fault.h"
#include "model/wire_fault.h"
#include "model/wire_json.h"

namespace patchmilter::model {
namespace {

// A prompt that is no longer than this fits Ollama's smallest window.
constexpr std::uint64_t kSurelyFits = 2000;
constexpr size_t kMaxMembers = 64;  // Of a detail.

struct CallSoFar {
  std::optional<std::uint64_t> index;
  std::string id;
  std::string name;
  std::string arguments;
};

// A member of `reasoning_details`: its members, raw, and the text that grows.
struct Detail {
  std::string type;
  std::string index;  // Raw.
  std::vector<std::pair<std::string, std::string>> members;
  std::string text;  // Of "text" or "summary".
};

bool Grows(std::string_view name) {
  return name == "text" || name == "summary";
}

class ChatReader : public EventAnswer {
 public:
  ChatReader(std::shared_ptr<const Endpoint> endpoint,
             std::uint64_t sent_tokens)
      : endpoint_(std::move(endpoint)), sent_tokens_(sent_tokens) {}

 protected:
  std::optional<Fault> OnEvent(std::string_view name,
                               const JsonSlice& data) override;
  Fault OnBody(std::string_view body) override {
    return OpenAiFault(*endpoint_, 200, body);
  }
  std::variant<Turn, Fault> End() override;
  bool complete() const override { return done_ && !finish_.empty(); }

 private:
  std::optional<Fault> OnChoice(const JsonSlice& choice);
  std::optional<Fault> OnCall(const JsonSlice& delta);
  bool OnDetail(const JsonSlice& piece);
  void TakeUsage(const JsonSlice& usage);
  bool Truncated() const;
  void NameCalls();
  void Details(JsonWriter* out) const;
  std::string Opaque(const std::vector<CallSoFar>& calls) const;

  std::shared_ptr<const Endpoint> endpoint_;
  std::uint64_t sent_tokens_;
  bool done_ = false;
  std::string finish_;
  std::string content_;
  std::string refusal_;
  std::string reasoning_;
  std::string reasoning_name_;   // As the server calls it.
  std::vector<Detail> details_;  // OpenRouter's reasoning.
  std::vector<CallSoFar> calls_;
  Usage usage_;
  std::string model_;
  std::string id_;
};

std::optional<Fault> ChatReader::OnEvent(std::string_view name,
                                         const JsonSlice& data) {
  if (name == "[DONE]") {
    done_ = true;
    return std::nullopt;
  }
  const JsonSlice error = data["error"];
  if (name == "error" || (error && !error.IsNull())) {
    return OpenAiFault(*endpoint_, 200, data.raw());
  }
  // vLLM's older form, in a stream.
  if (data["object"].Text() == "error") {
    return OpenAiErrorFault(*endpoint_, 200, data);
  }
  if (done_) return std::nullopt;
  if (model_.empty()) model_ = ShortName(data["model"].Text());
  if (id_.empty()) id_ = ShortName(data["id"].Text());
  if (data["usage"].IsObject()) TakeUsage(data["usage"]);
  for (const JsonSlice& choice : data["choices"].Elements()) {
    if (choice["index"].Number().value_or(0) != 0) continue;
    if (std::optional<Fault> fault = OnChoice(choice)) return fault;
  }
  return std::nullopt;
}

std::optional<Fault> ChatReader::OnChoice(const JsonSlice& choice) {
  const JsonSlice delta = choice["delta"];
  content_ += delta["content"].Text();
  refusal_ += delta["refusal"].Text();
  for (const std::string_view name : {"reasoning_content", "reasoning"}) {
    const std::string piece = delta[name].Text();
    if (piece.empty()) continue;
    // Some send both, with the same text.
    if (reasoning_name_.empty()) reasoning_name_ = name;
    if (reasoning_name_ == name) reasoning_ += piece;
  }
  for (const JsonSlice& detail : delta["reasoning_details"].Elements()) {
    if (!OnDetail(detail)) return BadAnswer("too many pieces of reasoning");
  }
  for (const JsonSlice& call : delta["tool_calls"].Elements()) {
    if (std::optional<Fault> fault = OnCall(call)) return fault;
  }
  const std::string finish = choice["finish_reason"].Text();
  if (!finish.empty()) finish_ = finish;
  return std::nullopt;
}

// Pieces of one type and index in a row are one: their text is joined, what
// else they say (a signature comes last) is taken as it came.
bool ChatReader::OnDetail(const JsonSlice& piece) {
  const std::string type = piece["type"].Text();
  const std::string index(piece["index"].raw());
  if (details_.empty() || details_.back().type != type ||
      details_.back().index != index) {
    if (details_.size() >= kMaxBlocks) return false;
    details_.push_back({type, index, {}, ""});
  }
  Detail& detail = details_.back();
  for (const JsonSlice::Member& member : piece.Members()) {
    if (Grows(member.name)) detail.text += member.value.Text();
    const auto same = std::find_if(
        detail.members.begin(), detail.members.end(),
        [&](const auto& each) { return each.first == member.name; });
    if (same == detail.members.end()) {
      if (detail.members.size() >= kMaxMembers) return false;
      detail.members.emplace_back(member.name, member.value.raw());
    } else if (!member.value.IsNull()) {
      same->second = member.value.raw();
    }
  }
  return true;
}

std::optional<Fault> ChatReader::OnCall(const JsonSlice& delta) {
  const auto index = delta["index"].Number();
  const std::string id = delta["id"].Text();
  const std::string name = delta["function"]["name"].Text();
  // The call that grows: the last of this index. Servers that give one index to
  // all calls, or none, tell the next one by another id, or by a name again.
  CallSoFar* call = nullptr;
  for (CallSoFar& each : calls_) {
    if (each.index == index) call = &each;
  }
  if (call != nullptr && !id.empty() && !call->id.empty() && id != call->id) {
    call = nullptr;
  }
  if (call != nullptr && !index && !name.empty()) call = nullptr;
  if (call == nullptr) {
    if (calls_.size() >= kMaxCalls) {
      return BadAnswer("the answer calls too many tools");
    }
    call = &calls_.emplace_back();
    call->index = index;
  }
  if (call->id.empty()) call->id = id;
  if (call->name.empty()) call->name = name;
  const JsonSlice arguments = delta["function"]["arguments"];
  // A string; some local servers give the object itself.
  if (arguments.IsString()) {
    call->arguments += arguments.Text();
  } else if (arguments.IsObject()) {
    call->arguments += arguments.raw();
  }
  if (call->arguments.size() > kMaxArgumentBytes) {
    return BadAnswer("the arguments of a call are too long");
  }
  return std::nullopt;
}

void ChatReader::TakeUsage(const JsonSlice& usage) {
  const JsonSlice details = usage["prompt_tokens_details"];
  usage_.input = usage["prompt_tokens"].Number().value_or(0);
  usage_.output = usage["completion_tokens"].Number().value_or(0);
  usage_.cache_read = details["cached_tokens"].Number().value_or(
      usage["prompt_cache_hit_tokens"].Number().value_or(0));
  usage_.cache_write = details["cache_write_tokens"].Number().value_or(0);
}

// Ollama drops the beginning of a prompt that is longer than num_ctx, and says
// nothing; but it counts what it has read.
bool ChatReader::Truncated() const {
  return endpoint_->dialect == Dialect::kOllama && usage_.input > 0 &&
         sent_tokens_ > kSurelyFits && usage_.input < sent_tokens_ / 2;
}

// Gives each call an id of its own.
void ChatReader::NameCalls() {
  std::set<std::string> ids;
  for (size_t i = 0; i < calls_.size(); ++i) {
    CallSoFar& call = calls_[i];
    for (size_t again = 0; call.id.empty() || !ids.insert(call.id).second;
         ++again) {
      call.id = Sha256HexOf({id_, call.name, call.arguments, std::to_string(i),
                             std::to_string(again)})
                    .substr(0, 9);
      if (ids.insert(call.id).second) break;
    }
  }
}

void ChatReader::Details(JsonWriter* out) const {
  if (details_.empty()) return;
  out->Key("reasoning_details").BeginArray();
  for (const Detail& detail : details_) {
    out->BeginObject();
    for (const auto& [name, raw] : detail.members) {
      out->EscapedKey(name);
      if (Grows(name)) {
        out->String(detail.text);
      } else {
        out->Raw(raw);
      }
    }
    out->EndObject();
  }
  out->EndArray();
}

// The message as it goes back.
std::string ChatReader::Opaque(const std::vector<CallSoFar>& calls) const {
  if (content_.empty() && refusal_.empty() && calls.empty()) return "";
  JsonWriter out;
  out.BeginObject().Key("role").String("assistant").Key("content");
  const bool hosted = endpoint_->dialect == Dialect::kOpenAi ||
                      endpoint_->dialect == Dialect::kOpenRouter;
  if (!content_.empty()) {
    out.String(content_);
  } else if (calls.empty()) {
    out.String(refusal_);
  } else if (hosted) {
    out.Raw("null");
  } else {
    out.String("");  // Templates add to it.
  }
  // OpenAI's own refuses what it does not know.
  if (endpoint_->dialect != Dialect::kOpenAi) {
    if (!reasoning_.empty()) out.Key(reasoning_name_).String(reasoning_);
    Details(&out);
  }
  if (!calls.empty()) {
    out.Key("tool_calls").BeginArray();
    for (const CallSoFar& call : calls) {
      const bool good = JsonSlice::Of(call.arguments).IsObject();
      out.BeginObject().Key("id").String(call.id);
      out.Key("type").String("function").Key("function").BeginObject();
      out.Key("name").String(call.name);
      out.Key("arguments").String(good ? call.arguments : "{}");
      out.EndObject().EndObject();
    }
    out.EndArray();
  }
  out.EndObject();
  return out.Take();
}

std::variant<Turn, Fault> ChatReader::End() {
  if (Truncated()) {
    Fault fault;
    fault.kind = FaultKind::kTooLong;
    fault.status = 200;
    fault.message =
        "the server has truncated the prompt: raise num_ctx (it read " +
        std::to_string(usage_.input) + " tokens of some " +
        std::to_string(sent_tokens_) + ")";
    return fault;
  }
  if (finish_ == "error" || finish_ == "abort" || finish_ == "cancelled") {
    return MakeFault(*endpoint_, FaultKind::kOverloaded, 200,
                     "the server gave up its answer");
  }
  Turn turn;
  bool keep_calls = false;
  if (finish_ == "stop" || finish_ == "tool_calls" ||
      finish_ == "function_call") {
    keep_calls = true;
    if (!calls_.empty()) {
      turn.stop = StopReason::kToolUse;
    } else if (finish_ != "stop") {
      turn.stop = StopReason::kMalformed;
    }
  } else if (finish_ == "length") {
    turn.stop = StopReason::kMaxTokens;
  } else if (finish_ == "content_filter" || finish_ == "refusal") {
    turn.stop = StopReason::kRefusal;
  } else if (!calls_.empty()) {
    turn.stop = StopReason::kMalformed;  // Not known: nothing is run.
  }
  if (!refusal_.empty()) {
    turn.stop = StopReason::kRefusal;
    keep_calls = false;
  }
  if (!keep_calls) calls_.clear();
  NameCalls();
  for (const CallSoFar& call : calls_) {
    std::optional<Fault> fault =
        AddCall({call.id, call.name, call.arguments}, &turn.calls);
    if (fault) return *fault;
  }
  turn.opaque = Opaque(calls_);
  turn.text = content_ + refusal_;
  turn.usage = usage_;
  turn.model = model_;
  turn.request_id = id_;
  return turn;
}

}  // namespace

std::unique_ptr<AnswerReader> NewChatReader(
    std::shared_ptr<const Endpoint> endpoint, std::uint64_t sent_tokens) {
  return std::make_unique<ChatReader>(std::move(endpoint), sent_tokens);
}

}  // namespace patchmilter::model
