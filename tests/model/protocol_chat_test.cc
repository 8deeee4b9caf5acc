#include <set>
#include <string>

#include "tests/model/wire_testing.h"

namespace patchmilter::model {
namespace {

std::unique_ptr<Protocol> Of(Dialect dialect) {
  return MakeProtocol(EndpointOf(Api::kChat, dialect));
}

std::string Delta(std::string_view delta, std::string_view finish = "null") {
  return Event("", R"({"id":"c1","object":"chat.completion.chunk",)"
                   R"("model":"m-1-it","choices":[{"index":0,"delta":)" +
                       std::string(delta) + R"(,"finish_reason":)" +
                       std::string(finish) + "}]}");
}

std::string Tail() {
  return Event("", R"({"id":"c1","choices":[],"usage":{"prompt_tokens":3210,)"
                   R"("completion_tokens":77,"total_tokens":3287,)"
                   R"("prompt_tokens_details":{"cached_tokens":3000,)"
                   R"("cache_write_tokens":200}}})") +
         Event("", "[DONE]");
}

std::string FullStream() {
  return ": PROCESSING\n\n" + Delta(R"({"role":"assistant","content":""})") +
         Delta(R"({"reasoning_content":"Hm\u00e9, "})") +
         Delta(R"({"reasoning_content":"so"})") +
         Delta(R"({"content":"I look."})") +
         Delta(R"({"tool_calls":[{"index":0,"id":"call_a","type":"function",)"
               R"("function":{"name":"read_file","arguments":""}}]})") +
         Delta(R"({"tool_calls":[{"index":0,"function":)"
               R"({"arguments":"{\"path\": \"a"}}]})") +
         Delta(R"({"tool_calls":[{"index":1,"id":"call_b","type":"function",)"
               R"("function":{"name":"finish","arguments":""}},)"
               R"({"index":0,"function":{"arguments":".c\"}"}}]})") +
         Delta("{}", R"("tool_calls")") + Tail();
}

std::string StreamOf(std::string_view finish) {
  return Delta(R"({"role":"assistant","content":"Be"})") +
         Delta(R"({"content":"gun"})") +
         Delta("{}", "\"" + std::string(finish) + "\"") + Tail();
}

constexpr std::string_view kCalls =
    R"("tool_calls":[{"id":"call_a","type":"function","function":)"
    R"({"name":"read_file","arguments":"{\"path\": \"a.c\"}"}},)"
    R"({"id":"call_b","type":"function","function":)"
    R"({"name":"finish","arguments":"{}"}}]})";

TEST(ChatAnswer, ATurnIsOneMessage) {
  const Turn turn = TurnOf(Read(*Of(Dialect::kVllm), FullStream()));
  EXPECT_EQ(turn.opaque, R"({"role":"assistant","content":"I look.",)"
                         R"("reasoning_content":"Hmé, so",)" +
                             std::string(kCalls));
  EXPECT_EQ(turn.text, "I look.");
  ASSERT_EQ(turn.calls.size(), 2U);
  EXPECT_EQ(turn.calls[0],
            (ToolCall{"call_a", "read_file", R"({"path": "a.c"})"}));
  EXPECT_EQ(turn.calls[1], (ToolCall{"call_b", "finish", "{}"}));
  EXPECT_EQ(turn.stop, StopReason::kToolUse);
  EXPECT_EQ(turn.usage, (Usage{3210, 3000, 200, 77}));
  EXPECT_EQ(turn.model, "m-1-it");
  EXPECT_EQ(turn.request_id, "c1");
}

TEST(ChatAnswer, OpenAiIsNotSentWhatItDoesNotKnow) {
  EXPECT_EQ(
      TurnOf(Read(*Of(Dialect::kOpenAi), FullStream())).opaque,
      R"({"role":"assistant","content":"I look.",)" + std::string(kCalls));
}

TEST(ChatAnswer, ReasoningGoesBackUnderItsOwnName) {
  const std::string stream =
      Delta(R"({"reasoning":"Hm","reasoning_details":)"
            R"([{"type":"reasoning.text","text":"Hm","index":0}]})") +
      Delta(R"({"reasoning":"\u00e9","reasoning_details":)"
            R"([{"type":"reasoning.text","text":"\u00e9","index":0}]})") +
      Delta(R"({"reasoning_details":[{"type":"reasoning.text","text":"",)"
            R"("signature":"s==","index":0}]})") +
      Delta(R"({"reasoning_details":)"
            R"([{"type":"reasoning.encrypted","data":"x==","index":1.0}]})") +
      Delta(R"({"content":"a"})", R"("stop")") + Tail();
  EXPECT_EQ(TurnOf(Read(*Of(Dialect::kOpenRouter), stream)).opaque,
            R"({"role":"assistant","content":"a","reasoning":"Hmé",)"
            R"("reasoning_details":[{"type":"reasoning.text","text":"Hmé",)"
            R"("index":0,"signature":"s=="},)"
            R"({"type":"reasoning.encrypted","data":"x==","index":1.0}]})");
}

TEST(ChatAnswer, NothingCountsBeforeTheLastEvent) {
  const std::string stream = FullStream();
  ExpectCutsAreFaults(*Of(Dialect::kVllm), stream, stream.size());
  // [DONE] alone is no end.
  EXPECT_EQ(FaultIn(Read(*Of(Dialect::kVllm),
                         Delta(R"({"content":"a"})") + Event("", "[DONE]")))
                .kind,
            FaultKind::kNetwork);
}

TEST(ChatAnswer, EachFinishReason) {
  const std::pair<std::string_view, StopReason> cases[] = {
      {"stop", StopReason::kDone},
      {"length", StopReason::kMaxTokens},
      {"content_filter", StopReason::kRefusal},
      {"tool_calls", StopReason::kMalformed},
      {"function_call", StopReason::kMalformed},
      {"tea_break", StopReason::kDone},
  };
  for (const auto& [finish, stop] : cases) {
    const Turn turn = TurnOf(Read(*Of(Dialect::kOpenAi), StreamOf(finish)));
    EXPECT_EQ(StopReasonName(turn.stop), StopReasonName(stop)) << finish;
    EXPECT_EQ(turn.opaque, R"({"role":"assistant","content":"Begun"})");
  }
  for (const std::string_view finish : {"error", "abort"}) {
    EXPECT_EQ(FaultIn(Read(*Of(Dialect::kOpenAi), StreamOf(finish))).kind,
              FaultKind::kOverloaded);
  }
}

std::string OneCall(std::string_view call, std::string_view finish) {
  return Delta(R"({"tool_calls":[)" + std::string(call) + "]}") +
         Delta("{}", "\"" + std::string(finish) + "\"") + Tail();
}

TEST(ChatAnswer, OfACutTurnNoCallIsRunOrSentBack) {
  const std::string_view call =
      R"({"index":0,"id":"a","function":{"name":"f","arguments":"{\"a\":1}"}})";
  for (const std::string_view finish :
       {"length", "content_filter", "tea_break"}) {
    const Turn turn = TurnOf(Read(*Of(Dialect::kVllm), OneCall(call, finish)));
    EXPECT_TRUE(turn.calls.empty()) << finish;
    EXPECT_EQ(turn.opaque.find("tool_calls"), std::string::npos);
    EXPECT_EQ(turn.opaque, "");
    EXPECT_NE(turn.stop, StopReason::kToolUse);
  }
  // Some servers say "stop" and call.
  EXPECT_EQ(TurnOf(Read(*Of(Dialect::kOllama), OneCall(call, "stop"))).stop,
            StopReason::kToolUse);
}

TEST(ChatAnswer, ARefusal) {
  const std::string stream = Delta(R"({"refusal":"I will"})") +
                             Delta(R"({"refusal":" not."})", R"("stop")") +
                             Tail();
  const Turn turn = TurnOf(Read(*Of(Dialect::kOpenAi), stream));
  EXPECT_EQ(turn.stop, StopReason::kRefusal);
  EXPECT_EQ(turn.text, "I will not.");
}

TEST(ChatAnswer, CallsWithoutIdsOfTheirOwnGetThem) {
  // Two whole calls at one index, with one id, with none, and without index.
  const std::string stream =
      Delta(R"({"tool_calls":[{"index":0,"id":"x","function":)"
            R"({"name":"f","arguments":"{}"}}]})") +
      Delta(R"({"tool_calls":[{"index":0,"id":"y","function":)"
            R"({"name":"g","arguments":"{}"}}]})") +
      Delta(R"({"tool_calls":[{"index":1,"id":"x","function":)"
            R"({"name":"h","arguments":{"a": 1}}}]})") +
      Delta(R"({"tool_calls":[{"index":2,"function":)"
            R"({"name":"i","arguments":"{}"}}]})") +
      Delta(R"({"tool_calls":[{"function":{"name":"j","arguments":"{}"}}]})") +
      Delta(R"({"tool_calls":[{"function":{"name":"j","arguments":"{}"}}]})",
            R"("tool_calls")") +
      Tail();
  const Turn turn = TurnOf(Read(*Of(Dialect::kOllama), stream));
  ASSERT_EQ(turn.calls.size(), 6U);
  std::string names;
  std::set<std::string> ids;
  for (const ToolCall& call : turn.calls) {
    names += call.name;
    ids.insert(call.id);
    EXPECT_NE(turn.opaque.find("{\"id\":\"" + call.id + "\""),
              std::string::npos);
  }
  EXPECT_EQ(names, "fghijj");
  EXPECT_EQ(ids.size(), 6U);
  EXPECT_EQ(turn.calls[0].id, "x");
  EXPECT_EQ(turn.calls[1].id, "y");
  EXPECT_EQ(turn.calls[2].arguments, R"({"a": 1})");
  EXPECT_EQ(turn.calls[2].id.size(), 9U);
  // The same answer, the same ids.
  EXPECT_EQ(TurnOf(Read(*Of(Dialect::kOllama), stream)).calls, turn.calls);
}

TEST(ChatAnswer, ArgumentsThatAreNoObjectGoBackAsNone) {
  for (const std::string_view bad : {R"("{\"a\"")", R"("[1]")", R"("x")"}) {
    const Turn turn = TurnOf(Read(
        *Of(Dialect::kVllm),
        OneCall(R"({"index":0,"id":"a","function":{"name":"f","arguments":)" +
                    std::string(bad) + "}}",
                "tool_calls")));
    ASSERT_EQ(turn.calls.size(), 1U);
    EXPECT_NE(turn.calls[0].arguments, "{}");
    EXPECT_NE(turn.opaque.find(R"("arguments":"{}")"), std::string::npos);
  }
}

TEST(ChatAnswer, CallsAndArgumentsAreBounded) {
  std::string stream;
  for (int i = 0; i < 65; ++i) {
    const std::string n = std::to_string(i);
    stream += Delta(R"({"tool_calls":[{"index":)" + n + R"(,"id":"c)" + n +
                    R"(","function":{"name":"f"}}]})");
  }
  EXPECT_EQ(FaultIn(Read(*Of(Dialect::kVllm), stream)).kind,
            FaultKind::kProtocol);
  const std::string piece =
      Delta(R"({"tool_calls":[{"index":0,"id":"c","function":{"name":"f",)"
            R"("arguments":")" +
            std::string(300'000, 'x') + R"("}}]})");
  const auto reader = Of(Dialect::kVllm)->NewReader();
  EXPECT_EQ(FaultIn(Finished(reader.get(), {piece, piece, piece, piece})).kind,
            FaultKind::kProtocol);
}

TEST(ChatAnswer, AnErrorInA200) {
  const std::pair<std::string, FaultKind> cases[] = {
      // OpenRouter: no stream at all, or a chunk.
      {R"({"error":{"code":402,"message":"Insufficient credits"}})",
       FaultKind::kQuota},
      {R"({"error":{"code":429,"message":"Rate limited upstream"}})",
       FaultKind::kOverloaded},
      {": OPENROUTER PROCESSING\n\n" + Delta(R"({"content":"a"})") +
           Event("", R"({"id":"c1","error":{"code":"server_error","message":)"
                     R"("Provider disconnected"},"choices":[{"index":0,)"
                     R"("delta":{"content":""},"finish_reason":"error"}]})"),
       FaultKind::kOverloaded},
      {Event("error", R"({"error":{"message":"x","type":"server_error"}})"),
       FaultKind::kOverloaded},
      {Event("", R"({"object":"error","message":"This model's maximum context )"
                 R"(length is 4096 tokens","type":"BadRequestError",)"
                 R"("code":400})"),
       FaultKind::kTooLong},
      {Event("", R"({"error":"model runner has stopped"})"),
       FaultKind::kOverloaded},
      {R"({"id":"c1","object":"chat.completion","choices":[]})",
       FaultKind::kProtocol},
      {Event("", "{\"choices\":["), FaultKind::kProtocol},
  };
  for (const auto& [stream, kind] : cases) {
    const Fault fault = FaultIn(Read(*Of(Dialect::kOpenRouter), stream));
    EXPECT_EQ(FaultKindName(fault.kind), FaultKindName(kind)) << stream;
  }
}

TEST(ChatAnswer, OllamaMayNotTruncate) {
  const auto protocol = Of(Dialect::kOllama);
  WireRequest sent;
  sent.body = std::string(40'000, 'x');  // 10,000 tokens.
  const auto answer = [&](int tokens, const Protocol& by) {
    const auto reader = by.ReaderFor(sent);
    return Finished(
        reader.get(),
        {Delta(R"({"content":"a"})", R"("stop")"),
         Event("", R"({"choices":[],"usage":{"prompt_tokens":)" +
                       std::to_string(tokens) + R"(,"completion_tokens":1}})"),
         Event("", "[DONE]")});
  };
  const Fault fault = FaultIn(answer(4095, *protocol));
  EXPECT_EQ(fault.kind, FaultKind::kTooLong);
  EXPECT_NE(fault.message.find("raise num_ctx"), std::string::npos);
  EXPECT_FALSE(fault.MayRetry());
  TurnOf(answer(5000, *protocol));
  TurnOf(answer(0, *protocol));  // It does not tell.
  TurnOf(answer(4095, *Of(Dialect::kLlamaCpp)));
  sent.body = std::string(4000, 'x');
  TurnOf(answer(10, *protocol));
}

std::string ToolsJson() {
  return R"("tools":[{"type":"function","function":{"name":"read_file",)"
         R"("description":"Reads \"a\" file.","parameters":{"type":"object",)"
         R"("properties":{"path":{"type":"string"}}}}},{"type":"function",)"
         R"("function":{"name":"finish","description":"Ends.",)"
         R"("parameters":{"type":"object"}}}],)";
}

TEST(ChatRequest, AConversationOfSeveralTurns) {
  Endpoint endpoint = EndpointOf(Api::kChat, Dialect::kVllm);
  endpoint.effort = "high";
  const auto protocol = MakeProtocol(endpoint);
  Conversation talk(PlainOpening());
  EXPECT_EQ(protocol->Request(talk).path, "/v1/chat/completions");
  const std::string head =
      R"({"model":"m-1","stream":true,"stream_options":)"
      R"({"include_usage":true},"reasoning_effort":"high",)" +
      ToolsJson() +
      R"("messages":[{"role":"system","content":"You review."},)"
      R"({"role":"user","content":"The series\n\n\nPatch 1"})";
  EXPECT_EQ(protocol->Request(talk).body, head + R"(],"max_tokens":4096})");
  const Turn turn = TurnOf(Read(*protocol, FullStream()));
  talk.Append(turn);
  Input input;
  input.results = {{"call_a", "read_file", "int a;\n", false},
                   {"call_b", "finish", "no such tool", true}};
  talk.Append(input);
  const std::string grown =
      head + "," + turn.opaque +
      R"(,{"role":"tool","tool_call_id":"call_a","content":"int a;\n"},)"
      R"({"role":"tool","tool_call_id":"call_b",)"
      R"("content":"error: no such tool"})";
  EXPECT_EQ(protocol->Request(talk).body, grown + R"(],"max_tokens":4096})");
  talk.Append(TurnOf(Read(*protocol, StreamOf("stop"))));
  talk.Append(Input{{}, "Go on."});
  EXPECT_EQ(protocol->Request(talk).body,
            grown + R"(,{"role":"assistant","content":"Begun"},)"
                    R"({"role":"user","content":"Go on."}],)"
                    R"("max_tokens":4096})");
}

TEST(ChatRequest, WhatDialectsDiffer) {
  const Conversation talk(PlainOpening());
  const auto has = [&](Dialect dialect, std::string_view part) {
    Endpoint endpoint = EndpointOf(Api::kChat, dialect);
    endpoint.effort = "low";
    return MakeProtocol(endpoint)->Request(talk).body.find(part) !=
           std::string::npos;
  };
  for (const Dialect dialect :
       {Dialect::kOpenAi, Dialect::kVllm, Dialect::kLlamaCpp, Dialect::kOllama,
        Dialect::kOpenRouter}) {
    const bool openai = dialect == Dialect::kOpenAi;
    const bool hosted = openai || dialect == Dialect::kOpenRouter;
    EXPECT_EQ(has(dialect, R"("max_completion_tokens":4096)"), openai);
    EXPECT_EQ(has(dialect, R"("max_tokens":4096)"), !openai);
    EXPECT_EQ(has(dialect, R"("prompt_cache_key":")"), openai);
    EXPECT_EQ(has(dialect, R"("content":[{"type":"text","text":)"
                           R"("The series\n"},{"type":"text",)"
                           R"("text":"Patch 1"}])"),
              hosted);
    EXPECT_EQ(has(dialect, R"("content":"The series\n\n\nPatch 1")"), !hosted);
    EXPECT_EQ(has(dialect, R"("reasoning":{"effort":"low"})"),
              dialect == Dialect::kOpenRouter);
    EXPECT_TRUE(has(dialect, R"("stream_options":{"include_usage":true})"));
  }
}

TEST(ChatFault, EachError) {
  const std::vector<ErrorCase> cases = {
      {429,
       R"({"error":{"message":"You exceeded your current quota, please check )"
       R"(your plan and billing details.","type":"insufficient_quota",)"
       R"("param":null,"code":"insufficient_quota"}})",
       FaultKind::kQuota},
      {429,
       R"({"error":{"message":"x","type":"billing","code":)"
       R"("billing_hard_limit_reached"}})",
       FaultKind::kQuota},
      {429,
       R"({"error":{"message":"Rate limit reached for m-1 on requests per )"
       R"(min","type":"requests","code":"rate_limit_exceeded"}})",
       FaultKind::kOverloaded},
      {429,
       R"({"error":{"message":"Request too large for m-1 on tokens per min )"
       R"((TPM): Limit 30000, Requested 60000","type":"tokens",)"
       R"("code":"rate_limit_exceeded"}})",
       FaultKind::kTooLong},
      {503, R"({"error":{"message":"x","code":"slow_down"}})",
       FaultKind::kOverloaded},
      {503, R"({"error":{"message":"x","code":"server_is_overloaded"}})",
       FaultKind::kOverloaded},
      {500, R"({"error":{"message":"x","type":"server_error","code":null}})",
       FaultKind::kOverloaded},
      {401,
       R"({"error":{"message":"Incorrect API key provided","type":)"
       R"("invalid_request_error","param":null,"code":"invalid_api_key"}})",
       FaultKind::kAuth},
      {401,
       R"({"error":{"message":"x","type":"invalid_request_error",)"
       R"("code":null}})",
       FaultKind::kAuth},
      {404,
       R"({"error":{"message":"x","type":"invalid_request_error",)"
       R"("code":"model_not_found"}})",
       FaultKind::kRequest},
      {400,
       R"({"error":{"message":"x","type":"invalid_request_error",)"
       R"("code":"context_length_exceeded"}})",
       FaultKind::kTooLong},
      {400,
       R"({"error":{"message":"Unknown parameter: 'x'","type":)"
       R"("invalid_request_error","param":"x","code":"unknown_parameter"}})",
       FaultKind::kRequest},
      {403,
       R"({"error":{"message":"x","type":"invalid_request_error",)"
       R"("code":"model_not_allowed"}})",
       FaultKind::kAuth},
      {409,
       R"({"error":{"message":"x","type":"invalid_request_error",)"
       R"("code":"conflict"}})",
       FaultKind::kOverloaded},
      // vLLM, old form and new.
      {400,
       R"({"object":"error","message":"This model's maximum context length is )"
       R"(4096 tokens.","type":"BadRequestError","param":null,"code":400})",
       FaultKind::kTooLong},
      {400,
       R"({"error":{"message":"This model's maximum context length is 4096",)"
       R"("type":"BadRequestError","param":null,"code":400}})",
       FaultKind::kTooLong},
      {400, R"({"error":{"message":"x","type":"BadRequestError","code":400}})",
       FaultKind::kRequest},
      {404, R"({"error":{"message":"x","type":"NotFoundError","code":404}})",
       FaultKind::kRequest},
      // llama.cpp.
      {400,
       R"({"error":{"code":400,"message":"the request exceeds the available )"
       R"(context size","type":"exceed_context_size_error","n_ctx":4096}})",
       FaultKind::kTooLong},
      {503,
       R"({"error":{"code":503,"message":"Loading model",)"
       R"("type":"unavailable_error"}})",
       FaultKind::kOverloaded},
      // Ollama.
      {404,
       R"({"error":{"message":"model 'm-1' not found","type":)"
       R"("not_found_error","param":null,"code":null}})",
       FaultKind::kRequest},
      {400, R"({"error":"invalid model name"})", FaultKind::kRequest},
      // OpenRouter.
      {402, R"({"error":{"code":402,"message":"Add more credits"}})",
       FaultKind::kQuota},
      {403,
       R"({"error":{"code":403,"message":"flagged","metadata":)"
       R"({"reasons":["violence"]}}})",
       FaultKind::kRequest},
      {403, R"({"error":{"code":403,"message":"no"}})", FaultKind::kAuth},
      {429,
       R"({"error":{"code":429,"message":"Rate limit exceeded: )"
       R"(free-models-per-day. Add 10 credits"}})",
       FaultKind::kQuota},
      {429, R"({"error":{"code":429,"message":"upstream"}})",
       FaultKind::kOverloaded},
      {502, R"({"error":{"code":502,"message":"no provider"}})",
       FaultKind::kOverloaded},
      // No JSON.
      {502, "<html>Bad Gateway</html>", FaultKind::kOverloaded},
      {404, "404 page not found", FaultKind::kRequest},
      {422, R"({"detail":"field required"})", FaultKind::kRequest},
      {429, "", FaultKind::kOverloaded},
  };
  ExpectKinds(*Of(Dialect::kOpenRouter), cases);
}

TEST(ChatFault, SaysWhatToChangeOnASitesOwnServer) {
  const Fault vllm =
      FaultOf(*Of(Dialect::kVllm), 400,
              R"({"error":{"message":"\"auto\" tool choice requires )"
              R"(--enable-auto-tool-choice and --tool-call-parser to be set",)"
              R"("type":"BadRequestError","param":null,"code":400}})");
  EXPECT_EQ(vllm.kind, FaultKind::kRequest);
  EXPECT_NE(vllm.message.find("Start vLLM with"), std::string::npos);
  // llama.cpp calls it an error of the server; it is not to be tried again.
  const Fault llama =
      FaultOf(*Of(Dialect::kLlamaCpp), 500,
              R"({"error":{"code":500,"message":"tools param requires --jinja )"
              R"(flag","type":"server_error"}})");
  EXPECT_EQ(llama.kind, FaultKind::kRequest);
  EXPECT_NE(llama.message.find("Start llama-server with --jinja"),
            std::string::npos);
  const Fault ollama = FaultOf(
      *Of(Dialect::kOllama), 400,
      R"({"error":{"message":"m-1 does not support tools","type":"api_error"}})");
  EXPECT_EQ(ollama.kind, FaultKind::kRequest);
}

}  // namespace
}  // namespace patchmilter::model
