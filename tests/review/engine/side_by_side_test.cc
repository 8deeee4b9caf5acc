// Conversations of one review, side by side: together they never spend more
// than there is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <barrier>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/client.h"
#include "model/dialogue.h"
#include "review/engine/conversations.h"
#include "review/engine/store_journal.h"
#include "tests/model/plain_protocol.h"

namespace patchmilter::review {
namespace {

using model::DialogueEnd;
using ::testing::HasSubstr;

constexpr std::size_t kBeside = 4;
constexpr UnixSeconds kNow = 1'780'000'000;

// All look at what is left before anybody takes of it.
class LookTogether : public model::Ledger {
 public:
  LookTogether(model::Ledger* ledger, std::barrier<>* all)
      : ledger_(ledger), all_(all) {}

  Result<Left> Remaining() override {
    Result<Left> left = ledger_->Remaining();
    if (!std::exchange(looked_, true)) all_->arrive_and_wait();
    return left;
  }
  void WaitForOthers() override { ledger_->WaitForOthers(); }

 private:
  model::Ledger* ledger_;
  std::barrier<>* all_;
  bool looked_ = false;
};

// A model that asks for ever, and says as much each time as it may.
class Endless : public model::Transport {
 public:
  explicit Endless(std::function<void()> sent) : sent_(std::move(sent)) {}

  std::variant<Answer, model::Fault> Send(const model::WireRequest& /*request*/,
                                          const Take& take) override {
    sent_();
    model::Turn turn;
    turn.calls = {{"1", "read", "{}"}};
    turn.opaque = "turn";
    turn.stop = model::StopReason::kToolUse;
    turn.usage = {500, 0, 0, 1000};
    take(EncodeTurn(turn));
    Answer answer;
    answer.head.status = 200;
    return answer;
  }

 private:
  std::function<void()> sent_;
};

class Reading : public model::ToolRunner {
 public:
  Answer Run(const model::ToolCall& /*call*/, bool /*limit*/) override {
    return {"read", false, ""};
  }
  void Again(const model::ToolCall& /*call*/,
             const Answer& /*answer*/) override {}
  bool Finished() const override { return false; }
};

class SideBySideTest : public ::testing::Test {
 protected:
  SideBySideTest() : store_(store::Store::Open(":memory:").value()) {
    model_.name = "main";
    model_.max_output = 1000;
  }

  // Runs them to their ends, and checks at each request, when all that is under
  // way is counted at its dearest, that it is within `budget_`.
  std::vector<DialogueEnd> Run() {
    StoreJournal journal(
        store_.get(), &budget_, {1, 1, "devel", "jane@example.org"}, "",
        [] { return kNow; }, nullptr);
    const auto within = [&] {
      const Result<store::Spent> spent = journal.Spent();
      ASSERT_TRUE(spent.ok());
      EXPECT_LE(spent->review.cost, budget_.review);
      EXPECT_LE(spent->review.input + spent->review.output,
                static_cast<std::uint64_t>(budget_.review_tokens));
    };
    std::barrier<> all(kBeside);
    std::vector<DialogueEnd> ends(kBeside);
    const Status done =
        ForEachBeside(kBeside, kBeside, [&](std::size_t index) -> Status {
          model::Client client(&endpoint_, &protocol_,
                               std::make_unique<Endless>(within), nullptr,
                               model::CalmWeather(nullptr));
          LookTogether ledger(&journal, &all);
          model::Dialogue dialogue({&client, &model_, &journal, &ledger,
                                    [] { return kNow; }, nullptr});
          model::Conversation::Opening opening;
          // Longer than the model says that its prompts are.
          opening.shared = std::string(8000, 'x');
          Reading tools;
          PM_ASSIGN_OR_RETURN(ends[index],
                              dialogue.Run("patch/" + std::to_string(index),
                                           opening, &tools, limits_));
          return {};
        });
    EXPECT_TRUE(done.ok()) << done.error().message;
    within();
    spent_ = journal.Spent()->review;
    return ends;
  }

  std::unique_ptr<store::Store> store_;
  model::Endpoint endpoint_;
  model::PlainProtocol protocol_;
  ModelConfig model_;
  BudgetConfig budget_;
  model::DialogueLimits limits_;
  store::SpendingRow spent_;
};

TEST_F(SideBySideTest, ConversationsNeverSpendMoreMoneyThanThereIs) {
  model_.price_input = 1'000'000;
  model_.price_output = 10'000'000;
  // The first request of each may cost 0.012 USD at most: there is room for
  // three of the four at once.
  for (const MicroDollars budget : {40'000, 100'000, 300'000}) {
    SCOPED_TRACE(budget);
    store_ = store::Store::Open(":memory:").value();
    budget_.review = budget;
    for (const DialogueEnd& end : Run()) {
      EXPECT_EQ(end.kind, DialogueEnd::Kind::kLimit);
      EXPECT_THAT(end.reason, HasSubstr("budget.review is"));
    }
    EXPECT_GT(spent_.cost, budget / 4);
  }
}

TEST_F(SideBySideTest, ConversationsNeverSpendMoreTokensThanThereAre) {
  // Free, and still counted.
  for (const std::int64_t budget : {10'000, 25'000, 80'000}) {
    SCOPED_TRACE(budget);
    store_ = store::Store::Open(":memory:").value();
    budget_.review_tokens = budget;
    for (const DialogueEnd& end : Run()) {
      EXPECT_EQ(end.kind, DialogueEnd::Kind::kLimit);
      EXPECT_THAT(end.reason, HasSubstr("budget.review_tokens is"));
    }
    EXPECT_GT(spent_.input + spent_.output,
              static_cast<std::uint64_t>(budget / 4));
  }
}

}  // namespace
}  // namespace patchmilter::review
