// What publish/deliverer.h promises, with a transport that records.
#include "publish/deliverer.h"

#include <gtest/gtest.h>

#include <deque>

namespace patchmilter::publish {
namespace {

constexpr UnixSeconds kNow = 1'800'000'000;

class Recorder : public Transport {
 public:
  struct Sent {
    std::string sender;
    std::string recipient;
    std::string mail;
  };

  Status Send(const std::string& sender, const std::string& recipient,
              std::string_view mail) override {
    tried.push_back({sender, recipient, std::string(mail)});
    if (answers.empty()) return {};
    const Status answer = answers.front();
    answers.pop_front();
    return answer;
  }

  std::vector<Sent> tried;
  std::deque<Status> answers;  // Then always well.
};

class DelivererTest : public testing::Test {
 protected:
  DelivererTest()
      : store_(std::move(store::Store::Open(":memory:")).value()),
        clock_(kNow),
        deliverer_(store_.get(), &recorder_, {"bounce@example.org", 3600}) {
    store::NewMail mail;
    mail.list = "l";
    mail.raw = "Subject: original\r\n\r\n.\r\n";
    EXPECT_TRUE(store_->Ingest({mail}, "", "").ok());
    store::SeriesUpdate update;
    update.id = 1;
    update.series.id = 1;
    EXPECT_TRUE(store_->CommitParsed({}, {update}).ok());
    EXPECT_TRUE(store_->QueueReview(1, "key", kNow).ok());
    store::ReviewRecord record;
    record.job = **store_->LeaseJob(kNow, 100);
    record.finished = kNow;
    store::OutboxMail original;
    original.destination = "archive";
    original.kind = "original";
    original.recipient = "archive@example.org";
    original.original = 1;
    original.unique_key = "o";
    record.outbox.push_back(original);
    for (const char* name : {"a", "b", "c", "d"}) {
      store::OutboxMail review;
      review.destination = "archive";
      review.kind = "patch";
      review.recipient = "archive@example.org";
      review.bytes = std::string("Subject: ") + name + "\n\nbody\n";
      review.unique_key = name;
      record.outbox.push_back(review);
    }
    EXPECT_TRUE(*store_->CommitReview(record, std::nullopt));
  }

  std::int64_t Deliver() {
    const auto sent = deliverer_.DeliverDue(clock_);
    EXPECT_TRUE(sent.ok());
    return sent.ok() ? *sent : -1;
  }

  Recorder recorder_;
  std::unique_ptr<store::Store> store_;
  ManualClock clock_;
  Deliverer deliverer_;
};

TEST_F(DelivererTest, SendsAllInOrderOriginalsByteExact) {
  EXPECT_EQ(Deliver(), 5);
  ASSERT_EQ(recorder_.tried.size(), 5U);
  EXPECT_EQ(recorder_.tried[0].mail, "Subject: original\r\n\r\n.\r\n");
  EXPECT_EQ(recorder_.tried[1].mail, "Subject: a\n\nbody\n");
  for (const Recorder::Sent& sent : recorder_.tried) {
    EXPECT_EQ(sent.sender, "bounce@example.org");
    EXPECT_EQ(sent.recipient, "archive@example.org");
  }
  EXPECT_EQ(Deliver(), 0);  // And never again.
  EXPECT_EQ(recorder_.tried.size(), 5U);
}

TEST_F(DelivererTest, OneRefusedForNowIsSentLaterWithTheSameBytes) {
  recorder_.answers = {Temporary("451 later")};
  EXPECT_EQ(Deliver(), 4);
  EXPECT_EQ(Deliver(), 0);  // Its pause is not over.
  clock_.AdvanceTo(kNow + 30);
  EXPECT_EQ(Deliver(), 1);
  EXPECT_EQ(recorder_.tried.back().mail, recorder_.tried.front().mail);
}

TEST_F(DelivererTest, OneRefusedForGoodIsSetAsideWithItsReason) {
  recorder_.answers = {Permanent("550 no such list")};
  EXPECT_EQ(Deliver(), 4);
  clock_.AdvanceTo(kNow + 100'000);
  EXPECT_EQ(Deliver(), 0);
  const auto failed = store_->FailedMails(10);
  ASSERT_EQ(failed->size(), 1U);
  EXPECT_EQ(failed->at(0).reason, "550 no such list");
}

TEST_F(DelivererTest, AServerThatIsDownIsNotAskedForEveryMail) {
  for (int i = 0; i < 100; ++i) recorder_.answers.push_back(Temporary("down"));
  EXPECT_EQ(Deliver(), 0);
  EXPECT_EQ(recorder_.tried.size(), 3U);
}

TEST_F(DelivererTest, WhatCannotBeSentForLongIsSetAside) {
  recorder_.answers = {Temporary("down")};
  EXPECT_EQ(Deliver(), 4);
  clock_.AdvanceTo(kNow + 3601);
  recorder_.answers = {Temporary("still down")};
  EXPECT_EQ(Deliver(), 0);
  EXPECT_EQ(store_->FailedMails(10)->at(0).reason, "still down");
}

TEST(RetryPauseTest, GrowsAndIsBounded) {
  EXPECT_EQ(RetryPause(1), 30);
  EXPECT_EQ(RetryPause(2), 60);
  EXPECT_EQ(RetryPause(100), 3600);
}

}  // namespace
}  // namespace patchmilter::publish
