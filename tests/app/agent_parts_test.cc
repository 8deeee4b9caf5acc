// The parts of a run of an agent that need no agent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "app/agent_command.h"
#include "app/agent_report.h"
#include "app/agent_scratch.h"
#include "app/agent_wire.h"
#include "app/json.h"
#include "app/line_channel.h"
#include "base/files.h"

namespace patchmilter::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Verdict = AgentReport::Verdict;

AgentReport ReportOf(std::string_view output, std::size_t piece = 7) {
  AgentReporter reporter;
  for (std::size_t at = 0; at < output.size(); at += piece) {
    reporter.Add(output.substr(at, piece));
  }
  return reporter.Finish();
}

TEST(AgentReport, ClaudeSaysItInItsLastLine) {
  const AgentReport report = ReportOf(
      "{\"type\":\"system\"}\n{\"type\":\"user\",\"x\":\"result\"}\n"
      R"({"type":"result","subtype":"success","is_error":false,"num_turns":3,)"
      R"("total_cost_usd":0.0000021,"usage":{"input_tokens":1,)"
      R"("cache_read_input_tokens":2,"cache_creation_input_tokens":4,)"
      R"("output_tokens":8},"modelUsage":{"m\n1":{"outputTokens":8}}})"
      "\n");
  EXPECT_EQ(report.verdict, Verdict::kDone);
  EXPECT_EQ(report.turns, 3);
  EXPECT_EQ(report.cost, 3);  // Rounded up.
  EXPECT_EQ(report.usage, (model::Usage{7, 2, 4, 8}));
  EXPECT_THAT(report.model, Not(HasSubstr("\n")));
}

TEST(AgentReport, VerdictsOfEachProgram) {
  struct Case {
    const char* output;
    Verdict verdict;
    model::FaultKind fault;
  };
  using model::FaultKind;
  const std::vector<Case> cases = {
      {R"({"type":"result","subtype":"error_max_turns","is_error":true})",
       Verdict::kTurns, FaultKind::kProtocol},
      {R"({"type":"result","subtype":"error_max_budget_usd"})", Verdict::kMoney,
       FaultKind::kProtocol},
      {R"({"type":"result","subtype":"success","is_error":true,)"
       R"("result":"Invalid API key. Please run /login"})",
       Verdict::kFailed, FaultKind::kAuth},
      {R"({"type":"result","subtype":"success","is_error":true,)"
       R"("result":"Credit balance is too low"})",
       Verdict::kFailed, FaultKind::kQuota},
      {R"({"type":"result","subtype":"error_during_execution",)"
       R"("errors":["API Error: 529 Overloaded"]})",
       Verdict::kFailed, FaultKind::kOverloaded},
      {R"({"type":"turn.failed","error":{"message":"stream disconnected"}})",
       Verdict::kFailed, FaultKind::kNetwork},
      {R"({"type":"error","message":"unexpected status 401 Unauthorized"})",
       Verdict::kFailed, FaultKind::kAuth},
      {R"({"type":"error","message":"429 rate limit"})"
       "\n"
       R"({"type":"turn.completed","usage":{"input_tokens":1}})",
       Verdict::kDone, FaultKind::kOverloaded},
      {"{\n \"error\": {\"type\": \"Error\",\n \"message\": \"quota\"}\n}\n",
       Verdict::kFailed, FaultKind::kQuota},
      {"{\"response\": \"never mailed\"}", Verdict::kDone,
       FaultKind::kProtocol},
      {"All is well.\n", Verdict::kNone, FaultKind::kProtocol},
      {"{\"type\":\"result\"", Verdict::kNone, FaultKind::kProtocol},
      {"[1]\n{}\n\xff\n{\"type\":7,\"error\":7}\n", Verdict::kNone,
       FaultKind::kProtocol},
  };
  for (const Case& one : cases) {
    const AgentReport report = ReportOf(one.output);
    EXPECT_EQ(report.verdict, one.verdict) << one.output;
    EXPECT_EQ(report.fault, one.fault) << one.output;
  }
}

TEST(AgentReport, TurnsOfCodexAndModelsOfGeminiAddUp) {
  const AgentReport codex =
      ReportOf(R"({"type":"turn.completed","usage":{"input_tokens":100,)"
               R"("cached_input_tokens":60,"output_tokens":5}})"
               "\n"
               R"({"type":"turn.completed","usage":{"input_tokens":10,)"
               R"("cached_input_tokens":60,"output_tokens":5}})");
  EXPECT_EQ(codex.usage, (model::Usage{110, 70, 0, 10}));
  EXPECT_EQ(codex.cost, std::nullopt);
  const AgentReport gemini = ReportOf(
      R"({"response":"x","stats":{"models":{)"
      R"("a":{"api":{"totalRequests":2},)"
      R"("tokens":{"prompt":10,"candidates":1,"cached":4,"thoughts":2}},)"
      R"("b":{"api":{"totalRequests":3},)"
      R"("tokens":{"prompt":100,"candidates":10,"cached":40,"thoughts":20}}}}})");
  EXPECT_EQ(gemini.usage, (model::Usage{110, 44, 0, 33}));
  EXPECT_EQ(gemini.turns, 5);
  EXPECT_EQ(gemini.model, "b");
}

TEST(AgentReport, GeminiSaysItsFaultAtTheEndOfStandardError) {
  using model::FaultKind;
  const auto report_of = [](std::string_view errors,
                            std::string_view output = "\n") {
    AgentReporter reporter;
    reporter.Add(output);
    return reporter.Finish(errors);
  };
  const std::string before = "Warning: {x}\n{ at\n  status: 401\n}\n";
  const AgentReport refused =
      report_of(before +
                "{\n  \"error\": {\n    \"message\": \"no\",\n"
                "    \"code\": 401\n  }\n}\n");
  EXPECT_EQ(refused.verdict, Verdict::kFailed);
  EXPECT_EQ(refused.fault, FaultKind::kAuth);
  EXPECT_EQ(report_of(R"({"error":{"message":"busy","code":503}})").fault,
            FaultKind::kOverloaded);
  // An exit status says more.
  EXPECT_EQ(report_of(R"({"error":{"message":"401","code":41}})").verdict,
            Verdict::kNone);
  EXPECT_EQ(report_of(R"({"error":{"message":"401"}})").verdict,
            Verdict::kNone);
  EXPECT_EQ(report_of(before).verdict, Verdict::kNone);
  EXPECT_EQ(
      report_of(R"({"error":{"code":503}})", R"({"response":"x"})").verdict,
      Verdict::kDone);
}

TEST(AgentReport, LiesAreCutToSize) {
  const AgentReport report =
      ReportOf(R"({"type":"result","subtype":"success","num_turns":-5,)"
               R"("total_cost_usd":1e300,"usage":{"input_tokens":1e30,)"
               R"("output_tokens":18446744073709551615},"modelUsage":[]})");
  EXPECT_EQ(report.turns, 0);
  EXPECT_EQ(report.cost, std::nullopt);
  EXPECT_EQ(report.usage.input, 0U);
  EXPECT_EQ(report.usage.output, 1'000'000'000'000U);
  // Deep ones would overflow the stack where they are copied or printed.
  const std::string deep =
      "{\"type\":\"result\",\"x\":" + std::string(200'000, '[') +
      std::string(200'000, ']') + "}";
  EXPECT_EQ(ReportOf(deep, 65536).verdict, Verdict::kNone);
  EXPECT_EQ(ReportOf(std::string(3 << 20, '{'), 65536).verdict, Verdict::kNone);
}

TEST(AgentWire, WhatIsSentArrives) {
  AgentRequest request;
  request.model = "m";
  request.name = "n";
  request.prompt = "p\n";
  request.wish = {{"show_patch", "finish_review"}, 60, 1'500'000};
  request.time = 3600;
  const auto back = DecodeRequest(EncodeRequest(request));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->wish.tools, request.wish.tools);
  EXPECT_EQ(back->prompt, request.prompt);
  EXPECT_EQ(back->time, 3600);

  AgentOutcome outcome{AgentOutcome::How::kSignal, 9, {}};
  outcome.report = {
      Verdict::kFailed, model::FaultKind::kQuota, 3, {10, 4, 2, 5}, 7, "m"};
  const auto ended = DecodeOutcome(EncodeOutcome(outcome));
  ASSERT_TRUE(ended.ok());
  EXPECT_EQ(ended->how, outcome.how);
  EXPECT_EQ(ended->value, 9);
  EXPECT_EQ(ended->report, outcome.report);

  const auto said =
      DecodeSaid(EncodeSaid({std::string("{}"), AgentTools::State::kFinished}));
  ASSERT_TRUE(said.ok());
  EXPECT_EQ(said->line, "{}");
  EXPECT_EQ(said->state, AgentTools::State::kFinished);
}

TEST(AgentWire, NothingCutShortOrLongIsTaken) {
  AgentRequest request;
  request.wish.tools = {"a"};
  const std::string good = EncodeRequest(request);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(DecodeRequest(good.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(DecodeRequest(good + "x").ok());
  const std::string outcome = EncodeOutcome({});
  for (std::size_t size = 0; size < outcome.size(); ++size) {
    EXPECT_FALSE(DecodeOutcome(outcome.substr(0, size)).ok()) << size;
  }
}

TEST(AgentWire, NumbersAndWordsAreCutToWhatTheyCanBe) {
  AgentOutcome outcome;
  outcome.report.turns = -1;
  outcome.report.usage = {1ULL << 63, 1ULL << 63, 1ULL << 63, 1ULL << 63};
  outcome.report.cost = -5;
  outcome.report.model = "a\nb" + std::string(1000, 'x');
  const auto back = DecodeOutcome(EncodeOutcome(outcome));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->report.turns, 0);
  EXPECT_LE(back->report.usage.cache_read + back->report.usage.cache_write,
            back->report.usage.input);
  EXPECT_EQ(back->report.cost, 0);
  EXPECT_LT(back->report.model.size(), 200U);
  EXPECT_THAT(back->report.model, Not(HasSubstr("\n")));
}

TEST(AgentWire, ToolsThatAreNoNamesAreRefused) {
  for (const char* name : {"", "a b", "a,Bash", "--yes", "a{max_usd}", "A"}) {
    AgentRequest request;
    request.wish.tools = {name};
    EXPECT_FALSE(DecodeRequest(EncodeRequest(request)).ok()) << name;
  }
}

class ScratchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string path = "/tmp/pm-scratch-XXXXXX";
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    directory_ = path;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
};

TEST_F(ScratchTest, CommandsAndVariablesAreFilledIn) {
  ModelConfig model;
  model.command = {"/bin/agent",
                   "-c",
                   "s={mcp_command}",
                   "{tools}{tools",
                   "{mcp_config}:{gemini_home}",
                   "{max_usd}",
                   "{}"};
  model.environment = {"PATH=/opt/bin", "A={max_turns}=b"};
  auto scratch = AgentScratch::Make(directory_, model);
  ASSERT_TRUE(scratch.ok());
  const auto command = MakeAgentCommand(model, *scratch, "/b/patch\"milter",
                                        {{"x_y", "z"}, 7, 0});
  ASSERT_TRUE(command.ok());
  const std::string run = scratch->path();
  EXPECT_THAT(
      command->arguments,
      ElementsAre("/bin/agent", "-c",
                  "s={command=\"/b/patch\\\"milter\",args=[\"mcp\",\"--connect"
                  "\",\"" +
                      run + "/mcp.sock\",\"--token-file\",\"" + run +
                      "/token\"],default_tools_approval_mode=\"approve\"}",
                  "mcp__patchmilter__x_y,mcp__patchmilter__z{tools",
                  run + "/mcp.json:" + run + "/home", kNoMostUsd, "{}"));
  EXPECT_THAT(
      command->environment,
      ElementsAre("HOME=" + run + "/home", "TMPDIR=" + run + "/tmp",
                  "LANG=C.UTF-8", "TERM=dumb", "PATH=/opt/bin", "A=7=b"));
  const auto gemini = nlohmann::json::parse(
      ReadFile(run + "/home/.gemini/settings.json").value(), nullptr, false);
  EXPECT_EQ(gemini["tools"]["core"],
            nlohmann::json::array({"mcp_patchmilter_*"}));
  EXPECT_EQ(gemini["context"]["memoryBoundaryMarkers"],
            nlohmann::json::array());
  EXPECT_EQ(gemini["mcpServers"]["patchmilter"]["args"][2], run + "/mcp.sock");
  const auto mcp = nlohmann::json::parse(ReadFile(run + "/mcp.json").value(),
                                         nullptr, false);
  EXPECT_EQ(mcp["mcpServers"]["patchmilter"]["alwaysLoad"], true);
  EXPECT_EQ(mcp["mcpServers"]["patchmilter"]["args"][4], run + "/token");
}

TEST_F(ScratchTest, MoneyIsRoundedDownAndNeverToNothing) {
  ModelConfig model;
  model.command = {"{max_usd}"};
  for (const auto& [money, text] :
       std::vector<std::pair<MicroDollars, std::string>>{
           {1, "0.01"}, {1'999'999, "1.99"}, {20'000'000, "20.00"}}) {
    auto scratch = AgentScratch::Make(directory_, model);
    ASSERT_TRUE(scratch.ok());
    const auto command =
        MakeAgentCommand(model, *scratch, "/b", {{}, 1, money});
    ASSERT_TRUE(command.ok());
    EXPECT_EQ(command->arguments.front(), text);
  }
}

TEST_F(ScratchTest, GoesWithAllThatIsInItAndFollowsNoLink) {
  const std::string kept = directory_ + "/kept";
  ASSERT_TRUE(MakeDirectories(kept).ok());
  std::string run;
  {
    auto scratch = AgentScratch::Make(directory_, ModelConfig{});
    ASSERT_TRUE(scratch.ok());
    run = scratch->path();
    struct stat there {};
    ASSERT_EQ(::stat(run.c_str(), &there), 0);
    EXPECT_EQ(there.st_mode & 07777U, 0700U);
    ASSERT_EQ(::symlink(kept.c_str(), scratch->Path("home/work/link").c_str()),
              0);
    ASSERT_TRUE(MakeDirectories(scratch->Path("home/work/a/b/c")).ok());
    ASSERT_TRUE(MakeDirectories(scratch->Path("tmp/a/b/moved-1")).ok());
    ASSERT_EQ(::chmod(scratch->Path("home/work/a/b").c_str(), 0), 0);
    ASSERT_EQ(::chmod(scratch->Path("home/work/a").c_str(), 0500), 0);
  }
  EXPECT_FALSE(std::filesystem::exists(run));
  EXPECT_TRUE(std::filesystem::exists(kept));
  EXPECT_TRUE(RemoveTree(run).ok());  // It is not there.
}

TEST_F(ScratchTest, ACredentialIsCopiedAndTooLongAOneIsNot) {
  ModelConfig model;
  model.credential_file = directory_ + "/key";
  model.credential_name = "a/b/key";
  EXPECT_FALSE(AgentScratch::Make(directory_, model).ok());
  ASSERT_TRUE(ReplaceFile(model.credential_file, "k").ok());
  auto scratch = AgentScratch::Make(directory_, model);
  ASSERT_TRUE(scratch.ok());
  EXPECT_EQ(ReadFile(scratch->Path("home/a/b/key")).value(), "k");
  ASSERT_TRUE(
      ReplaceFile(model.credential_file, std::string(kMaxCredential + 1, 'k'))
          .ok());
  EXPECT_FALSE(AgentScratch::Make(directory_, model).ok());
}

TEST(Hide, WordsOfASecretAreNotShown) {
  const std::string secret =
      R"({"access_token": "sk-0123456789ab", "type": "oauth"})";
  EXPECT_EQ(Hide("key sk-0123456789ab! oauth", secret), "key [hidden]! oauth");
  EXPECT_EQ(Hide("nothing", secret), "nothing");
  EXPECT_EQ(Hide("x", ""), "x");
}

TEST(JsonDepth, CountsBracketsOutsideOfStrings) {
  EXPECT_EQ(JsonDepth(""), 0);
  EXPECT_EQ(JsonDepth(R"({"a":[1,{"b":2}],"c":[]})"), 3);
  EXPECT_EQ(JsonDepth(R"(["[[[\"[[["])"), 1);
  EXPECT_EQ(JsonDepth("]]]["), 0);
  EXPECT_EQ(JsonDepth("\"\\"), 0);
}

TEST(LineBuffer, TakesLinesApart) {
  LineBuffer lines(5);
  std::string line;
  EXPECT_EQ(lines.Next(&line), std::nullopt);
  lines.Add("ab\r\nc");
  EXPECT_EQ(lines.Next(&line), LineBuffer::Kind::kLine);
  EXPECT_EQ(line, "ab");
  EXPECT_EQ(lines.Next(&line), std::nullopt);
  lines.Add("defghi");
  EXPECT_EQ(lines.Next(&line), std::nullopt);
  lines.Add("jklmnopq");
  EXPECT_EQ(lines.Next(&line), std::nullopt);
  lines.Add("\nr");
  EXPECT_EQ(lines.Next(&line), LineBuffer::Kind::kTooLong);
  EXPECT_EQ(lines.Next(&line), std::nullopt);
  lines.End();
  EXPECT_EQ(lines.Next(&line), LineBuffer::Kind::kLine);
  EXPECT_EQ(line, "r");
  EXPECT_EQ(lines.Next(&line), LineBuffer::Kind::kEnd);
  EXPECT_EQ(lines.Next(&line), LineBuffer::Kind::kEnd);
}

}  // namespace
}  // namespace patchmilter::app
