#include <string>

#include "model/wire_fault.h"
#include "tests/model/wire_testing.h"

namespace patchmilter::model {
namespace {

std::unique_ptr<Protocol> Api1() {
  return MakeProtocol(EndpointOf(Api::kAnthropic));
}

constexpr std::string_view kStart =
    R"({"type":"message_start","message":{"id":"msg_1","type":"message",)"
    R"("role":"assistant","content":[],"model":"m-1-2026","stop_reason":null,)"
    R"("usage":{"input_tokens":10,"cache_creation_input_tokens":200,)"
    R"("cache_read_input_tokens":3000,"output_tokens":1}}})";

// Thinking, text, one call with arguments and one without.
std::string FullStream() {
  return Events(
      {kStart,
       R"({"type":"ping"})",
       R"({"type":"content_block_start","index":0,"content_block":)"
       R"({"type":"thinking","thinking":"","signature":""}})",
       R"({"type":"content_block_delta","index":0,"delta":)"
       R"({"type":"thinking_delta","thinking":"Hm\u00e9, "}})",
       R"({"type":"content_block_delta","index":0,"delta":)"
       R"({"type":"thinking_delta","thinking":"\"so\"\n"}})",
       R"({"type":"content_block_delta","index":0,"delta":)"
       R"({"type":"signature_delta","signature":"c2ln/+=="}})",
       R"({"type":"content_block_stop","index":0})",
       R"({"type":"content_block_start","index":1,"content_block":)"
       R"({"type":"redacted_thinking","data":"xyz=="}})",
       R"({"type":"content_block_stop","index":1})",
       R"({"type":"content_block_start","index":2,"content_block":)"
       R"({"citations":null,"type":"text","text":""}})",
       R"({"type":"content_block_delta","index":2,"delta":)"
       R"({"type":"text_delta","text":"I look."}})",
       R"({"type":"content_block_stop","index":2})",
       R"({"type":"content_block_start","index":3,"content_block":)"
       R"({"type":"tool_use","id":"toolu_1","name":"read_file","input":{},)"
       R"("caller":{"type":"direct"}}})",
       R"({"type":"content_block_delta","index":3,"delta":)"
       R"({"type":"input_json_delta","partial_json":""}})",
       R"({"type":"content_block_delta","index":3,"delta":)"
       R"({"type":"input_json_delta","partial_json":"{\"path\": \"a"}})",
       R"({"type":"content_block_delta","index":3,"delta":)"
       R"({"type":"input_json_delta","partial_json":".c\", \"n\": 1.0}"}})",
       R"({"type":"content_block_stop","index":3})",
       R"({"type":"content_block_start","index":4,"content_block":)"
       R"({"type":"tool_use","id":"toolu_2","name":"finish","input":{}}})",
       R"({"type":"content_block_stop","index":4})",
       R"({"type":"message_delta","delta":{"stop_reason":"tool_use",)"
       R"("stop_sequence":null},"usage":{"output_tokens":77}})",
       R"({"type":"message_stop"})"});
}

// A message of one text block that ended for `reason`.
std::string StreamOf(std::string_view reason) {
  const std::string delta =
      R"({"type":"message_delta","delta":{"stop_reason":")" +
      std::string(reason) + R"("},"usage":{"output_tokens":7}})";
  return Events({kStart,
                 R"({"type":"content_block_start","index":0,"content_block":)"
                 R"({"type":"text","text":"Be"}})",
                 R"({"type":"content_block_delta","index":0,"delta":)"
                 R"({"type":"text_delta","text":"gun"}})",
                 R"({"type":"content_block_stop","index":0})", delta,
                 R"({"type":"message_stop"})"});
}

constexpr std::string_view kOpaque =
    R"({"role":"assistant","content":[)"
    R"({"type":"thinking","thinking":"Hmé, \"so\"\n","signature":"c2ln/+=="},)"
    R"({"type":"redacted_thinking","data":"xyz=="},)"
    R"({"citations":null,"type":"text","text":"I look."},)"
    R"({"type":"tool_use","id":"toolu_1","name":"read_file",)"
    R"("input":{"path": "a.c", "n": 1.0},"caller":{"type":"direct"}},)"
    R"({"type":"tool_use","id":"toolu_2","name":"finish","input":{}}]})";

TEST(AnthropicAnswer, ATurnIsKeptAsItCame) {
  const Turn turn = TurnOf(Read(*Api1(), FullStream()));
  EXPECT_EQ(turn.opaque, kOpaque);
  EXPECT_EQ(turn.text, "I look.");
  ASSERT_EQ(turn.calls.size(), 2U);
  EXPECT_EQ(turn.calls[0],
            (ToolCall{"toolu_1", "read_file", R"({"path": "a.c", "n": 1.0})"}));
  EXPECT_EQ(turn.calls[1], (ToolCall{"toolu_2", "finish", "{}"}));
  EXPECT_EQ(turn.stop, StopReason::kToolUse);
  EXPECT_EQ(turn.usage, (Usage{3210, 3000, 200, 77}));
  EXPECT_EQ(turn.model, "m-1-2026");
  EXPECT_EQ(turn.request_id, "msg_1");
}

TEST(AnthropicAnswer, NothingCountsBeforeTheLastEvent) {
  const std::string stream = FullStream();
  // The very last byte is the LF of the empty line.
  ExpectCutsAreFaults(*Api1(), stream, stream.size());
}

TEST(AnthropicAnswer, EachStopReason) {
  const std::pair<std::string_view, StopReason> cases[] = {
      {"end_turn", StopReason::kDone},
      {"stop_sequence", StopReason::kDone},
      {"max_tokens", StopReason::kMaxTokens},
      {"pause_turn", StopReason::kPause},
      {"refusal", StopReason::kRefusal},
      {"model_context_window_exceeded", StopReason::kContextFull},
      // It says that it called, and did not.
      {"tool_use", StopReason::kMalformed},
  };
  for (const auto& [reason, stop] : cases) {
    const Turn turn = TurnOf(Read(*Api1(), StreamOf(reason)));
    EXPECT_EQ(StopReasonName(turn.stop), StopReasonName(stop)) << reason;
    EXPECT_EQ(turn.text, "Begun");
    EXPECT_EQ(turn.opaque, R"({"role":"assistant","content":)"
                           R"([{"type":"text","text":"Begun"}]})");
  }
}

TEST(AnthropicAnswer, AnUnknownStopReasonIsNotTriedAgain) {
  const Fault fault = FaultIn(Read(*Api1(), StreamOf("tea_break")));
  EXPECT_EQ(fault.kind, FaultKind::kProtocol);
  EXPECT_FALSE(fault.MayRetry());
  EXPECT_NE(fault.message.find("tea_break"), std::string::npos);
}

std::string CutCall(std::string_view stop, bool closed) {
  std::string stream = Events(
      {kStart,
       R"({"type":"content_block_start","index":0,"content_block":)"
       R"({"type":"thinking","thinking":"T","signature":"s"}})",
       R"({"type":"content_block_stop","index":0})",
       R"({"type":"content_block_start","index":1,"content_block":)"
       R"({"type":"tool_use","id":"toolu_1","name":"read_file","input":{}}})",
       R"({"type":"content_block_delta","index":1,"delta":)"
       R"({"type":"input_json_delta","partial_json":"{\"path\":\"a\"}"}})"});
  if (closed) {
    stream += Events({R"({"type":"content_block_stop","index":1})"});
  }
  return stream +
         Event("message_delta",
               R"({"type":"message_delta","delta":{"stop_reason":")" +
                   std::string(stop) + R"("}})") +
         Event("message_stop", R"({"type":"message_stop"})");
}

TEST(AnthropicAnswer, OfACutTurnNoCallIsRunOrSentBack) {
  for (const bool closed : {false, true}) {
    const Turn turn = TurnOf(Read(*Api1(), CutCall("max_tokens", closed)));
    EXPECT_EQ(turn.stop, StopReason::kMaxTokens);
    EXPECT_TRUE(turn.calls.empty());
    // Thinking may not stand last.
    EXPECT_EQ(turn.opaque, "");
  }
}

TEST(AnthropicAnswer, OfACutTurnWhatWasSaidIsSentBack) {
  const std::string stream = Events(
      {kStart,
       R"({"type":"content_block_start","index":0,"content_block":)"
       R"({"type":"thinking","thinking":"T","signature":"s"}})",
       R"({"type":"content_block_stop","index":0})",
       R"({"type":"content_block_start","index":1,"content_block":)"
       R"({"type":"text","text":"I say"}})",
       R"({"type":"content_block_stop","index":1})",
       R"({"type":"content_block_start","index":2,"content_block":)"
       R"({"type":"thinking","thinking":"U","signature":""}})",
       R"({"type":"message_delta","delta":{"stop_reason":"max_tokens"}})",
       R"({"type":"message_stop"})"});
  EXPECT_EQ(TurnOf(Read(*Api1(), stream)).opaque,
            R"({"role":"assistant","content":[{"type":"thinking",)"
            R"("thinking":"T","signature":"s"},)"
            R"({"type":"text","text":"I say"}]})");
}

TEST(AnthropicAnswer, ACallWhoseBlockIsOpenIsNone) {
  EXPECT_EQ(FaultIn(Read(*Api1(), CutCall("tool_use", false))).kind,
            FaultKind::kProtocol);
  EXPECT_EQ(TurnOf(Read(*Api1(), CutCall("tool_use", true))).calls.size(), 1U);
  // Calls wait for their results, whatever it says.
  EXPECT_EQ(TurnOf(Read(*Api1(), CutCall("end_turn", true))).stop,
            StopReason::kToolUse);
}

TEST(AnthropicAnswer, ATurnWithoutContentIsNotSentBack) {
  const std::string stream = Events(
      {kStart, R"({"type":"message_delta","delta":{"stop_reason":"end_turn"}})",
       R"({"type":"message_stop"})"});
  const Turn turn = TurnOf(Read(*Api1(), stream));
  EXPECT_EQ(turn.opaque, "");
  Conversation talk(PlainOpening());
  const std::string before = Api1()->Request(talk).body;
  talk.Append(turn);
  EXPECT_EQ(Api1()->Request(talk).body, before);
}

TEST(AnthropicAnswer, WhatIsNotYetKnownIsKeptOrPassedOver) {
  const std::string stream =
      Events({kStart, R"({"type":"tea","x":1})",
              R"({"type":"content_block_start","index":0,"content_block":)"
              R"({"type":"novel_block","data":{"n": 1e2}}})",
              R"({"type":"content_block_delta","index":0,"delta":)"
              R"({"type":"novel_delta","x":1}})",
              R"({"type":"content_block_stop","index":0})",
              R"({"type":"message_delta","delta":{"stop_reason":"end_turn"}})",
              R"({"type":"message_stop"})"});
  EXPECT_EQ(TurnOf(Read(*Api1(), stream)).opaque,
            R"({"role":"assistant","content":)"
            R"([{"type":"novel_block","data":{"n": 1e2}}]})");
}

TEST(AnthropicAnswer, AnErrorWithinAStreamIsAsAnErrorBody) {
  const std::pair<std::string_view, FaultKind> cases[] = {
      {"overloaded_error", FaultKind::kOverloaded},
      {"api_error", FaultKind::kOverloaded},
      {"rate_limit_error", FaultKind::kOverloaded},
      {"billing_error", FaultKind::kQuota},
      {"authentication_error", FaultKind::kAuth},
      {"invalid_request_error", FaultKind::kRequest},
      {"novel_error", FaultKind::kOverloaded},
  };
  for (const auto& [type, kind] : cases) {
    const std::string stream =
        Events({kStart}) +
        Event("error", R"({"type":"error","error":{"type":")" +
                           std::string(type) + R"(","message":"Oh"}})");
    const Fault fault = FaultIn(Read(*Api1(), stream));
    EXPECT_EQ(FaultKindName(fault.kind), FaultKindName(kind)) << type;
    EXPECT_EQ(fault.message, std::string(type) + ": Oh");
  }
}

TEST(AnthropicAnswer, WhatIsNoAnswerIsAFault) {
  const std::string start = Events({kStart});
  const std::string cases[] = {
      Event("message_start", "{"),
      Event("message_start", "{\"type\":\"message_start\xff\"}"),
      start + start,
      Events({R"({"type":"content_block_stop","index":0})"}),
      start + Events({R"({"type":"content_block_stop","index":0})"}),
      start + Events({R"({"type":"content_block_start","index":1,)"
                      R"("content_block":{"type":"text","text":""}})"}),
      start + Events({R"({"type":"content_block_start","index":0,)"
                      R"("content_block":7})"}),
      start +
          Events({R"({"type":"content_block_delta","index":0,"delta":{}})"}),
      "<html>hello</html>",
      R"({"id":"msg_1","type":"message","content":[]})",
  };
  for (const std::string& stream : cases) {
    EXPECT_EQ(FaultIn(Read(*Api1(), stream)).kind, FaultKind::kProtocol)
        << stream;
  }
}

std::string WithCall(std::string_view block, std::string_view json) {
  return Events({kStart}) +
         Event("", R"({"type":"content_block_start","index":0,)"
                   R"("content_block":)" +
                       std::string(block) + "}") +
         Event("", R"({"type":"content_block_delta","index":0,"delta":)"
                   R"({"type":"input_json_delta","partial_json":)" +
                       std::string(json) + "}}") +
         Events({R"({"type":"content_block_stop","index":0})",
                 R"({"type":"message_delta","delta":)"
                 R"({"stop_reason":"tool_use"}})",
                 R"({"type":"message_stop"})"});
}

TEST(AnthropicAnswer, CallsThatCannotGoBackAreFaults) {
  const std::string_view block =
      R"({"type":"tool_use","id":"t","name":"n","input":{}})";
  EXPECT_EQ(TurnOf(Read(*Api1(), WithCall(block, R"("{}")"))).calls.size(), 1U);
  for (const std::string_view json :
       {R"("[1]")", R"("{\"a\"")", R"("\"{}\"")", R"("{} x")"}) {
    EXPECT_EQ(FaultIn(Read(*Api1(), WithCall(block, json))).kind,
              FaultKind::kProtocol)
        << json;
  }
  EXPECT_EQ(FaultIn(Read(*Api1(), WithCall(R"({"type":"tool_use","name":"n"})",
                                           R"("{}")")))
                .kind,
            FaultKind::kProtocol);
}

TEST(AnthropicAnswer, CallsAreBounded) {
  const auto calls = [](int count) {
    std::string stream = Events({kStart});
    for (int i = 0; i < count; ++i) {
      const std::string n = std::to_string(i);
      stream += Event("", R"({"type":"content_block_start","index":)" + n +
                              R"(,"content_block":{"type":"tool_use","id":"t)" +
                              n + R"(","name":"n","input":{}}})") +
                Event("", R"({"type":"content_block_stop","index":)" + n + "}");
    }
    return stream + Events({R"({"type":"message_delta","delta":)"
                            R"({"stop_reason":"tool_use"}})",
                            R"({"type":"message_stop"})"});
  };
  EXPECT_EQ(TurnOf(Read(*Api1(), calls(64))).calls.size(), 64U);
  EXPECT_EQ(FaultIn(Read(*Api1(), calls(65))).kind, FaultKind::kProtocol);
}

TEST(AnthropicAnswer, BytesAreBounded) {
  const auto reader = Api1()->NewReader();
  const std::string piece = Event(
      "", "{\"type\":\"ping\",\"x\":\"" + std::string(1 << 20, 'x') + "\"}");
  size_t bytes = 0;
  while (bytes <= 2 * kMaxAnswerBytes) {
    const auto taken = reader->Take(piece);
    bytes += piece.size();
    if (std::holds_alternative<Fault>(taken)) break;
  }
  EXPECT_GT(bytes, kMaxAnswerBytes);
  EXPECT_LE(bytes, kMaxAnswerBytes + piece.size());
  EXPECT_EQ(FaultIn(reader->Finish()).kind, FaultKind::kProtocol);
}

TEST(AnthropicRequest, AConversationOfSeveralTurns) {
  Endpoint endpoint = EndpointOf(Api::kAnthropic);
  endpoint.effort = "high";
  const auto protocol = MakeProtocol(endpoint);
  Conversation talk(PlainOpening());
  WireRequest request = protocol->Request(talk);
  EXPECT_EQ(request.path, "/v1/messages");
  EXPECT_EQ(request.headers,
            (std::vector<std::string>{"content-type: application/json",
                                      "accept: text/event-stream",
                                      "anthropic-version: 2026-10-21"}));
  const std::string head =
      R"({"model":"m-1","stream":true,"output_config":{"effort":"high"},)"
      R"("tools":[{"name":"read_file","description":"Reads \"a\" file.",)"
      R"("input_schema":{"type":"object","properties":{"path":)"
      R"({"type":"string"}}}},{"name":"finish","description":"Ends.",)"
      R"("input_schema":{"type":"object"}}],"system":[{"type":"text",)"
      R"("text":"You review.","cache_control":{"type":"ephemeral"}}],)"
      R"("messages":[{"role":"user","content":[{"type":"text",)"
      R"("text":"The series\n","cache_control":{"type":"ephemeral"}},)";
  EXPECT_EQ(request.body,
            head + R"({"type":"text","text":"Patch 1","cache_control":)"
                   R"({"type":"ephemeral"}}]}],"max_tokens":4096})");

  talk.Append(TurnOf(Read(*protocol, FullStream())));
  Input input;
  input.results = {{"toolu_1", "read_file", "int a;\n", false},
                   {"toolu_2", "finish", "no such tool", true}};
  talk.Append(input);
  const std::string first =
      R"({"type":"text","text":"Patch 1","cache_control":)"
      R"({"type":"ephemeral"}}]},)";
  const std::string results =
      R"({"role":"user","content":[{"type":"tool_result",)"
      R"("tool_use_id":"toolu_1","content":"int a;\n"},)"
      R"({"type":"tool_result","tool_use_id":"toolu_2",)"
      R"("content":"no such tool","is_error":true)";
  const std::string mark = R"(,"cache_control":{"type":"ephemeral"}})";
  EXPECT_EQ(protocol->Request(talk).body, head + first + std::string(kOpaque) +
                                              "," + results + mark +
                                              R"(]}],"max_tokens":4096})");

  talk.Append(TurnOf(Read(*protocol, StreamOf("end_turn"))));
  Input more;
  more.text = "Go on.";
  talk.Append(more);
  EXPECT_EQ(protocol->Request(talk).body,
            head + R"({"type":"text","text":"Patch 1"}]},)" +
                std::string(kOpaque) + "," + results + mark +
                R"(]},{"role":"assistant","content":[{"type":"text",)"
                R"("text":"Begun"}]},{"role":"user","content":)"
                R"([{"type":"text","text":"Go on.")" +
                mark + R"(]}],"max_tokens":4096})");
}

TEST(AnthropicRequest, APausedTurnIsSentLast) {
  const auto protocol = Api1();
  Conversation talk(PlainOpening());
  talk.Append(TurnOf(Read(*protocol, StreamOf("pause_turn"))));
  const std::string body = protocol->Request(talk).body;
  EXPECT_NE(body.find(R"([{"type":"text","text":"Begun"}]}],"max_tokens":)"),
            std::string::npos);
}

size_t Marks(std::string_view body, std::string_view mark) {
  size_t marks = 0;
  for (size_t at = body.find(mark); at != std::string_view::npos;
       at = body.find(mark, at + 1)) {
    ++marks;
  }
  return marks;
}

TEST(AnthropicRequest, NeverMoreThanFourMarks) {
  Endpoint endpoint = EndpointOf(Api::kAnthropic);
  endpoint.long_cache = true;
  const auto protocol = MakeProtocol(endpoint);
  Conversation::Opening opening = PlainOpening();
  for (const bool system : {true, false}) {
    for (const bool task : {true, false}) {
      opening.system = system ? "s" : "";
      opening.task = task ? "t" : "";
      Conversation talk(opening);
      for (int turns = 0; turns < 5; ++turns) {
        const std::string body = protocol->Request(talk).body;
        const size_t want = 2U + (task || turns > 0 ? 1U : 0U) +
                            (turns > 1 || (task && turns > 0) ? 1U : 0U);
        EXPECT_EQ(Marks(body, R"("cache_control":{"type":"ephemeral",)"
                              R"("ttl":"1h"})"),
                  want)
            << body;
        talk.Append(TurnOf(Read(*protocol, StreamOf("end_turn"))));
        talk.Append(Input{{}, "more"});
      }
    }
  }
}

TEST(AnthropicFault, EachError) {
  ExpectKinds(
      *Api1(),
      {{400,
        R"({"type":"error","error":{"type":"invalid_request_error",)"
        R"("message":"tools.0: bad"},"request_id":"req_1"})",
        FaultKind::kRequest},
       {400,
        R"({"type":"error","error":{"type":"invalid_request_error",)"
        R"("message":"prompt is too long: 250000 tokens > 200000 maximum"}})",
        FaultKind::kTooLong},
       {400,
        R"({"type":"error","error":{"type":"invalid_request_error","message":)"
        R"("Your credit balance is too low to access the API."}})",
        FaultKind::kQuota},
       {401,
        R"({"type":"error","error":{"type":"authentication_error",)"
        R"("message":"invalid x-api-key"}})",
        FaultKind::kAuth},
       {402,
        R"({"type":"error","error":{"type":"billing_error","message":"x"}})",
        FaultKind::kQuota},
       {403,
        R"({"type":"error","error":{"type":"permission_error",)"
        R"("message":"x"}})",
        FaultKind::kAuth},
       {404,
        R"({"type":"error","error":{"type":"not_found_error",)"
        R"("message":"model: m-1"}})",
        FaultKind::kRequest},
       {409,
        R"({"type":"error","error":{"type":"conflict_error","message":"x"}})",
        FaultKind::kOverloaded},
       {413,
        R"({"type":"error","error":{"type":"request_too_large",)"
        R"("message":"x"}})",
        FaultKind::kTooLong},
       {429,
        R"({"type":"error","error":{"type":"rate_limit_error","message":)"
        R"("This request would exceed your rate limit of 50,000 tokens"}})",
        FaultKind::kOverloaded},
       {429,
        R"({"type":"error","error":{"type":"rate_limit_error","message":"x",)"
        R"("details":{"error_code":"enforced_spend_limit_reached"}}})",
        FaultKind::kQuota},
       {429,
        R"({"type":"error","error":{"type":"rate_limit_error","message":"x",)"
        R"("details":{"error_code":"ramp_limit_exceeded"}}})",
        FaultKind::kOverloaded},
       {429,
        R"({"type":"error","error":{"type":"rate_limit_error","message":)"
        R"("You have reached your specified API usage limits."}})",
        FaultKind::kQuota},
       {500, R"({"type":"error","error":{"type":"api_error","message":"x"}})",
        FaultKind::kOverloaded},
       {504,
        R"({"type":"error","error":{"type":"timeout_error","message":"x"}})",
        FaultKind::kOverloaded},
       {529,
        R"({"type":"error","error":{"type":"overloaded_error",)"
        R"("message":"Overloaded"}})",
        FaultKind::kOverloaded},
       // Bodies of something between.
       {502, "<html><body>Bad Gateway</body></html>", FaultKind::kOverloaded},
       {403, "<html>Forbidden</html>", FaultKind::kAuth},
       {429, "", FaultKind::kOverloaded},
       {408, "{", FaultKind::kOverloaded},
       {413, "too big", FaultKind::kTooLong},
       {302, "", FaultKind::kRequest},
       {418, R"({"error":"tea"})", FaultKind::kRequest},
       {204, "", FaultKind::kProtocol}});
}

TEST(AnthropicFault, SaysWhatTheProviderSays) {
  const Fault fault =
      FaultOf(*Api1(), 529,
              R"({"type":"error","error":{"type":"overloaded_error",)"
              R"("message":"Over\u001b[31m\nloaded"},"request_id":"req_9"})",
              {{"retry-after", "7"}, {"x-should-retry", "true"}});
  EXPECT_EQ(fault.message, "overloaded_error: Over [31m loaded [req_9]");
  EXPECT_EQ(fault.retry_after_ms, 7000);
  EXPECT_EQ(fault.should_retry, true);
}

}  // namespace
}  // namespace patchmilter::model
