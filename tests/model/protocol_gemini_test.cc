#include <string>

#include "tests/model/wire_testing.h"

namespace patchmilter::model {
namespace {

std::unique_ptr<Protocol> Api1() {
  return MakeProtocol(EndpointOf(Api::kGemini));
}

std::string Parts(std::string_view parts, std::string_view more = "") {
  return Event("", R"({"candidates":[{"content":{"parts":[)" +
                       std::string(parts) + R"(],"role":"model"})" +
                       std::string(more) +
                       R"(,"index":0}],"usageMetadata":{"promptTokenCount":)"
                       R"(3210,"cachedContentTokenCount":3000,)"
                       R"("candidatesTokenCount":70,"thoughtsTokenCount":7},)"
                       R"("modelVersion":"m-1-it","responseId":"r1"})");
}
std::string Ends(std::string_view reason) {
  return Parts(R"({"text":""})",
               R"(,"finishReason":")" + std::string(reason) + "\"");
}

constexpr std::string_view kCall =
    R"({"functionCall":{"name":"read_file","args":{"path": "a.c","n":1.0},)"
    R"("id":"c1"},"thoughtSignature":"Eo\/=="})";

std::string FullStream() {
  return Parts(R"({"text":"Hm.","thought":true})") + Parts(R"({"text":"I "})") +
         Parts(R"({"text":"look.\n"})") +
         Parts(R"({"text":"","thoughtSignature":"sig"})") +
         Parts(std::string(kCall) +
               R"(, {"functionCall" : {"name":"finish","id":"c2"}})") +
         Ends("STOP");
}

std::string FullOpaque() {
  return R"({"role":"model","parts":[{"text":"Hm.","thought":true},)"
         R"({"text":"I look.\n"},{"text":"","thoughtSignature":"sig"},)" +
         std::string(kCall) +
         R"(,{"functionCall" : {"name":"finish","id":"c2"}}]})";
}

TEST(GeminiAnswer, PartsAreKeptAsTheyCame) {
  const Turn turn = TurnOf(Read(*Api1(), FullStream()));
  EXPECT_EQ(turn.opaque, FullOpaque());
  EXPECT_EQ(turn.text, "I look.\n");
  ASSERT_EQ(turn.calls.size(), 2U);
  EXPECT_EQ(turn.calls[0],
            (ToolCall{"c1", "read_file", R"({"path": "a.c","n":1.0})"}));
  EXPECT_EQ(turn.calls[1], (ToolCall{"c2", "finish", "{}"}));
  EXPECT_EQ(turn.stop, StopReason::kToolUse);
  EXPECT_EQ(turn.usage, (Usage{3210, 3000, 0, 77}));
  EXPECT_EQ(turn.model, "m-1-it");
  EXPECT_EQ(turn.request_id, "r1");
}

TEST(GeminiAnswer, NothingCountsBeforeItsEnd) {
  const std::string stream = FullStream();
  ExpectCutsAreFaults(*Api1(), stream, stream.size());
}

TEST(GeminiAnswer, EachFinishReason) {
  const std::pair<std::string_view, StopReason> cases[] = {
      {"STOP", StopReason::kDone},
      {"MAX_TOKENS", StopReason::kMaxTokens},
      {"SAFETY", StopReason::kRefusal},
      {"RECITATION", StopReason::kRefusal},
      {"PROHIBITED_CONTENT", StopReason::kRefusal},
      {"BLOCKLIST", StopReason::kRefusal},
      {"SPII", StopReason::kRefusal},
      {"LANGUAGE", StopReason::kRefusal},
      {"OTHER", StopReason::kRefusal},
      {"NOVEL", StopReason::kRefusal},
      {"MALFORMED_FUNCTION_CALL", StopReason::kMalformed},
      {"UNEXPECTED_TOOL_CALL", StopReason::kMalformed},
      {"TOO_MANY_TOOL_CALLS", StopReason::kMalformed},
      {"CONTINUATION", StopReason::kPause},
  };
  for (const auto& [reason, stop] : cases) {
    const Turn turn =
        TurnOf(Read(*Api1(), Parts(R"({"text":"Begun"})") + Ends(reason)));
    EXPECT_EQ(StopReasonName(turn.stop), StopReasonName(stop)) << reason;
    EXPECT_EQ(turn.opaque, R"({"role":"model","parts":[{"text":"Begun"}]})");
  }
  EXPECT_EQ(FaultIn(Read(*Api1(), Ends("FINISH_REASON_UNSPECIFIED"))).kind,
            FaultKind::kProtocol);
}

TEST(GeminiAnswer, OfACutTurnNoCallIsRunOrSentBack) {
  for (const std::string_view reason :
       {"MAX_TOKENS", "SAFETY", "MALFORMED_FUNCTION_CALL"}) {
    const Turn turn = TurnOf(Read(*Api1(), Parts(kCall) + Ends(reason)));
    EXPECT_TRUE(turn.calls.empty());
    EXPECT_EQ(turn.opaque, "");
  }
}

TEST(GeminiAnswer, CallsWithoutIds) {
  const Turn turn =
      TurnOf(Read(*Api1(), Parts(R"({"functionCall":{"name":"f","args":{}}},)"
                                 R"({"functionCall":{"name":"f","args":{}}})") +
                               Ends("STOP")));
  ASSERT_EQ(turn.calls.size(), 2U);
  EXPECT_EQ(turn.calls[0], (ToolCall{"", "f", "{}"}));
  EXPECT_EQ(
      FaultIn(Read(*Api1(), Parts(R"({"functionCall":{"name":"f","id":"a"}},)"
                                  R"({"functionCall":{"name":"g","id":"a"}})") +
                                Ends("STOP")))
          .kind,
      FaultKind::kProtocol);
}

TEST(GeminiAnswer, APromptThatIsBlockedIsARefusal) {
  const Turn turn =
      TurnOf(Read(*Api1(), Event("", R"({"promptFeedback":{"blockReason":)"
                                     R"("PROHIBITED_CONTENT"},"usageMetadata":)"
                                     R"({"promptTokenCount":5}})")));
  EXPECT_EQ(turn.stop, StopReason::kRefusal);
  EXPECT_EQ(turn.usage.input, 5U);
}

TEST(GeminiAnswer, WhatIsNoAnswerIsAFault) {
  const std::pair<std::string, FaultKind> cases[] = {
      {Event("", R"({"error":{"code":503,"message":"x","status":)"
                 R"("UNAVAILABLE"}})"),
       FaultKind::kOverloaded},
      {Parts(R"({"text":"a"})") +
           Event("", R"({"error":{"code":429,"message":"x","status":)"
                     R"("RESOURCE_EXHAUSTED"}})"),
       FaultKind::kOverloaded},
      {R"([{"error":{"code":400,"message":"x","status":"INVALID_ARGUMENT"}}])",
       FaultKind::kRequest},
      {Event("", "{\"candidates\""), FaultKind::kProtocol},
      {Parts(R"({"functionCall":{"name":"f","willContinue":true}})"),
       FaultKind::kProtocol},
      {R"([{"candidates":[]}])", FaultKind::kProtocol},
  };
  for (const auto& [stream, kind] : cases) {
    const Fault fault = FaultIn(Read(*Api1(), stream));
    EXPECT_EQ(FaultKindName(fault.kind), FaultKindName(kind)) << stream;
  }
}

TEST(GeminiAnswer, CallsAreBounded) {
  std::string stream;
  for (int i = 0; i < 65; ++i) {
    stream += Parts(R"({"functionCall":{"name":"f"}})");
  }
  EXPECT_EQ(FaultIn(Read(*Api1(), stream + Ends("STOP"))).kind,
            FaultKind::kProtocol);
}

std::string Head() {
  return R"({"systemInstruction":{"parts":[{"text":"You review."}]},)"
         R"("tools":[{"functionDeclarations":[{"name":"read_file",)"
         R"("description":"Reads \"a\" file.","parametersJsonSchema":)"
         R"({"type":"object","properties":{"path":{"type":"string"}}}},)"
         R"({"name":"finish","description":"Ends.",)"
         R"("parametersJsonSchema":{"type":"object"}}]}],)"
         R"("toolConfig":{"functionCallingConfig":{"mode":"AUTO"}},)"
         R"("contents":[{"role":"user","parts":[{"text":"The series\n"},)"
         R"({"text":"Patch 1"}]})";
}

TEST(GeminiRequest, AConversationOfSeveralTurns) {
  Endpoint endpoint = EndpointOf(Api::kGemini);
  endpoint.effort = "high";
  const auto protocol = MakeProtocol(endpoint);
  Conversation talk(PlainOpening());
  EXPECT_EQ(protocol->Request(talk).path,
            "/v1beta/models/m-1:streamGenerateContent?alt=sse");
  const std::string tail = R"(],"generationConfig":{"maxOutputTokens":4096,)"
                           R"("thinkingConfig":{"thinkingLevel":"HIGH"}}})";
  EXPECT_EQ(protocol->Request(talk).body, Head() + tail);
  talk.Append(TurnOf(Read(*protocol, FullStream())));
  Input input;
  input.results = {{"c1", "read_file", "int a;\n", false},
                   {"", "finish", "no such tool", true}};
  talk.Append(input);
  const std::string grown =
      Head() + "," + FullOpaque() +
      R"(,{"role":"user","parts":[{"functionResponse":{"id":"c1",)"
      R"("name":"read_file","response":{"output":"int a;\n"}}},)"
      R"({"functionResponse":{"name":"finish",)"
      R"("response":{"error":"no such tool"}}}]})";
  EXPECT_EQ(protocol->Request(talk).body, grown + tail);
  talk.Append(
      TurnOf(Read(*protocol, Parts(R"({"text":"Begun"})") + Ends("STOP"))));
  talk.Append(Input{{}, "Go on."});
  EXPECT_EQ(protocol->Request(talk).body,
            grown +
                R"(,{"role":"model","parts":[{"text":"Begun"}]},)"
                R"({"role":"user","parts":[{"text":"Go on."}]})" +
                tail);
}

TEST(GeminiRequest, ThePathHoldsNoMoreThanAModel) {
  Endpoint endpoint = EndpointOf(Api::kGemini);
  endpoint.model = "tunedModels/x y?z#";
  EXPECT_EQ(MakeProtocol(endpoint)->Request(Conversation(PlainOpening())).path,
            "/v1beta/tunedModels/x%20y%3Fz%23:streamGenerateContent?alt=sse");
}

TEST(GeminiRequest, AnAnswerGoesOnWithItsToken) {
  const auto protocol = Api1();
  const std::string tail = R"(],"generationConfig":{"maxOutputTokens":4096})";
  Conversation talk(PlainOpening());
  const auto paused = [&](std::string_view text, std::string_view token) {
    return TurnOf(
        Read(*protocol,
             Parts(R"({"text":")" + std::string(text) + "\"}",
                   R"(,"finishReason":"CONTINUATION","continuationToken":")" +
                       std::string(token) + "\"")));
  };
  talk.Append(paused("One", "t1"));
  EXPECT_EQ(protocol->Request(talk).body,
            Head() + tail + R"(,"continuationToken":"t1"})");
  talk.Append(paused("Two", "t\\u00e92"));
  EXPECT_EQ(protocol->Request(talk).body,
            Head() + tail + R"(,"continuationToken":"t\u00e92"})");
  talk.Append(
      TurnOf(Read(*protocol, Parts(R"({"text":"Three"})") + Ends("STOP"))));
  talk.Append(Input{{}, "Go on."});
  EXPECT_EQ(protocol->Request(talk).body,
            Head() +
                R"(,{"role":"model","parts":[{"text":"One"},)"
                R"({"text":"Two"},{"text":"Three"}]},)"
                R"({"role":"user","parts":[{"text":"Go on."}]})" +
                tail + "}");
  // A record of it can be read back.
  const Turn turn = paused("One", "t1");
  EXPECT_EQ(DecodeTurn(EncodeTurn(turn))->opaque, turn.opaque);
}

TEST(GeminiAnswer, CallsOfAnAnswerThatCouldGoOnAreAnsweredFirst) {
  const Turn turn =
      TurnOf(Read(*Api1(), Parts(kCall, R"(,"finishReason":"CONTINUATION",)"
                                        R"("continuationToken":"t1")")));
  EXPECT_EQ(turn.stop, StopReason::kToolUse);
  EXPECT_EQ(turn.calls.size(), 1U);
  EXPECT_EQ(turn.opaque.find("t1"), std::string::npos);
}

TEST(GeminiFault, EachError) {
  ExpectKinds(
      *Api1(),
      {{429,
        R"({"error":{"code":429,"message":"You exceeded your current quota, )"
        R"(please check your plan and billing details.","status":)"
        R"("RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":)"
        R"("GenerateRequestsPerMinutePerProjectPerModel"}]}]}})",
        FaultKind::kOverloaded},
       {429,
        R"({"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED",)"
        R"("details":[{"violations":[{"quotaId":)"
        R"("GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]}})",
        FaultKind::kQuota},
       {429,
        R"({"error":{"code":429,"message":"Your prepayment credits are )"
        R"(depleted.","status":"RESOURCE_EXHAUSTED"}})",
        FaultKind::kQuota},
       {429, R"({"error":{"message":"x","status":"RESOURCE_EXHAUSTED"}})",
        FaultKind::kOverloaded},
       {400,
        R"({"error":{"code":400,"message":"API key not valid.","status":)"
        R"("INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}})",
        FaultKind::kAuth},
       {400,
        R"({"error":{"code":400,"message":"The input token count (9) exceeds )"
        R"(the maximum number of tokens allowed (8).","status":)"
        R"("INVALID_ARGUMENT"}})",
        FaultKind::kTooLong},
       {400, R"({"error":{"message":"bad","status":"INVALID_ARGUMENT"}})",
        FaultKind::kRequest},
       {400, R"({"error":{"message":"x","status":"FAILED_PRECONDITION"}})",
        FaultKind::kAuth},
       {403, R"({"error":{"message":"x","status":"PERMISSION_DENIED"}})",
        FaultKind::kAuth},
       {401, R"({"error":{"message":"x","status":"UNAUTHENTICATED"}})",
        FaultKind::kAuth},
       {404, R"({"error":{"message":"x","status":"NOT_FOUND"}})",
        FaultKind::kRequest},
       {500, R"({"error":{"message":"x","status":"INTERNAL"}})",
        FaultKind::kOverloaded},
       {503, R"({"error":{"message":"x","status":"UNAVAILABLE"}})",
        FaultKind::kOverloaded},
       {504, R"({"error":{"message":"x","status":"DEADLINE_EXCEEDED"}})",
        FaultKind::kOverloaded},
       {502, "<html>", FaultKind::kOverloaded},
       {404, "", FaultKind::kRequest}});
}

TEST(GeminiFault, TellsHowLongToWait) {
  const Fault fault = FaultOf(
      *Api1(), 429,
      R"({"error":{"message":"x","status":"RESOURCE_EXHAUSTED","details":)"
      R"([{"@type":"type.googleapis.com/google.rpc.RetryInfo",)"
      R"("retryDelay":"34.074824224s"}]}})");
  EXPECT_EQ(fault.kind, FaultKind::kOverloaded);
  EXPECT_EQ(fault.retry_after_ms, 34074);
}

}  // namespace
}  // namespace patchmilter::model
