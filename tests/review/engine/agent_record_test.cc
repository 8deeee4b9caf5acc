// What an agent was answered is done again, and not paid for again.
#include "review/engine/agent_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "review/engine/store_journal.h"

namespace patchmilter::review {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = model::DialogueEnd::Kind;

class Tools : public model::ToolRunner {
 public:
  Answer Run(const model::ToolCall& call, bool /*limit*/) override {
    return {"answer", false, "did " + call.name};
  }
  void Again(const model::ToolCall& call, const Answer& answer) override {
    again.push_back(call.arguments + ": " + answer.effect);
  }
  bool Finished() const override { return false; }

  std::vector<std::string> again;
};

class AgentRecordTest : public ::testing::Test {
 protected:
  AgentRecordTest()
      : store_(store::Store::Open(":memory:").value()),
        journal_(
            store_.get(), &budget_, {1, 1, "devel", "a@example.org"}, "",
            [] { return UnixSeconds{1'780'000'000}; }, nullptr) {}

  void Record(Kind kind) {
    Tools tools;
    AgentRecord record(&journal_, &tools, "patch/1", "prompt");
    const auto before = record.Resume();
    ASSERT_TRUE(before.ok());
    ASSERT_FALSE(before->has_value());
    ASSERT_TRUE(record.Begin({"agent", {}, 1000, true}).value());
    record.Run({"1", "read_file", "{1}"}, false);
    record.Run({"2", "report_finding", "{2}"}, false);
    model::DialogueEnd end;
    end.kind = kind;
    end.reason = "because";
    ASSERT_TRUE(record.End(end, {"agent", {10, 0, 0, 5}, 700, false}).ok());
  }

  BudgetConfig budget_;
  std::unique_ptr<store::Store> store_;
  StoreJournal journal_;
};

TEST_F(AgentRecordTest, WhatHasEndedIsDoneAgainFromTheRecord) {
  Record(Kind::kLimit);
  Tools tools;
  AgentRecord record(&journal_, &tools, "patch/1", "prompt");
  const auto end = record.Resume();
  ASSERT_TRUE(end.ok());
  ASSERT_TRUE(end->has_value());
  EXPECT_EQ((*end)->kind, Kind::kLimit);
  EXPECT_EQ((*end)->reason, "because");
  EXPECT_THAT(tools.again,
              ElementsAre("{1}: did read_file", "{2}: did report_finding"));
  EXPECT_EQ(journal_.Spent()->review.cost, 700);
}

TEST_F(AgentRecordTest, WhatWasBrokenOffIsBegunAnew) {
  Record(Kind::kFault);
  Tools tools;
  AgentRecord record(&journal_, &tools, "patch/1", "prompt");
  EXPECT_FALSE(record.Resume()->has_value());
  EXPECT_THAT(tools.again, IsEmpty());
  EXPECT_THAT(journal_.Load("patch/1").value(), IsEmpty());
  // What it did cost stays.
  EXPECT_EQ(journal_.Spent()->review.cost, 700);
}

TEST_F(AgentRecordTest, ARecordOfAnotherPromptDoesNotCount) {
  Record(Kind::kFinished);
  Tools tools;
  AgentRecord record(&journal_, &tools, "patch/1", "another");
  EXPECT_FALSE(record.Resume()->has_value());
  EXPECT_THAT(tools.again, IsEmpty());
}

TEST_F(AgentRecordTest, WithoutMoneyItDoesNotBegin) {
  budget_.review = 999;
  Tools tools;
  AgentRecord record(&journal_, &tools, "patch/1", "prompt");
  EXPECT_FALSE(record.Begin({"agent", {}, 1000, true}).value());
}

}  // namespace
}  // namespace patchmilter::review
