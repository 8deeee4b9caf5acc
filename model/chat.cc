#include "model/chat.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/check.h"

namespace patchmilter::model {
namespace {

using Json = nlohmann::ordered_json;

struct StopName {
  StopReason reason;
  std::string_view name;
};
constexpr StopName kStopNames[] = {
    {StopReason::kDone, "done"},
    {StopReason::kToolUse, "tool-use"},
    {StopReason::kMaxTokens, "max-tokens"},
    {StopReason::kPause, "pause"},
    {StopReason::kRefusal, "refusal"},
    {StopReason::kContextFull, "context-full"},
    {StopReason::kMalformed, "malformed-call"},
};

std::optional<StopReason> ParseStopReason(std::string_view name) {
  for (const StopName& each : kStopNames) {
    if (each.name == name) return each.reason;
  }
  return std::nullopt;
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Reads members of an object; after the first that is missing or of another
// type, all reads give nothing and ok() is false.
class Members {
 public:
  explicit Members(const Json& json) : json_(json) { ok_ = json.is_object(); }

  std::string Text(const char* name) {
    const Json* member = Find(name);
    if (member == nullptr || !member->is_string()) return Fail<std::string>();
    return member->get<std::string>();
  }
  std::uint64_t Number(const char* name) {
    const Json* member = Find(name);
    if (member == nullptr || !member->is_number_unsigned()) {
      return Fail<std::uint64_t>();
    }
    return member->get<std::uint64_t>();
  }
  bool Flag(const char* name) {
    const Json* member = Find(name);
    if (member == nullptr || !member->is_boolean()) return Fail<bool>();
    return member->get<bool>();
  }
  // An array; an empty one where it is none.
  const Json& Array(const char* name) {
    static const Json kEmpty = Json::array();
    const Json* member = Find(name);
    if (member == nullptr || !member->is_array()) {
      ok_ = false;
      return kEmpty;
    }
    return *member;
  }
  bool ok() const { return ok_; }

 private:
  template <typename T>
  T Fail() {
    ok_ = false;
    return T{};
  }
  const Json* Find(const char* name) {
    if (!ok_) return nullptr;
    const auto member = json_.find(name);
    return member == json_.end() ? nullptr : &*member;
  }

  const Json& json_;
  bool ok_ = true;
};

}  // namespace

std::string_view StopReasonName(StopReason reason) {
  for (const StopName& each : kStopNames) {
    if (each.reason == reason) return each.name;
  }
  return "done";
}

void Usage::Add(const Usage& other) {
  input += other.input;
  cache_read += other.cache_read;
  cache_write += other.cache_write;
  output += other.output;
}

std::string EncodeTurn(const Turn& turn) {
  Json json;
  json["opaque"] = turn.opaque;
  json["text"] = turn.text;
  json["calls"] = Json::array();
  for (const ToolCall& call : turn.calls) {
    json["calls"].push_back(
        {{"id", call.id}, {"name", call.name}, {"arguments", call.arguments}});
  }
  json["stop"] = StopReasonName(turn.stop);
  json["usage"] = {{"input", turn.usage.input},
                   {"cache_read", turn.usage.cache_read},
                   {"cache_write", turn.usage.cache_write},
                   {"output", turn.usage.output}};
  json["model"] = turn.model;
  json["request_id"] = turn.request_id;
  return Dump(json);
}

Result<Turn> DecodeTurn(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  Members members(json);
  Turn turn;
  turn.opaque = members.Text("opaque");
  turn.text = members.Text("text");
  bool ok = true;
  for (const Json& each : members.Array("calls")) {
    Members call(each);
    turn.calls.push_back(
        {call.Text("id"), call.Text("name"), call.Text("arguments")});
    ok = ok && call.ok();
  }
  const std::optional<StopReason> stop = ParseStopReason(members.Text("stop"));
  if (members.ok()) {
    Members usage(json["usage"]);
    turn.usage = {usage.Number("input"), usage.Number("cache_read"),
                  usage.Number("cache_write"), usage.Number("output")};
    ok = ok && usage.ok();
  }
  turn.model = members.Text("model");
  turn.request_id = members.Text("request_id");
  if (!ok || !members.ok() || !stop) return InvalidInput("not a turn's record");
  turn.stop = *stop;
  return turn;
}

std::string EncodeInput(const Input& input) {
  Json json;
  json["results"] = Json::array();
  for (const ToolResult& result : input.results) {
    json["results"].push_back({{"call_id", result.call_id},
                               {"name", result.name},
                               {"text", result.text},
                               {"error", result.error}});
  }
  json["text"] = input.text;
  return Dump(json);
}

Result<Input> DecodeInput(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  Members members(json);
  Input input;
  bool ok = true;
  for (const Json& each : members.Array("results")) {
    Members result(each);
    input.results.push_back({result.Text("call_id"), result.Text("name"),
                             result.Text("text"), result.Flag("error")});
    ok = ok && result.ok();
  }
  input.text = members.Text("text");
  if (!ok || !members.ok()) return InvalidInput("not an input's record");
  return input;
}

void Conversation::Append(Turn turn) {
  if (!entries_.empty()) {
    const auto* before = std::get_if<Turn>(&entries_.back());
    CHECK(before == nullptr || before->stop == StopReason::kPause);
  }
  entries_.emplace_back(std::move(turn));
  ++turns_;
}

void Conversation::Append(Input input) {
  CHECK(!entries_.empty());
  const auto* before = std::get_if<Turn>(&entries_.back());
  CHECK(before != nullptr);
  CHECK(input.results.size() == before->calls.size());
  CHECK(input.results.empty() == !input.text.empty());
  entries_.emplace_back(std::move(input));
}

std::uint64_t EstimateTokens(std::string_view text) {
  std::uint64_t ascii = 0;
  std::uint64_t other = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      ++ascii;
    } else if (byte >= 0xc0) {
      ++other;  // The first byte of a character.
    }
  }
  return (ascii + 3) / 4 + other;
}

}  // namespace patchmilter::model
