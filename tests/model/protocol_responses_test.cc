#include <string>

#include "tests/model/wire_testing.h"

namespace patchmilter::model {
namespace {

std::unique_ptr<Protocol> Api1() {
  return MakeProtocol(EndpointOf(Api::kResponses));
}

std::string Item(int index, std::string_view item) {
  return Event("response.output_item.done",
               R"({"type":"response.output_item.done","output_index":)" +
                   std::to_string(index) + R"(,"sequence_number":1,"item":)" +
                   std::string(item) + "}");
}

std::string End(std::string_view type = "completed", std::string_view more = "",
                std::string_view output = "[]") {
  return Event("response." + std::string(type),
               R"({"type":"response.)" + std::string(type) +
                   R"(","response":{"id":"resp_1","model":"m-1-2026",)"
                   R"("status":")" +
                   std::string(type) + R"(","output":)" + std::string(output) +
                   std::string(more) +
                   R"(,"usage":{"input_tokens":3210,"input_tokens_details":)"
                   R"({"cached_tokens":3000,"cache_write_tokens":200},)"
                   R"("output_tokens":77,"output_tokens_details":)"
                   R"({"reasoning_tokens":7}}}})");
}

constexpr std::string_view kReasoning =
    R"({"id":"rs_1","type":"reasoning","summary":[],)"
    R"("encrypted_content":"gAAA\/=="})";
constexpr std::string_view kMessage =
    R"({"id":"msg_1","type":"message","status":"completed","content":)"
    R"([{"type":"output_text","annotations":[],"text":"I look."}],)"
    R"("role":"assistant"})";
constexpr std::string_view kCallA =
    R"({"id":"fc_1","type":"function_call","status":"completed",)"
    R"("arguments":"{\"path\": \"a.c\"}","call_id":"call_a",)"
    R"("name":"read_file"})";

std::string FullStream() {
  return Event("response.created",
               R"({"type":"response.created","response":{"id":"resp_1"}})") +
         Event("response.output_text.delta",
               R"({"type":"response.output_text.delta","delta":"I look."})") +
         Item(0, kReasoning) + Item(2, kCallA) + Item(1, kMessage) +
         Item(3, R"({"id":"fc_2","type":"function_call","arguments":"",)"
                 R"("created_by":"x","call_id":"call_b","name":"finish"})") +
         End();
}

std::string FullOpaque() {
  return std::string(kReasoning) + "," + std::string(kMessage) + "," +
         std::string(kCallA) +
         R"(,{"id":"fc_2","type":"function_call","arguments":"",)"
         R"("call_id":"call_b","name":"finish"})";
}

TEST(ResponsesAnswer, ItemsAreKeptAsTheyCame) {
  const Turn turn = TurnOf(Read(*Api1(), FullStream()));
  EXPECT_EQ(turn.opaque, FullOpaque());
  EXPECT_EQ(turn.text, "I look.");
  ASSERT_EQ(turn.calls.size(), 2U);
  EXPECT_EQ(turn.calls[0],
            (ToolCall{"call_a", "read_file", R"({"path": "a.c"})"}));
  EXPECT_EQ(turn.calls[1], (ToolCall{"call_b", "finish", "{}"}));
  EXPECT_EQ(turn.stop, StopReason::kToolUse);
  EXPECT_EQ(turn.usage, (Usage{3210, 3000, 200, 77}));
  EXPECT_EQ(turn.model, "m-1-2026");
  EXPECT_EQ(turn.request_id, "resp_1");
}

TEST(ResponsesAnswer, NothingCountsBeforeTheLastEvent) {
  const std::string stream = FullStream();
  ExpectCutsAreFaults(*Api1(), stream, stream.size());
}

TEST(ResponsesAnswer, ItemsMayComeWithTheEndAlone) {
  const Turn turn = TurnOf(
      Read(*Api1(), End("completed", "", "[" + std::string(kMessage) + "]")));
  EXPECT_EQ(turn.opaque, kMessage);
  EXPECT_EQ(turn.stop, StopReason::kDone);
}

TEST(ResponsesAnswer, ATurnWithoutItemsIsNotSentBack) {
  EXPECT_EQ(TurnOf(Read(*Api1(), End())).opaque, "");
}

TEST(ResponsesAnswer, EachWayToEnd) {
  const std::string cut =
      R"(,"incomplete_details":{"reason":"max_output_tokens"})";
  const std::string filter =
      R"(,"incomplete_details":{"reason":"content_filter"})";
  EXPECT_EQ(TurnOf(Read(*Api1(), Item(0, kMessage) + End())).stop,
            StopReason::kDone);
  EXPECT_EQ(
      TurnOf(Read(*Api1(), Item(0, kMessage) + End("incomplete", cut))).stop,
      StopReason::kMaxTokens);
  EXPECT_EQ(
      TurnOf(Read(*Api1(), Item(0, kMessage) + End("incomplete", filter))).stop,
      StopReason::kRefusal);
  const Turn refused = TurnOf(
      Read(*Api1(), Item(0, R"({"type":"message","role":"assistant","content":)"
                            R"([{"type":"refusal","refusal":"No."}]})") +
                        End()));
  EXPECT_EQ(refused.stop, StopReason::kRefusal);
  EXPECT_EQ(refused.text, "No.");
}

TEST(ResponsesAnswer, OfACutTurnNoCallIsRunOrSentBack) {
  const std::string cut =
      R"(,"incomplete_details":{"reason":"max_output_tokens"})";
  const std::string half =
      R"({"id":"fc_1","type":"function_call","status":"incomplete",)"
      R"("arguments":"{\"pa","call_id":"call_a","name":"read_file"})";
  Turn turn = TurnOf(Read(*Api1(), Item(0, kReasoning) + Item(1, kMessage) +
                                       Item(2, kReasoning) + Item(3, half) +
                                       End("incomplete", cut)));
  EXPECT_EQ(turn.stop, StopReason::kMaxTokens);
  EXPECT_TRUE(turn.calls.empty());
  EXPECT_EQ(turn.opaque, std::string(kReasoning) + "," + std::string(kMessage));
  turn = TurnOf(Read(*Api1(), Item(0, kReasoning) + End("incomplete", cut)));
  EXPECT_EQ(turn.opaque, "");
  // In a response that says that it is complete, it is no answer.
  EXPECT_EQ(FaultIn(Read(*Api1(), Item(0, half) + End())).kind,
            FaultKind::kProtocol);
}

TEST(ResponsesAnswer, ItemsOfKindsThatAreNotYetKnownGoBack) {
  const std::string_view novel = R"({"type":"novel","n":1e2, "x" : []})";
  EXPECT_EQ(
      TurnOf(Read(*Api1(), Item(0, novel) + Item(1, kMessage) + End())).opaque,
      std::string(novel) + "," + std::string(kMessage));
}

TEST(ResponsesAnswer, AnErrorWithinAStreamIsAsAnErrorBody) {
  const std::pair<std::string, FaultKind> cases[] = {
      {Event("error", R"({"type":"error","code":"rate_limit_exceeded",)"
                      R"("message":"x","param":null})"),
       FaultKind::kOverloaded},
      {Event("error", R"({"type":"error","error":{"type":"insufficient_quota",)"
                      R"("code":"insufficient_quota","message":"x"}})"),
       FaultKind::kQuota},
      {Event("error", R"({"type":"error","code":null,"message":"x"})"),
       FaultKind::kOverloaded},
      {Event("response.failed",
             R"({"type":"response.failed","response":{"status":"failed",)"
             R"("error":{"code":"server_error","message":"x"}}})"),
       FaultKind::kOverloaded},
      {Event("response.failed",
             R"({"type":"response.failed","response":{"status":"failed",)"
             R"("error":{"code":"invalid_prompt","message":"x"}}})"),
       FaultKind::kRequest},
      {Event("response.failed",
             R"({"type":"response.failed","response":{"error":null}})"),
       FaultKind::kOverloaded},
      {Event("response.failed",
             R"({"type":"response.failed","response":{"error":{"code":)"
             R"("context_length_exceeded","message":"x"}}})"),
       FaultKind::kTooLong},
      {R"({"error":{"message":"x","code":"slow_down"}})",
       FaultKind::kOverloaded},
      {R"({"object":"response","output":[]})", FaultKind::kProtocol},
  };
  for (const auto& [stream, kind] : cases) {
    const Fault fault = FaultIn(Read(*Api1(), stream));
    EXPECT_EQ(FaultKindName(fault.kind), FaultKindName(kind)) << stream;
  }
}

TEST(ResponsesAnswer, WhatIsNoAnswerIsAFault) {
  const std::string cases[] = {
      Item(0, kMessage) + Item(0, kMessage),
      Item(0, "7"),
      Item(0, kCallA) + Item(1, kCallA) + End(),
      Item(0, R"({"type":"function_call","arguments":"{}","name":"f"})") +
          End(),
      Event("response.completed",
            R"({"type":"response.completed","response":{"status":"queued"}})"),
      Event("response.created", "{]"),
  };
  for (const std::string& stream : cases) {
    EXPECT_EQ(FaultIn(Read(*Api1(), stream)).kind, FaultKind::kProtocol)
        << stream;
  }
}

TEST(ResponsesRequest, AConversationOfSeveralTurns) {
  Endpoint endpoint = EndpointOf(Api::kResponses);
  endpoint.effort = "high";
  endpoint.service_tier = "flex";
  const auto protocol = MakeProtocol(endpoint);
  Conversation talk(PlainOpening());
  const WireRequest request = protocol->Request(talk);
  EXPECT_EQ(request.path, "/v1/responses");
  const size_t key = request.body.find(R"("prompt_cache_key":")") + 20;
  const std::string head =
      R"({"model":"m-1","stream":true,"store":false,)"
      R"("include":["reasoning.encrypted_content"],"prompt_cache_key":")" +
      request.body.substr(key, 32) +
      R"(","reasoning":{"effort":"high"},"service_tier":"flex",)"
      R"("instructions":"You review.","tools":[{"type":"function",)"
      R"("name":"read_file","description":"Reads \"a\" file.",)"
      R"("strict":false,"parameters":{"type":"object","properties":{"path":)"
      R"({"type":"string"}}}},{"type":"function","name":"finish",)"
      R"("description":"Ends.","strict":false,)"
      R"("parameters":{"type":"object"}}],"input":[{"role":"user","content":)"
      R"([{"type":"input_text","text":"The series\n"},)"
      R"({"type":"input_text","text":"Patch 1"}]})";
  EXPECT_EQ(request.body, head + R"(],"max_output_tokens":4096})");
  talk.Append(TurnOf(Read(*protocol, FullStream())));
  Input input;
  input.results = {{"call_a", "read_file", "int a;\n", false},
                   {"call_b", "finish", "no such tool", true}};
  talk.Append(input);
  const std::string grown =
      head + "," + FullOpaque() +
      R"(,{"type":"function_call_output","call_id":"call_a",)"
      R"("output":"int a;\n"},{"type":"function_call_output",)"
      R"("call_id":"call_b","output":"error: no such tool"})";
  EXPECT_EQ(protocol->Request(talk).body,
            grown + R"(],"max_output_tokens":4096})");
  talk.Append(TurnOf(Read(*protocol, Item(0, kMessage) + End())));
  talk.Append(Input{{}, "Go on."});
  EXPECT_EQ(protocol->Request(talk).body,
            grown + "," + std::string(kMessage) +
                R"(,{"role":"user","content":[{"type":"input_text",)"
                R"("text":"Go on."}]}],"max_output_tokens":4096})");
}

TEST(ResponsesRequest, SiblingsShareACacheKey) {
  const auto key = [](const Conversation::Opening& opening) {
    const std::string body = Api1()->Request(Conversation(opening)).body;
    return body.substr(body.find(R"("prompt_cache_key":")"), 53);
  };
  const Conversation::Opening one = PlainOpening();
  Conversation::Opening two = one;
  two.task = "Patch 2";
  EXPECT_EQ(key(one), key(two));
  two.shared += "x";
  EXPECT_NE(key(one), key(two));
  two = one;
  two.tools.pop_back();
  EXPECT_NE(key(one), key(two));
  two = one;
  two.system = "Other.";
  EXPECT_NE(key(one), key(two));
}

}  // namespace
}  // namespace patchmilter::model
