#include "model/chat.h"

#include <gtest/gtest.h>

#include <string>

namespace patchmilter::model {
namespace {

Turn FullTurn() {
  Turn turn;
  turn.opaque = "{\"a\": 1.0,\"b\":\"\\u00e9\n\"},{\"c\":[]}\x1e\"t\"";
  turn.text = "said \"it\"\n\xf0\x9f\x98\x80";
  turn.calls = {{"id-1", "read_file", "{\"path\":\"a\"}"},
                {"", "x", "no json"}};
  turn.stop = StopReason::kToolUse;
  turn.usage = {18446744073709551615ULL, 2, 3, 4};
  turn.model = "m";
  turn.request_id = "r";
  return turn;
}

TEST(TurnRecord, RoundTrip) {
  const Turn turn = FullTurn();
  const std::string line = EncodeTurn(turn);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto back = DecodeTurn(line);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->opaque, turn.opaque);
  EXPECT_EQ(back->text, turn.text);
  EXPECT_EQ(back->calls, turn.calls);
  EXPECT_EQ(back->stop, turn.stop);
  EXPECT_EQ(back->usage, turn.usage);
  EXPECT_EQ(back->model, turn.model);
  EXPECT_EQ(back->request_id, turn.request_id);
  EXPECT_EQ(EncodeTurn(*back), line);
}

TEST(TurnRecord, EachStopReasonIsKept) {
  for (const StopReason stop :
       {StopReason::kDone, StopReason::kToolUse, StopReason::kMaxTokens,
        StopReason::kPause, StopReason::kRefusal, StopReason::kContextFull,
        StopReason::kMalformed}) {
    Turn turn;
    turn.stop = stop;
    const auto back = DecodeTurn(EncodeTurn(turn));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back->stop, stop);
  }
}

TEST(TurnRecord, EveryBeginningOfOneIsNone) {
  const std::string line = EncodeTurn(FullTurn());
  for (size_t size = 0; size < line.size(); ++size) {
    const auto back = DecodeTurn(std::string_view(line).substr(0, size));
    ASSERT_FALSE(back.ok()) << size;
    EXPECT_EQ(back.error().kind, ErrorKind::kInvalidInput);
  }
}

TEST(TurnRecord, AnotherShapeIsNone) {
  for (const std::string_view json :
       {"[]", "{}", "null", R"({"opaque":1})",
        R"({"opaque":"","text":"","calls":{},"stop":"done","usage":)"
        R"({"input":0,"cache_read":0,"cache_write":0,"output":0},)"
        R"("model":"","request_id":""})",
        R"({"opaque":"","text":"","calls":[],"stop":"none","usage":)"
        R"({"input":0,"cache_read":0,"cache_write":0,"output":0},)"
        R"("model":"","request_id":""})",
        R"({"opaque":"","text":"","calls":[],"stop":"done","usage":)"
        R"({"input":-1,"cache_read":0,"cache_write":0,"output":0},)"
        R"("model":"","request_id":""})",
        R"({"opaque":"","text":"","calls":[],"stop":"done","model":"",)"
        R"("request_id":""})"}) {
    EXPECT_FALSE(DecodeTurn(json).ok()) << json;
  }
}

TEST(InputRecord, RoundTrip) {
  Input input;
  input.results = {{"id", "read_file", "tab\there", false},
                   {"", "x", "gone", true}};
  auto back = DecodeInput(EncodeInput(input));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, input);
  input = {};
  input.text = "Go on.";
  back = DecodeInput(EncodeInput(input));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, input);
}

TEST(InputRecord, WhatIsNotUtf8IsReplacedAndStaysSo) {
  Input input;
  input.text = "a\xff";
  const auto back = DecodeInput(EncodeInput(input));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->text, "a\xef\xbf\xbd");
  EXPECT_EQ(EncodeInput(*back), EncodeInput(input));
}

TEST(InputRecord, AnotherShapeIsNone) {
  const std::string line = EncodeInput({{{"id", "n", "t", true}}, ""});
  for (size_t size = 0; size < line.size(); ++size) {
    EXPECT_FALSE(DecodeInput(std::string_view(line).substr(0, size)).ok());
  }
  EXPECT_FALSE(DecodeInput(R"({"results":[{"call_id":"a"}],"text":""})").ok());
  EXPECT_FALSE(DecodeInput(R"({"results":[7],"text":""})").ok());
  EXPECT_FALSE(DecodeInput(R"({"results":[]})").ok());
}

TEST(ConversationOf, TurnsAndInputsByTurns) {
  Conversation talk({"s", {}, "shared", "task"});
  EXPECT_EQ(talk.turns(), 0U);
  Turn pause;
  pause.stop = StopReason::kPause;
  talk.Append(pause);
  Turn calls;
  calls.calls = {{"1", "a", "{}"}};
  calls.stop = StopReason::kToolUse;
  talk.Append(calls);
  talk.Append(Input{{{"1", "a", "r", false}}, ""});
  EXPECT_EQ(talk.turns(), 2U);
  EXPECT_EQ(talk.entries().size(), 3U);
}

using ConversationDeathTest = ::testing::Test;

TEST(ConversationDeathTest, RefusesWhatProvidersRefuse) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  Conversation talk({"s", {}, "shared", ""});
  Turn turn;
  turn.calls = {{"1", "a", "{}"}};
  talk.Append(turn);
  EXPECT_DEATH(talk.Append(turn), "");            // Two turns.
  EXPECT_DEATH(talk.Append(Input{{}, "x"}), "");  // A call unanswered.
  EXPECT_DEATH(talk.Append(Input{{{"1", "a", "", false}}, "x"}), "");
}

TEST(UsageSum, AddsEachPart) {
  Usage usage{1, 2, 3, 4};
  usage.Add({10, 20, 30, 40});
  EXPECT_EQ(usage, (Usage{11, 22, 33, 44}));
}

TEST(Estimate, FourBytesOrOneCharacterOfAnotherScript) {
  EXPECT_EQ(EstimateTokens(""), 0U);
  EXPECT_EQ(EstimateTokens("abc"), 1U);
  EXPECT_EQ(EstimateTokens("abcde"), 2U);
  EXPECT_EQ(EstimateTokens("日本語"), 3U);
}

}  // namespace
}  // namespace patchmilter::model
