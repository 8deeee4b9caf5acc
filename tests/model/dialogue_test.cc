// Dialogues: limits, what is said at them, what the journal keeps, and how a
// conversation is gone on with.
#include "model/dialogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/model/plain_protocol.h"

namespace patchmilter::model {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using Kind = JournalEntry::Kind;

// Answers with scripted turns, one after the other; the last again and again.
class Script : public Transport {
 public:
  struct Shared {
    std::deque<std::variant<Turn, Fault>> answers;
    std::vector<std::string> bodies;
    std::size_t limit = 0;  // A test that asks more often has failed; 0: none.
  };
  explicit Script(std::shared_ptr<Shared> shared) : shared_(shared) {}

  std::variant<Answer, Fault> Send(const WireRequest& request,
                                   const Take& take) override {
    shared_->bodies.push_back(request.body);
    if (shared_->limit > 0 && shared_->bodies.size() > shared_->limit) {
      ADD_FAILURE() << "asked without end";
      return Fault{FaultKind::kRequest, "enough", 400, {}, {}};
    }
    EXPECT_FALSE(shared_->answers.empty());
    const std::variant<Turn, Fault> next = shared_->answers.front();
    if (shared_->answers.size() > 1) shared_->answers.pop_front();
    if (const Fault* fault = std::get_if<Fault>(&next)) return *fault;
    take(EncodeTurn(std::get<Turn>(next)));
    Answer answer;
    answer.head.status = 200;
    return answer;
  }

 private:
  std::shared_ptr<Shared> shared_;
};

class MemoryJournal : public Journal, public Ledger {
 public:
  Result<std::vector<JournalEntry>> Load(const std::string& name) override {
    return entries[name];
  }
  Status Append(const std::string& name, const JournalEntry& entry,
                const Spending* spending) override {
    if (fail_at >= 0 && fail_at-- == 0) return Temporary("the disk is full");
    entries[name].push_back(entry);
    if (entry.kind == JournalEntry::Kind::kTurn && --stop_after_turns == 0) {
      stopped = "models are stopped";
    }
    if (entry.kind == JournalEntry::Kind::kRequest &&
        --stop_after_requests == 0) {
      stopped = "models are stopped";
    }
    if (spending == nullptr) return {};
    if (!spending->estimated) return Settle(name, *spending);
    open[name] = *spending;
    return {};
  }
  Result<bool> Reserve(const std::string& name, const JournalEntry& entry,
                       const Spending& estimate) override {
    if (estimate.cost > 0 && estimate.cost > Remaining()->money) return false;
    if (estimate.Tokens() > Remaining()->review_tokens) return false;
    PM_RETURN_IF_ERROR(Append(name, entry, &estimate));
    return true;
  }
  Status Settle(const std::string& name, const Spending& spending) override {
    if (open.erase(name) == 0) return {};
    spent += spending.cost;
    tokens_spent += spending.Tokens();
    settled.push_back(spending);
    return {};
  }
  Status Cut(const std::string& name, std::size_t keep) override {
    entries[name].resize(keep);
    return {};
  }
  Result<Left> Remaining() override {
    MicroDollars reserved = 0;
    for (const auto& [name, spending] : open) reserved += spending.cost;
    Left left;
    left.money = budget - spent - reserved;
    left.which = "budget.review";
    left.review_tokens = tokens - tokens_spent;
    for (const auto& [name, spending] : open) {
      left.review_tokens -= spending.Tokens();
    }
    left.stopped = stopped;
    for (const MicroDollars cost : others) {
      left.money -= cost;
      left.held += cost;
    }
    for (const std::int64_t more : others_tokens) {
      left.review_tokens -= more;
      left.held_tokens += more;
    }
    return left;
  }
  // Another request is answered, for nothing.
  void WaitForOthers() override {
    ++waits;
    if (!others.empty()) others.pop_back();
    if (!others_tokens.empty()) others_tokens.pop_back();
  }

  std::map<std::string, std::vector<JournalEntry>> entries;
  std::map<std::string, Spending> open;
  std::vector<Spending> settled;
  MicroDollars spent = 0;
  MicroDollars budget = 1'000'000'000;
  std::string stopped;
  std::int64_t tokens = 1'000'000'000;  // Of the review.
  std::int64_t tokens_spent = 0;
  std::vector<MicroDollars> others;  // What each of their requests holds back.
  std::vector<std::int64_t> others_tokens;
  int waits = 0;
  // The kill switch is thrown behind so many entries of a kind.
  int stop_after_turns = -1;
  int stop_after_requests = -1;
  int fail_at = -1;
};

class Tools : public ToolRunner {
 public:
  Answer Run(const ToolCall& call, bool limit_reached) override {
    ran.push_back(call.name);
    if (call.name == "finish") {
      finished = true;
      return {"bye", false, ""};
    }
    if (call.name == "report") return {"taken", false, ""};
    if (limit_reached) return {"limit reached", true, ""};
    return {answer, false, "effect of " + call.name};
  }
  void Again(const ToolCall& call, const Answer& given) override {
    again.push_back(call.name + ": " + given.effect);
  }
  bool Finished() const override { return finished; }
  void Withhold() override { ran.push_back("withheld"); }

  std::string answer = "an answer";
  std::vector<std::string> ran;
  std::vector<std::string> again;
  bool finished = false;
};

Turn Calling(std::vector<std::string> names) {
  Turn turn;
  for (std::string& name : names) {
    turn.calls.push_back({"id-" + name, std::move(name), "{}"});
  }
  turn.opaque = "turn";
  turn.stop = StopReason::kToolUse;
  turn.usage = {1000, 0, 0, 100};
  return turn;
}

Turn Saying(StopReason stop) {
  Turn turn;
  turn.opaque = "words";
  turn.text = "words";
  turn.stop = stop;
  turn.usage = {1000, 0, 0, 100};
  return turn;
}

class DialogueTest : public ::testing::Test {
 protected:
  DialogueTest() {
    model_.name = "m";
    model_.max_output = 1000;
    model_.price_input = 1'000'000;
    model_.price_output = 10'000'000;
    endpoint_.retry_for = 10;
    limits_.reserve = 1000;
  }

  DialogueEnd Run(std::deque<std::variant<Turn, Fault>> answers) {
    script_ = std::make_shared<Script::Shared>();
    script_->answers = std::move(answers);
    script_->limit = script_limit_;
    Weather weather{[this] { return now_; },
                    [this](std::int64_t millis) {
                      if (millis > 0) stop_ = stop_ || stop_in_a_pause_;
                      now_ += millis / 1000 + 1;
                      return !stop_;
                    },
                    [] { return 0.5; }};
    Client client(&endpoint_, &protocol_, std::make_unique<Script>(script_),
                  nullptr, std::move(weather));
    Dialogue dialogue({&client, &model_, &journal_, &journal_,
                       [this] { return now_; }, [this] { return stop_; }});
    Conversation::Opening opening;
    opening.shared = "shared";
    opening.answer_schema = answer_schema_;
    Result<DialogueEnd> end = dialogue.Run("c", opening, &tools_, limits_);
    EXPECT_TRUE(end.ok()) << end.error().message;
    return end.ok() ? *end : DialogueEnd{};
  }

  // What the model was told after its turn number `turn`, from 0.
  std::string Told(std::size_t turn) const {
    std::size_t seen = 0;
    for (const JournalEntry& entry : journal_.entries.at("c")) {
      if (entry.kind == Kind::kInput && seen++ == turn) return entry.bytes;
    }
    return "";
  }

  Endpoint endpoint_;
  PlainProtocol protocol_;
  ModelConfig model_;
  MemoryJournal journal_;
  Tools tools_;
  DialogueLimits limits_;
  std::shared_ptr<Script::Shared> script_;
  UnixSeconds now_ = 1000;
  bool stop_ = false;
  bool stop_in_a_pause_ = false;
  std::string answer_schema_;
  std::size_t script_limit_ = 0;
};

TEST_F(DialogueTest, EndsWhereAToolSaysSo) {
  const DialogueEnd end =
      Run({Calling({"read", "look"}), Calling({"report", "finish"})});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kFinished);
  EXPECT_EQ(end.turns, 2);
  EXPECT_FALSE(end.past_limit);
  EXPECT_EQ(end.usage.input, 2000U);
  // 2000 in at 1 USD, 200 out at 10 USD a million.
  EXPECT_EQ(end.cost, 4000);
  EXPECT_EQ(journal_.spent, 4000);
  EXPECT_THAT(journal_.open, SizeIs(0));
  EXPECT_THAT(tools_.ran, ElementsAre("read", "look", "report", "finish"));
  std::vector<Kind> kinds;
  for (const auto& entry : journal_.entries["c"]) kinds.push_back(entry.kind);
  EXPECT_THAT(kinds, ElementsAre(Kind::kRequest, Kind::kTurn, Kind::kInput,
                                 Kind::kRequest, Kind::kTurn));
}

TEST_F(DialogueTest, EachRequestBeginsWithTheOneBefore) {
  Run({Calling({"read"}), Calling({"look"}), Calling({"finish"})});
  ASSERT_THAT(script_->bodies, SizeIs(3));
  for (std::size_t i = 1; i < script_->bodies.size(); ++i) {
    EXPECT_TRUE(script_->bodies[i].starts_with(script_->bodies[i - 1]));
  }
}

TEST_F(DialogueTest, AtTheLimitOfTurnsOnlyReportsAreAnswered) {
  limits_.turns = 5;
  limits_.soft_percent = 60;
  const DialogueEnd end = Run({Calling({"read"})});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kLimit);
  EXPECT_THAT(end.reason, HasSubstr("turns"));
  EXPECT_EQ(end.turns, 5 + kGraceTurns);
  EXPECT_THAT(Told(1), Not(HasSubstr("budget is left")));
  EXPECT_THAT(Told(2), HasSubstr("budget is left"));
  EXPECT_THAT(Told(3), Not(HasSubstr("budget is left")));
  EXPECT_THAT(Told(4), HasSubstr("limit reached"));
  EXPECT_THAT(Told(5), HasSubstr("limit reached"));
}

TEST_F(DialogueTest, InTheGraceAModelCanStillReport) {
  limits_.turns = 1;
  const DialogueEnd end =
      Run({Calling({"read"}), Calling({"report"}), Calling({"finish"})});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kFinished);
  EXPECT_TRUE(end.past_limit);
  EXPECT_THAT(tools_.ran, ElementsAre("read", "report", "finish"));
}

TEST_F(DialogueTest, ALimitThatADeadProcessHasReachedIsNamedStill) {
  limits_.turns = 1;
  Run({Calling({"read"})});
  auto& entries = journal_.entries["c"];
  while (entries.back().kind != Kind::kInput) entries.pop_back();
  // In this process there is room again.
  limits_.turns = 60;
  tools_ = {};
  const DialogueEnd end = Run({Calling({"read"})});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kLimit);
  EXPECT_EQ(end.turns, 3);
  EXPECT_EQ(end.reason, "a limit was reached");
}

TEST_F(DialogueTest, MoneyIsNeverOverspent) {
  // A request may cost 1000 tokens in and 1000 out: 0.011 USD and more.
  journal_.budget = 60'000;
  const DialogueEnd end = Run({Calling({"read"})});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kLimit);
  EXPECT_THAT(end.reason, HasSubstr("budget.review"));
  EXPECT_LE(journal_.spent, journal_.budget);
  EXPECT_GT(end.turns, 2);
}

TEST_F(DialogueTest, TokensOfAReviewAreNeverOverspent) {
  model_.price_input = model_.price_output = 0;
  journal_.tokens = 12'000;
  Turn turn = Calling({"read"});
  turn.usage = {500, 0, 0, 1000};
  tools_.answer = "";
  DialogueEnd end = Run({turn});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kLimit);
  EXPECT_THAT(end.reason, HasSubstr("budget.review_tokens"));
  EXPECT_LE(journal_.tokens_spent, journal_.tokens);
  EXPECT_GT(end.turns, 2);
  // There was room for the answers behind the limit.
  EXPECT_THAT(Told(static_cast<std::size_t>(end.turns) - 2),
              HasSubstr("limit reached"));

  journal_ = {};
  journal_.tokens = 1000;
  EXPECT_EQ(Run({turn}).kind, DialogueEnd::Kind::kLimit);
  EXPECT_THAT(script_->bodies, SizeIs(0));
}

TEST_F(DialogueTest, AnswersThatAreLostAreNotAskedForPastTheTokens) {
  model_.price_input = model_.price_output = 0;
  endpoint_.retry_for = 100'000;
  journal_.tokens = 12'000;
  script_limit_ = 1000;
  const DialogueEnd end =
      Run({Calling({"read"}), Fault{FaultKind::kNetwork, "reset", 0, {}, {}}});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kLimit);
  EXPECT_THAT(end.reason, HasSubstr("budget.review_tokens"));
  EXPECT_LE(journal_.tokens_spent, journal_.tokens);
}

TEST_F(DialogueTest, WithoutMoneyNothingIsAsked) {
  journal_.budget = 0;
  EXPECT_EQ(Run({Calling({"read"})}).kind, DialogueEnd::Kind::kLimit);
  EXPECT_THAT(script_->bodies, SizeIs(0));
}

TEST_F(DialogueTest, TheWindowIsNeverOverflowed) {
  model_.window = 20'000;
  tools_.answer = std::string(16'000, 'x');  // 4,000 tokens.
  Turn turn = Calling({"read", "look", "find", "blame", "log", "diff"});
  turn.usage = {2000, 0, 0, 100};
  const DialogueEnd end = Run({turn, Calling({"finish"})});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kFinished);
  // Of six answers of 4,000 tokens four fit beside the 1,000 kept back.
  EXPECT_THAT(Told(0), HasSubstr("limit reached"));
  EXPECT_LT(EstimateTokens(script_->bodies[1]), 19'000U);
  EXPECT_GT(EstimateTokens(script_->bodies[1]), 15'000U);
}

TEST_F(DialogueTest, ACliffIsAWindow) {
  model_.price_cliff = 10'000;
  tools_.answer = std::string(8'000, 'x');
  Turn turn = Calling({"read", "look", "find", "blame", "log", "diff"});
  Run({turn, Calling({"finish"})});
  EXPECT_LT(EstimateTokens(script_->bodies[1]), 10'000U);
}

TEST_F(DialogueTest, ASilentModelIsAskedToGoOnTwice) {
  const DialogueEnd end = Run({Saying(StopReason::kDone)});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kSilent);
  EXPECT_EQ(end.turns, 1 + kMaxNudges);
}

TEST_F(DialogueTest, AnAnswerThatWasAskedForEndsIt) {
  answer_schema_ = R"({"type":"object"})";
  const DialogueEnd end = Run({Saying(StopReason::kDone)});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kFinished);
  EXPECT_EQ(end.answer, "words");
}

TEST_F(DialogueTest, NoCallOfACutOffAnswerIsRun) {
  const DialogueEnd end =
      Run({Saying(StopReason::kMaxTokens), Calling({"finish"})});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kFinished);
  EXPECT_THAT(Told(0), HasSubstr("cut off"));
}

TEST_F(DialogueTest, APausedTurnIsSentAgainAsItIs) {
  const DialogueEnd end =
      Run({Saying(StopReason::kPause), Calling({"finish"})});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kFinished);
  EXPECT_THAT(script_->bodies[1], EndsWith("words\n"));
}

TEST_F(DialogueTest, ARefusalEndsIt) {
  EXPECT_EQ(Run({Saying(StopReason::kRefusal)}).kind,
            DialogueEnd::Kind::kRefused);
}

TEST_F(DialogueTest, MoreCallsAtOnceThanAreAnsweredGetAnError) {
  std::vector<std::string> names(kMaxCallsOfTurn + 3, "read");
  Run({Calling(names), Calling({"finish"})});
  EXPECT_THAT(tools_.ran, SizeIs(kMaxCallsOfTurn + 1));
  EXPECT_THAT(Told(0), HasSubstr("at most"));
}

// An hour without the provider is not the model's.
TEST_F(DialogueTest, WeatherTakesNoneOfItsTime) {
  endpoint_.retry_for = 7200;
  limits_.time = 600;
  const Fault busy{FaultKind::kOverloaded, "busy", 529, 3'000'000, {}};
  const DialogueEnd end =
      Run({Calling({"read"}), busy, Calling({"look"}), Calling({"finish"})});
  EXPECT_GE(now_, 1000 + 3000);
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kFinished) << end.reason;
  EXPECT_THAT(tools_.ran, ElementsAre("read", "look", "finish"));
  EXPECT_THAT(Told(1), Not(HasSubstr("limit reached")));
}

TEST_F(DialogueTest, TheKillSwitchStopsIt) {
  journal_.stopped = "models are stopped";
  const DialogueEnd end = Run({Calling({"read"})});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kStopped);
  EXPECT_EQ(end.reason, "models are stopped");
  EXPECT_THAT(script_->bodies, SizeIs(0));
}

TEST_F(DialogueTest, APauseBeforeCallsAreAnsweredIsNoLimit) {
  journal_.stop_after_turns = 1;
  EXPECT_EQ(Run({Calling({"read"})}).kind, DialogueEnd::Kind::kStopped);
  EXPECT_THAT(tools_.ran, SizeIs(0));
  journal_.stop_after_turns = -1;
  journal_.stopped.clear();
  EXPECT_EQ(Run({Calling({"finish"})}).kind, DialogueEnd::Kind::kFinished);
  EXPECT_THAT(Told(0), Not(HasSubstr("limit reached")));
  EXPECT_THAT(tools_.ran, ElementsAre("read", "finish"));
}

TEST_F(DialogueTest, APauseOfTheModelDoesNotProlongTheGrace) {
  limits_.turns = 1;
  Turn pause = Calling({});
  pause.stop = StopReason::kPause;
  script_limit_ = 20;
  const DialogueEnd end = Run({Calling({"read"}), pause});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kLimit);
  EXPECT_LE(end.turns, 1 + kGraceTurns);
}

TEST_F(DialogueTest, WhatDoesNotFitCountsAsNotGiven) {
  model_.window = 20'000;
  tools_.answer = std::string(100'000, 'x');
  Run({Calling({"read"}), Calling({"finish"})});
  EXPECT_THAT(tools_.ran, ElementsAre("read", "withheld", "read", "finish"));
}

TEST_F(DialogueTest, AnswersThatAreLostAreNotAskedForPastTheMoney) {
  endpoint_.retry_for = 100'000;
  journal_.budget = 40'000;
  script_limit_ = 1000;
  const DialogueEnd end =
      Run({Calling({"read"}), Fault{FaultKind::kNetwork, "reset", 0, {}, {}}});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kLimit);
  EXPECT_THAT(end.reason, HasSubstr("budget.review"));
  EXPECT_LE(journal_.spent, journal_.budget);
}

TEST_F(DialogueTest, TheKillSwitchEndsAskingAgain) {
  endpoint_.retry_for = 100'000;
  journal_.stop_after_requests = 3;
  const DialogueEnd end =
      Run({Fault{FaultKind::kOverloaded, "busy", 529, {}, {}}});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kStopped);
  EXPECT_THAT(script_->bodies, SizeIs(3));
}

TEST_F(DialogueTest, WhatOthersHoldBackIsWaitedFor) {
  journal_.budget = 60'000;
  journal_.others = {20'000, 20'000, 15'000};
  const DialogueEnd end = Run({Calling({"read"}), Calling({"finish"})});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kFinished) << end.reason;
  EXPECT_GT(journal_.waits, 0);
  EXPECT_THAT(Told(0), Not(HasSubstr("limit reached")));
}

TEST_F(DialogueTest, TokensThatOthersHoldBackAreWaitedFor) {
  journal_.tokens = 12'000;
  journal_.others_tokens = {4'000, 4'000, 3'000};
  const DialogueEnd end = Run({Calling({"read"}), Calling({"finish"})});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kFinished) << end.reason;
  EXPECT_GT(journal_.waits, 0);
  EXPECT_THAT(Told(0), Not(HasSubstr("limit reached")));
}

TEST_F(DialogueTest, WhatNobodyWillGiveBackIsNotWaitedFor) {
  endpoint_.retry_for = 100'000;
  script_limit_ = 1000;
  const Fault cut{FaultKind::kNetwork, "reset", 0, {}, {}};
  journal_.budget = 40'000;
  journal_.others = {100};
  DialogueEnd end = Run({Calling({"read"}), cut});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kLimit);
  EXPECT_THAT(end.reason, HasSubstr("budget.review is"));
  EXPECT_EQ(journal_.waits, 0);

  journal_ = {};
  tools_ = {};
  journal_.tokens = 12'000;
  journal_.others_tokens = {100};
  end = Run({Calling({"read"}), cut});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kLimit);
  EXPECT_THAT(end.reason, HasSubstr("budget.review_tokens is"));
  EXPECT_EQ(journal_.waits, 0);
}

TEST_F(DialogueTest, AFaultThatPassesIsPaidForByItsPrompt) {
  const Fault cut{FaultKind::kNetwork, "reset", 0, {}, {}};
  const DialogueEnd end = Run({cut, Calling({"finish"})});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kFinished);
  EXPECT_EQ(script_->bodies[0], script_->bodies[1]);
  EXPECT_GT(journal_.spent, end.cost);
}

TEST_F(DialogueTest, ARefusedRequestCostsNothing) {
  const Fault fault{FaultKind::kRequest, "no such model", 404, {}, {}};
  const DialogueEnd end = Run({fault});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kFault);
  EXPECT_EQ(end.fault.kind, FaultKind::kRequest);
  EXPECT_EQ(journal_.spent, 0);
  EXPECT_THAT(journal_.open, SizeIs(0));
}

TEST_F(DialogueTest, WhatIsRefusedForARateCostsNothing) {
  const Fault busy{FaultKind::kOverloaded, "slow down", 429, {}, {}};
  const DialogueEnd end = Run({busy, busy, Calling({"finish"})});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kFinished);
  EXPECT_THAT(script_->bodies, SizeIs(3));
  EXPECT_EQ(journal_.spent, end.cost);
  EXPECT_THAT(journal_.open, SizeIs(0));
}

TEST_F(DialogueTest, AStopInAPauseCostsWhatWasLostBefore) {
  stop_in_a_pause_ = true;
  const Fault busy{FaultKind::kOverloaded, "slow down", 429, {}, {}};
  DialogueEnd end = Run({Calling({"read"}), busy});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kStopped);
  EXPECT_EQ(journal_.spent, end.cost);
  EXPECT_THAT(journal_.open, SizeIs(0));

  stop_ = false;
  journal_ = {};
  tools_ = {};
  const Fault cut{FaultKind::kNetwork, "reset", 0, {}, {}};
  end = Run({Calling({"read"}), cut});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kStopped);
  // The prompt, which is longer than the one before; nothing of an answer.
  EXPECT_GE(journal_.spent, end.cost + 1100);
  EXPECT_LT(journal_.spent, end.cost + 1300);
  EXPECT_THAT(journal_.open, SizeIs(0));
}

TEST_F(DialogueTest, ARequestThatDiedWithItsProcessIsPaidForAndSentAgain) {
  Run({Calling({"read"}), Calling({"finish"})});
  const auto whole = journal_.entries["c"];
  const auto bodies = script_->bodies;
  const MicroDollars cost = journal_.spent;
  for (const std::size_t turn : {0U, 1U}) {
    SCOPED_TRACE(turn);
    journal_ = {};
    tools_ = {};
    // It died behind its request; what that may cost is in the ledger.
    journal_.entries["c"] = {whole.begin(),
                             whole.begin() + (turn == 0 ? 1 : 4)};
    const Spending estimate{"m", {1200, 0, 0, 1000}, 11'200, true};
    journal_.open["c"] = estimate;
    std::deque<std::variant<Turn, Fault>> rest = {Calling({"finish"})};
    if (turn == 0) rest.emplace_front(Calling({"read"}));
    const DialogueEnd end = Run(rest);
    EXPECT_EQ(end.kind, DialogueEnd::Kind::kFinished);
    ASSERT_THAT(script_->bodies, SizeIs(2 - turn));
    EXPECT_EQ(script_->bodies[0], bodies[turn]);
    EXPECT_THAT(journal_.open, SizeIs(0));
    // What this process has asked, and the prompt of what was lost.
    const MicroDollars asked = turn == 0 ? cost : cost / 2;
    EXPECT_GT(journal_.spent, asked);
    EXPECT_LT(journal_.spent, asked + 1300);
    EXPECT_EQ(end.cost, cost);
  }
}

TEST_F(DialogueTest, WhatWasLostIsPaidForEachTime) {
  Run({Calling({"finish"})});
  const auto request = journal_.entries["c"].front();
  journal_ = {};
  tools_ = {};
  journal_.entries["c"] = {request};
  journal_.open["c"] = {"m", {1200, 0, 0, 1000}, 11'200, true};
  const Fault cut{FaultKind::kNetwork, "reset", 0, {}, {}};
  const DialogueEnd end = Run({cut, Calling({"finish"})});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kFinished);
  ASSERT_THAT(journal_.settled, SizeIs(3));
  EXPECT_GT(journal_.settled[0].usage.input, 0U);
  EXPECT_EQ(journal_.settled[0].usage.output, 0U);
  EXPECT_EQ(journal_.settled[1].usage.input, journal_.settled[0].usage.input);
  EXPECT_EQ(journal_.settled[2].cost, end.cost);
}

TEST_F(DialogueTest, GoesOnFromEachPlaceWithTheSameBytes) {
  const std::deque<std::variant<Turn, Fault>> answers = {
      Calling({"read", "look"}), Calling({"report"}), Calling({"finish"})};
  Run(answers);
  const auto bodies = script_->bodies;
  const auto whole = journal_.entries["c"];
  for (std::size_t kept = 0; kept <= whole.size(); ++kept) {
    SCOPED_TRACE(kept);
    journal_ = {};
    tools_ = {};
    auto entries = whole;
    entries.resize(kept);
    journal_.entries["c"] = entries;
    // Only what the journal does not have is asked.
    std::deque<std::variant<Turn, Fault>> rest = answers;
    std::size_t turns = 0;
    for (const JournalEntry& entry : entries) {
      if (entry.kind == Kind::kTurn) ++turns;
    }
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(turns));
    if (rest.empty())
      rest.emplace_back(std::in_place_type<Turn>, Calling({"finish"}));
    const DialogueEnd end = Run(rest);
    EXPECT_EQ(end.kind, DialogueEnd::Kind::kFinished);
    EXPECT_EQ(end.turns, 3);
    ASSERT_THAT(script_->bodies, SizeIs(3 - turns));
    for (std::size_t i = 0; i < script_->bodies.size(); ++i) {
      EXPECT_EQ(script_->bodies[i], bodies[turns + i]);
    }
    if (kept >= 3) {
      EXPECT_THAT(tools_.again, ::testing::Contains("read: effect of read"));
    }
  }
}

TEST_F(DialogueTest, AJournalOfOtherBytesIsCutWhereItDiffers) {
  Run({Calling({"read"}), Calling({"finish"})});
  auto& entries = journal_.entries["c"];
  entries[3].bytes = "another request";
  tools_ = {};
  const DialogueEnd end = Run({Calling({"finish"})});
  EXPECT_EQ(end.kind, DialogueEnd::Kind::kFinished);
  EXPECT_THAT(script_->bodies, SizeIs(1));
  EXPECT_THAT(journal_.entries["c"], SizeIs(5));
}

TEST_F(DialogueTest, DamagedJournalsAreCutAndNothingElse) {
  Run({Calling({"read"}), Calling({"finish"})});
  const auto whole = journal_.entries["c"];
  for (std::size_t i = 0; i < whole.size(); ++i) {
    SCOPED_TRACE(i);
    journal_.entries["c"] = whole;
    journal_.entries["c"][i].bytes = "{\"calls\":[1";
    tools_ = {};
    EXPECT_EQ(Run({Calling({"finish"})}).kind, DialogueEnd::Kind::kFinished);
  }
}

TEST_F(DialogueTest, AJournalThatCannotBeWrittenSendsNothing) {
  journal_.fail_at = 0;
  script_ = std::make_shared<Script::Shared>();
  script_->answers = {Calling({"read"})};
  Client client(&endpoint_, &protocol_, std::make_unique<Script>(script_),
                nullptr,
                {[] { return UnixSeconds{1}; },
                 [](std::int64_t) { return true; }, [] { return 0.5; }});
  Dialogue dialogue({&client, &model_, &journal_, &journal_,
                     [] { return UnixSeconds{1}; }, nullptr});
  Conversation::Opening opening;
  opening.shared = "shared";
  const auto end = dialogue.Run("c", opening, &tools_, limits_);
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().message, "the disk is full");
  EXPECT_THAT(script_->bodies, SizeIs(0));
}

TEST(CostOf, CountsEachKindOfTokenByItsPrice) {
  ModelConfig model;
  model.price_input = 4'000'000;
  model.price_cache_read = 400'000;
  model.price_cache_write = 5'000'000;
  model.price_output = 20'000'000;
  EXPECT_EQ(CostOf(model, {1'000'000, 0, 0, 0}), 4'000'000);
  EXPECT_EQ(CostOf(model, {1'000'000, 900'000, 50'000, 10'000}),
            200'000 + 360'000 + 250'000 + 200'000);
  EXPECT_EQ(CostOf(model, {1, 0, 0, 0}), 4);
  EXPECT_EQ(CostOf(model, {1, 1, 0, 0}), 1);
  model.price_cliff = 100'000;
  model.price_cliff_percent = 150;
  EXPECT_EQ(CostOf(model, {100'000, 0, 0, 0}), 400'000);
  EXPECT_EQ(CostOf(model, {200'000, 0, 0, 0}), 1'200'000);
}

TEST(MoneyText, HasDigitsThatSaySomething) {
  EXPECT_EQ(MoneyText(0), "0.00 USD");
  EXPECT_EQ(MoneyText(1'234'567), "1.23 USD");
  EXPECT_EQ(MoneyText(4'200), "0.0042 USD");
}

}  // namespace
}  // namespace patchmilter::model
