// What caches and thinking blocks rest on: a conversation that grows is sent as
// the same bytes, and more behind them.
#include <random>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/request_parts.h"
#include "model/wire_json.h"
#include "tests/model/wire_testing.h"

namespace patchmilter::model {
namespace {

struct Wire {
  Api api;
  Dialect dialect;
  std::string_view array;  // The member that grows.
};
const Wire kAll[] = {
    {Api::kAnthropic, Dialect::kOpenAi, "messages"},
    {Api::kResponses, Dialect::kOpenAi, "input"},
    {Api::kChat, Dialect::kOpenAi, "messages"},
    {Api::kChat, Dialect::kVllm, "messages"},
    {Api::kChat, Dialect::kLlamaCpp, "messages"},
    {Api::kChat, Dialect::kOllama, "messages"},
    {Api::kChat, Dialect::kOpenRouter, "messages"},
    {Api::kGemini, Dialect::kOpenAi, "contents"},
};

// Text that is hard to keep the same: escapes, other scripts, no UTF-8, JSON.
std::string AnyText(std::mt19937* random) {
  static const std::string kPieces[] = {
      "a",    "\n",     "\t",           "\"",   "\\", "\xff",  "é",
      "😀",    "\x01",   "],\"x\":[",    "}",    "{",  "</s>",  "int main()",
      "\r\n", "\x7f\0", "\\u0000\\ud8", "\xe2", " ",  "data:", "\n\n"};
  std::string text = "t";
  const size_t count = (*random)() % 12;
  for (size_t i = 0; i < count; ++i) {
    text += kPieces[(*random)() % std::size(kPieces)];
  }
  return text;
}

std::string Json(std::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

struct Said {
  std::string text;
  std::vector<std::string> arguments;  // Of calls; objects.
  bool pause = false;
};

std::string AnthropicStream(const Said& said, int turn) {
  std::string stream =
      Events({R"({"type":"message_start","message":{"id":"m","usage":)"
              R"({"input_tokens":100,"output_tokens":1}}})"});
  int index = 0;
  const auto block = [&](const std::string& start, const std::string& delta) {
    const std::string n = std::to_string(index++);
    stream += Event("", R"({"type":"content_block_start","index":)" + n +
                            R"(,"content_block":)" + start + "}");
    stream += Event("", R"({"type":"content_block_delta","index":)" + n +
                            R"(,"delta":)" + delta + "}");
    stream += Event("", R"({"type":"content_block_stop","index":)" + n + "}");
  };
  block(R"({"type":"thinking","thinking":"","signature":"s"})",
        R"({"type":"thinking_delta","thinking":)" + Json(said.text) + "}");
  block(R"({"type":"text","text":""})",
        R"({"type":"text_delta","text":)" + Json(said.text) + "}");
  for (const std::string& arguments : said.arguments) {
    block(R"({"type":"tool_use","id":"t)" + std::to_string(turn) + "_" +
              std::to_string(index) + R"(","name":"f","input":{}})",
          R"({"type":"input_json_delta","partial_json":)" + Json(arguments) +
              "}");
  }
  const std::string stop = said.pause               ? "pause_turn"
                           : said.arguments.empty() ? "end_turn"
                                                    : "tool_use";
  return stream +
         Event("", R"({"type":"message_delta","delta":{"stop_reason":")" +
                       stop + R"("},"usage":{"output_tokens":50}})") +
         Events({R"({"type":"message_stop"})"});
}

std::string ResponsesStream(const Said& said, int turn) {
  std::string stream;
  int index = 0;
  const auto item = [&](const std::string& json) {
    stream +=
        Event("", R"({"type":"response.output_item.done",)"
                  R"("output_index":)" +
                      std::to_string(index++) + R"(,"item":)" + json + "}");
  };
  item(R"({"type":"reasoning","id":"r","summary":[],"encrypted_content":)" +
       Json(said.text) + "}");
  item(R"({"type":"message","content":[{"type":"output_text","text":)" +
       Json(said.text) + "}]}");
  for (const std::string& arguments : said.arguments) {
    item(R"({"type":"function_call","name":"f","call_id":"c)" +
         std::to_string(turn) + "_" + std::to_string(index) +
         R"(","arguments":)" + Json(arguments) + "}");
  }
  return stream + Event("",
                        R"({"type":"response.completed","response":{"status":)"
                        R"("completed","usage":{"input_tokens":100,)"
                        R"("output_tokens":50}}})");
}

std::string ChatStream(const Said& said, int turn) {
  std::string stream = Event("", R"({"choices":[{"index":0,"delta":)"
                                 R"({"reasoning_content":)" +
                                     Json(said.text) + R"(,"content":)" +
                                     Json(said.text) + "}}]}");
  int index = 0;
  for (const std::string& arguments : said.arguments) {
    const std::string n = std::to_string(index++);
    stream += Event("", R"({"choices":[{"index":0,"delta":{"tool_calls":)"
                        R"([{"index":)" +
                            n + R"(,"id":"c)" + std::to_string(turn) + "_" + n +
                            R"(","function":{"name":"f","arguments":)" +
                            Json(arguments) + "}}]}}]}");
  }
  return stream +
         Event("", R"({"choices":[{"index":0,"delta":{},"finish_reason":)"
                   R"("stop"}],"usage":{"prompt_tokens":100,)"
                   R"("completion_tokens":50}})") +
         Event("", "[DONE]");
}

std::string GeminiStream(const Said& said, int turn) {
  std::string parts = R"({"text":)" + Json(said.text) +
                      R"(},{"text":"x","thoughtSignature":)" + Json(said.text) +
                      "}";
  int index = 0;
  for (const std::string& arguments : said.arguments) {
    parts += R"(,{"functionCall":{"id":"c)" + std::to_string(turn) + "_" +
             std::to_string(index++) + R"(","name":"f","args":)" + arguments +
             "}}";
  }
  const std::string end =
      said.pause ? R"("CONTINUATION","continuationToken":"t")" : R"("STOP")";
  return Event("", R"({"candidates":[{"content":{"parts":[)" + parts +
                       R"(]},"finishReason":)" + end +
                       R"(}],"usageMetadata":{"promptTokenCount":100,)"
                       R"("candidatesTokenCount":50}})");
}

std::string StreamOf(const Wire& wire, const Said& said, int turn) {
  switch (wire.api) {
    case Api::kAnthropic:
      return AnthropicStream(said, turn);
    case Api::kResponses:
      return ResponsesStream(said, turn);
    case Api::kChat:
      return ChatStream(said, turn);
    case Api::kGemini:
      return GeminiStream(said, turn);
  }
  return "";
}

// The body without cache marks, up to the end of the last element that grows.
std::string Grown(const std::string& body, const Wire& wire) {
  const JsonSlice json = JsonSlice::Of(body);
  EXPECT_TRUE(json.IsObject()) << body;
  const std::string_view array = json[wire.array].raw();
  EXPECT_FALSE(array.empty());
  const auto end =
      static_cast<size_t>(array.data() - body.data()) + array.size() - 1;
  static const std::regex kMark(
      R"re(,"cache_control":\{"type":"ephemeral"\})re");
  return std::regex_replace(body.substr(0, end), kMark, "");
}

Said AnySaid(std::mt19937* random, bool may_pause) {
  Said said;
  said.text = AnyText(random);
  said.pause = may_pause && (*random)() % 5 == 0;
  if (said.pause) return said;
  const size_t calls = (*random)() % 4;
  for (size_t i = 0; i < calls; ++i) {
    said.arguments.push_back("{\"n\": 1.0,\"x\":" + Json(AnyText(random)) +
                             " }");
  }
  return said;
}

TEST(Prefix, EachRequestBeginsAsTheOneBefore) {
  std::mt19937 random(7);
  for (const Wire& wire : kAll) {
    const auto protocol = MakeProtocol(EndpointOf(wire.api, wire.dialect));
    const bool pauses = wire.api == Api::kAnthropic || wire.api == Api::kGemini;
    for (int round = 0; round < 20; ++round) {
      Conversation::Opening opening = PlainOpening();
      opening.system = round % 4 == 0 ? "" : AnyText(&random);
      opening.shared = AnyText(&random);
      opening.task = round % 3 == 0 ? "" : AnyText(&random);
      if (round % 5 == 0) opening.tools.clear();
      Conversation talk(opening);
      std::string before = Grown(protocol->Request(talk).body, wire);
      for (int turn = 0; turn < 8; ++turn) {
        const auto reader = protocol->NewReader();
        const Turn said = TurnOf(Finished(
            reader.get(), {StreamOf(wire, AnySaid(&random, pauses), turn)}));
        talk.Append(said);
        if (said.stop != StopReason::kPause) {
          Input input;
          for (const ToolCall& call : said.calls) {
            input.results.push_back(
                {call.id, call.name, AnyText(&random), random() % 3 == 0});
          }
          if (said.calls.empty()) input.text = AnyText(&random);
          talk.Append(input);
        }
        const std::string body = protocol->Request(talk).body;
        const std::string now = Grown(body, wire);
        ASSERT_EQ(now.substr(0, before.size()), before);
        // The same again, the same bytes.
        ASSERT_EQ(protocol->Request(talk).body, body);
        // And after a crash.
        Conversation again(opening);
        for (const auto& entry : talk.entries()) {
          if (const auto* one = std::get_if<Turn>(&entry)) {
            again.Append(*DecodeTurn(EncodeTurn(*one)));
          } else {
            again.Append(*DecodeInput(EncodeInput(std::get<Input>(entry))));
          }
        }
        ASSERT_EQ(protocol->Request(again).body, body);
        before = now;
      }
    }
  }
}

TEST(Prefix, SiblingsShareAllUpToTheTask) {
  for (const Wire& wire : kAll) {
    const auto protocol = MakeProtocol(EndpointOf(wire.api, wire.dialect));
    Conversation::Opening opening = PlainOpening();
    opening.task = "Patch 1";
    const std::string one = protocol->Request(Conversation(opening)).body;
    opening.task = "Other 2";
    const std::string two = protocol->Request(Conversation(opening)).body;
    const size_t task = one.find("Patch 1");
    ASSERT_NE(task, std::string::npos);
    EXPECT_EQ(one.substr(0, task), two.substr(0, task));
    EXPECT_EQ(one.find("The series") < task, true);
  }
}

TEST(OutputLimit, StaysInTheWindow) {
  Endpoint endpoint = EndpointOf(Api::kChat);
  endpoint.window = 10'000;
  endpoint.max_output = 4'000;
  Conversation talk(PlainOpening());
  EXPECT_EQ(OutputLimit(endpoint, talk, std::string(4'000, 'x')), 4'000U);
  // 8,000 tokens by estimate, and an eighth for what it is worth.
  EXPECT_EQ(OutputLimit(endpoint, talk, std::string(32'000, 'x')), 1'000U);
  EXPECT_EQ(OutputLimit(endpoint, talk, std::string(64'000, 'x')), 16U);
  // What the provider has counted is better than an estimate.
  Turn turn;
  turn.usage = {5'000, 0, 0, 1'000};
  turn.opaque = "{}";
  talk.Append(turn);
  talk.Append(Input{{}, std::string(3'200, 'x')});
  EXPECT_EQ(OutputLimit(endpoint, talk, std::string(64'000, 'x')), 3'100U);
  // Where it does not count, all is estimated.
  Conversation other(PlainOpening());
  turn.usage = {};
  other.Append(turn);
  other.Append(Input{{}, "x"});
  EXPECT_EQ(OutputLimit(endpoint, other, std::string(32'000, 'x')), 1'000U);
}

TEST(OutputLimit, IsWhatEachFormatSends) {
  for (const Wire& wire : kAll) {
    Endpoint endpoint = EndpointOf(wire.api, wire.dialect);
    endpoint.window = 100;
    const std::string body =
        MakeProtocol(endpoint)->Request(Conversation(PlainOpening())).body;
    EXPECT_TRUE(std::regex_search(
        body, std::regex("\"(max_tokens|max_output_tokens|maxOutputTokens|"
                         "max_completion_tokens)\":16[,}]")))
        << body;
  }
}

}  // namespace
}  // namespace patchmilter::model
