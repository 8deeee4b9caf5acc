#include "model/anthropic_answer.h"

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

// Where a message is told from its text alone: these have come as
// invalid_request_error or rate_limit_error.
bool SaysMoney(std::string_view message) {
  return Mentions(message, {"credit balance", "usage limits", "spend limit",
                            "spending limit", "api usage threshold",
                            "extra usage is required"});
}

bool SaysTooLong(std::string_view message) {
  return Mentions(message, {"prompt is too long", "context limit",
                            "context window", "exceeds the maximum size"});
}

FaultKind KindOf(int status, const JsonSlice& error) {
  const std::string code = error["details"]["error_code"].Text();
  const std::string type = error["type"].Text();
  const std::string message = error["message"].Text();
  if (Mentions(code, {"spend_limit", "billing"})) return FaultKind::kQuota;
  if (code == "organization_on_hold") return FaultKind::kAuth;
  if (Mentions(code, {"too_large"})) return FaultKind::kTooLong;
  if (type == "billing_error") return FaultKind::kQuota;
  if (type == "authentication_error" || type == "permission_error") {
    return FaultKind::kAuth;
  }
  if (type == "not_found_error") return FaultKind::kRequest;
  if (type == "request_too_large") return FaultKind::kTooLong;
  if (type == "invalid_request_error") {
    if (SaysMoney(message)) return FaultKind::kQuota;
    if (SaysTooLong(message)) return FaultKind::kTooLong;
    return FaultKind::kRequest;
  }
  if (type == "rate_limit_error") {
    return SaysMoney(message) ? FaultKind::kQuota : FaultKind::kOverloaded;
  }
  if (type == "timeout_error" || type == "api_error" ||
      type == "overloaded_error" || type == "conflict_error") {
    return FaultKind::kOverloaded;
  }
  // An error without a type that is known, within a stream.
  if (status == 200) return FaultKind::kOverloaded;
  return KindOfStatus(status);
}

// A content block as it comes together.
struct Block {
  std::string type;
  std::vector<std::pair<std::string, std::string>> members;  // Name, raw.
  std::string text;       // Of text or thinking.
  std::string signature;  // Of thinking.
  std::string input;      // Of a call, from its deltas: raw.
  std::string id;
  std::string name;
  bool closed = false;
};

class AnthropicReader : public EventAnswer {
 public:
  explicit AnthropicReader(std::shared_ptr<const Endpoint> endpoint)
      : endpoint_(std::move(endpoint)) {}

 protected:
  std::optional<Fault> OnEvent(std::string_view name,
                               const JsonSlice& data) override;
  Fault OnBody(std::string_view body) override {
    return AnthropicFault(*endpoint_, 200, body);
  }
  std::variant<Turn, Fault> End() override;
  bool complete() const override { return stopped_; }

 private:
  std::optional<Fault> OnStart(const JsonSlice& data);
  std::optional<Fault> OnDelta(const JsonSlice& data);
  void TakeUsage(const JsonSlice& usage);
  std::optional<Fault> OnTurn(StopReason stop, Turn* turn);
  std::string Sent(const Block& block) const;

  std::shared_ptr<const Endpoint> endpoint_;
  bool started_ = false;
  bool stopped_ = false;
  std::vector<Block> blocks_;
  std::string stop_reason_;
  std::string model_;
  std::string id_;
  std::uint64_t input_ = 0;  // As it comes: without what is cached.
  std::uint64_t cache_read_ = 0;
  std::uint64_t cache_write_ = 0;
  std::uint64_t output_ = 0;
};

std::optional<Fault> AnthropicReader::OnEvent(std::string_view name,
                                              const JsonSlice& data) {
  const std::string type = data["type"].Text();
  if (type == "error" || name == "error") {
    return AnthropicFault(*endpoint_, 200, data.raw());
  }
  if (stopped_) return std::nullopt;
  if (type == "message_start") {
    if (started_) return BadAnswer("the answer begins twice");
    started_ = true;
    const JsonSlice message = data["message"];
    model_ = ShortName(message["model"].Text());
    id_ = ShortName(message["id"].Text());
    TakeUsage(message["usage"]);
    return std::nullopt;
  }
  const bool of_message =
      type.substr(0, 13) == "content_block" || type.substr(0, 8) == "message_";
  if (!of_message) return std::nullopt;  // ping, and what is not yet known.
  if (!started_) return BadAnswer("the answer has no beginning");
  if (type == "content_block_start") return OnStart(data);
  if (type == "content_block_delta") return OnDelta(data);
  if (type == "content_block_stop") {
    const auto index = data["index"].Number();
    if (!index || *index >= blocks_.size() || blocks_[*index].closed) {
      return BadAnswer("a block ends that has not begun");
    }
    blocks_[*index].closed = true;
  } else if (type == "message_delta") {
    stop_reason_ = data["delta"]["stop_reason"].Text();
    TakeUsage(data["usage"]);
  } else if (type == "message_stop") {
    stopped_ = true;
  }
  return std::nullopt;
}

std::optional<Fault> AnthropicReader::OnStart(const JsonSlice& data) {
  if (data["index"].Number() != blocks_.size() ||
      blocks_.size() >= kMaxBlocks) {
    return BadAnswer("the blocks of the answer are out of order");
  }
  const JsonSlice start = data["content_block"];
  Block block;
  block.type = start["type"].Text();
  if (block.type.empty()) return BadAnswer("a block has no type");
  for (const JsonSlice::Member& member : start.Members()) {
    block.members.emplace_back(member.name, member.value.raw());
  }
  block.text = start[block.type == "thinking" ? "thinking" : "text"].Text();
  block.signature = start["signature"].Text();
  block.id = start["id"].Text();
  block.name = start["name"].Text();
  blocks_.push_back(std::move(block));
  return std::nullopt;
}

std::optional<Fault> AnthropicReader::OnDelta(const JsonSlice& data) {
  const auto index = data["index"].Number();
  if (!index || *index >= blocks_.size() || blocks_[*index].closed) {
    return BadAnswer("a block grows that is not open");
  }
  Block& block = blocks_[*index];
  const JsonSlice delta = data["delta"];
  const std::string type = delta["type"].Text();
  if (type == "text_delta" && block.type == "text") {
    block.text += delta["text"].Text();
  } else if (type == "thinking_delta" && block.type == "thinking") {
    block.text += delta["thinking"].Text();
  } else if (type == "signature_delta" && block.type == "thinking") {
    block.signature += delta["signature"].Text();
  } else if (type == "input_json_delta") {
    block.input += delta["partial_json"].Text();
    if (block.input.size() > kMaxArgumentBytes) {
      return BadAnswer("the arguments of a call are too long");
    }
  }
  return std::nullopt;
}

void AnthropicReader::TakeUsage(const JsonSlice& usage) {
  // Running totals: what a later event does not tell has not changed.
  const auto take = [&](std::string_view name, std::uint64_t* value) {
    *value = usage[name].Number().value_or(*value);
  };
  take("input_tokens", &input_);
  take("cache_read_input_tokens", &cache_read_);
  take("cache_creation_input_tokens", &cache_write_);
  take("output_tokens", &output_);
}

// The block as it goes back: as it began, with what has grown in its place.
std::string AnthropicReader::Sent(const Block& block) const {
  JsonWriter out;
  out.BeginObject();
  bool signature = block.type != "thinking";
  for (const auto& [name, raw] : block.members) {
    out.EscapedKey(name);
    if (name == block.type && (name == "text" || name == "thinking")) {
      out.String(block.text);
    } else if (name == "signature" && block.type == "thinking") {
      out.String(block.signature);
      signature = true;
    } else if (name == "input" && !block.input.empty()) {
      out.Raw(block.input);
    } else {
      out.Raw(raw);
    }
  }
  if (!signature) out.Key("signature").String(block.signature);
  out.EndObject();
  return out.Take();
}

std::optional<StopReason> StopOf(const std::string& reason) {
  if (reason == "end_turn" || reason == "stop_sequence") {
    return StopReason::kDone;
  }
  if (reason == "tool_use") return StopReason::kToolUse;
  if (reason == "max_tokens") return StopReason::kMaxTokens;
  if (reason == "pause_turn") return StopReason::kPause;
  if (reason == "refusal") return StopReason::kRefusal;
  if (reason == "model_context_window_exceeded") {
    return StopReason::kContextFull;
  }
  return std::nullopt;
}

// Text, calls and opaque of a turn that ended so.
std::optional<Fault> AnthropicReader::OnTurn(StopReason stop, Turn* turn) {
  const bool whole = stop == StopReason::kDone ||
                     stop == StopReason::kToolUse || stop == StopReason::kPause;
  std::set<std::string> ids;
  JsonWriter content;
  std::string thinking;  // Of a cut turn, while nothing is behind it.
  for (Block& block : blocks_) {
    if (whole && !block.closed) return BadAnswer("a block has no end");
    if (block.type == "text") {
      if (block.text.empty()) continue;  // Refused as input.
      if (!turn->text.empty()) turn->text += '\n';
      turn->text += block.text;
    } else if (!block.closed) {
      continue;
    } else if (block.type == "thinking") {
      if (!whole && block.signature.empty()) continue;
    } else if (block.type == "tool_use") {
      if (!whole) continue;
      if (block.input.empty()) {
        for (const auto& [name, raw] : block.members) {
          if (name == "input") block.input = raw;
        }
        if (block.input.empty()) block.input = "{}";
      }
      if (!JsonSlice::Of(block.input).IsObject()) {
        return BadAnswer("the arguments of a call are no object");
      }
      if (block.id.empty() || !ids.insert(block.id).second) {
        return BadAnswer("a call has no id of its own");
      }
      std::optional<Fault> fault =
          AddCall({block.id, block.name, block.input}, &turn->calls);
      if (fault) return fault;
    }
    if (!whole && block.type != "text") {
      // It may not stand last.
      if (!thinking.empty()) thinking += ',';
      thinking += Sent(block);
      continue;
    }
    if (!thinking.empty()) content.Raw(thinking);
    thinking.clear();
    content.Raw(Sent(block));
  }
  if (content.text().empty()) return std::nullopt;
  turn->opaque =
      "{\"role\":\"assistant\",\"content\":[" + content.text() + "]}";
  return std::nullopt;
}

std::variant<Turn, Fault> AnthropicReader::End() {
  const std::optional<StopReason> stop = StopOf(stop_reason_);
  if (!stop) {
    Fault fault =
        BadAnswer("the answer ended for an unknown reason: " + stop_reason_);
    fault.should_retry = false;
    return fault;
  }
  Turn turn;
  turn.stop = *stop;
  if (std::optional<Fault> fault = OnTurn(*stop, &turn)) return *fault;
  if (!turn.calls.empty()) {
    turn.stop = StopReason::kToolUse;  // They wait for their results.
  } else if (turn.stop == StopReason::kToolUse) {
    turn.stop = StopReason::kMalformed;
  }
  turn.usage.input = input_ + cache_read_ + cache_write_;
  turn.usage.cache_read = cache_read_;
  turn.usage.cache_write = cache_write_;
  turn.usage.output = output_;
  turn.model = model_;
  turn.request_id = id_;
  return turn;
}

}  // namespace

std::unique_ptr<AnswerReader> NewAnthropicReader(
    std::shared_ptr<const Endpoint> endpoint) {
  return std::make_unique<AnthropicReader>(std::move(endpoint));
}

Fault AnthropicFault(const Endpoint& endpoint, int status,
                     std::string_view body) {
  const JsonSlice json = JsonSlice::Of(body);
  const JsonSlice error = json["error"];
  const FaultKind kind = KindOf(status, error);
  if (!error.IsObject()) {
    return MakeFault(
        endpoint, status == 200 ? FaultKind::kProtocol : KindOfStatus(status),
        status, BodyExcerpt(body));
  }
  std::string what = error["type"].Text() + ": " + error["message"].Text();
  const std::string code = error["details"]["error_code"].Text();
  if (!code.empty()) what += " (" + code + ")";
  const std::string id = json["request_id"].Text();
  if (!id.empty()) what += " [" + id + "]";
  return MakeFault(endpoint, kind, status, what);
}

}  // namespace patchmilter::model
