#include "milter/session.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

namespace patchmilter::milter {
namespace {

using intake::AppendResult;
using intake::Record;

class FakeAppender : public intake::Appender {
 public:
  AppendResult Append(Record record, intake::SteadyTime deadline) override {
    records.push_back(std::move(record));
    deadlines.push_back(deadline);
    AppendResult result;
    result.outcome = outcome;
    if (outcome == AppendResult::Outcome::kFailed) {
      result.error = Temporary("the disk is full");
    }
    return result;
  }
  std::vector<Record> records;
  std::vector<intake::SteadyTime> deadlines;
  AppendResult::Outcome outcome = AppendResult::Outcome::kStored;
};

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    Config config;
    config.lists.resize(2);
    config.lists[0].name = "first";
    config.lists[0].list_id = {"first.example.org"};
    config.lists[1].name = "second";
    config.lists[1].recipients = {"second@example.org"};
    config.lists[1].addresses = {"second@example.org"};
    config.destinations.resize(1);
    config.destinations[0].address = "reviews@example.org";
    environment_ = std::make_unique<Environment>(
        appender_, clock_, std::make_shared<Watch>(config));
    session_ = std::make_unique<Session>(*environment_);
  }
  void Envelope(const std::vector<std::string>& recipients) {
    session_->MailFrom("<a@example.org>");
    for (const std::string& one : recipients) session_->Recipient(one);
  }
  const Counters& counters() const { return environment_->counters; }

  FakeAppender appender_;
  ManualClock clock_{1'700'000'000};
  std::unique_ptr<Environment> environment_;
  std::unique_ptr<Session> session_;
};

TEST_F(SessionTest, RecordHasAllThatWasShown) {
  session_->Connect("mx.example.org", "192.0.2.1");
  session_->Helo("helo.example.org");
  Envelope({"<One@example.org>", "<second@example.org>"});
  EXPECT_EQ(session_->Data("Q1"), Verdict::kContinue);
  session_->Header("Subject", " a\n\tb");
  session_->Header("X-None", "");
  session_->Header("X-Tab", "\tx ");
  session_->Header("List-Id", " x\n <first.example.org>");
  EXPECT_EQ(session_->EndOfHeaders(""), Verdict::kContinue);
  session_->Body(std::string("a\0\xff\r\n", 5));
  session_->Body("end");
  session_->EndOfMessage("Q1");
  ASSERT_EQ(appender_.records.size(), 1U);
  Record want;
  want.list = "first";  // Of both that match, the first configured.
  want.queue_id = "Q1";
  want.sender = "a@example.org";
  want.recipients = {"One@example.org", "second@example.org"};
  want.client_name = "mx.example.org";
  want.client_address = "192.0.2.1";
  want.helo = "helo.example.org";
  want.arrival = 1'700'000'000;
  want.raw =
      "Subject: a\r\n\tb\r\nX-None:\r\nX-Tab:\tx \r\n"
      "List-Id: x\r\n <first.example.org>\r\n\r\n" +
      std::string("a\0\xff\r\nend", 8);
  EXPECT_EQ(appender_.records[0], want);
  EXPECT_EQ(counters().stored, 1U);
  EXPECT_EQ(environment_->in_flight, 0);
  EXPECT_EQ(environment_->buffered, 0U);
}

TEST_F(SessionTest, SpaceAfterTheColonIsPutBackWhereItWasCut) {
  Envelope({"<second@example.org>"});
  session_->Header("Subject", "a\n b", /*leading_space=*/false);
  session_->EndOfHeaders("");
  session_->EndOfMessage("");
  EXPECT_EQ(appender_.records.at(0).raw, "Subject: a\r\n b\r\n\r\n");
}

TEST_F(SessionTest, LetGoAtData) {
  Envelope({"<Reviews@example.org>"});
  EXPECT_EQ(session_->Data("Q"), Verdict::kLetGo);
  EXPECT_EQ(counters().let_go, 1U);
  EXPECT_EQ(environment_->in_flight, 0);
  // A list's recipient beside it: not ours alone.
  Envelope({"<reviews@example.org>", "<second@example.org>"});
  EXPECT_EQ(session_->Data("Q"), Verdict::kContinue);
  // No recipient at all is no mail to ourselves.
  Envelope({});
  EXPECT_EQ(session_->Data("Q"), Verdict::kContinue);
}

TEST_F(SessionTest, LetGoAtEndOfHeaders) {
  Envelope({"<x@example.org>"});
  EXPECT_EQ(session_->Data("Q"), Verdict::kContinue);
  session_->Header("To", " \"second@example.org\" <x@example.org>");
  session_->Header("X-To", " second@example.org");
  EXPECT_EQ(session_->EndOfHeaders("Q"), Verdict::kLetGo);
  EXPECT_EQ(environment_->buffered, 0U);
  // Whatever an MTA sends after that does no harm.
  session_->Body("x");
  session_->EndOfMessage("Q");
  EXPECT_TRUE(appender_.records.empty());
  EXPECT_EQ(counters().let_go, 1U);
}

TEST_F(SessionTest, ToAndCcAndEveryListIdCount) {
  for (const auto& [name, value, want] :
       {std::tuple{"to", " x <SECOND@example.org>", "second"},
        std::tuple{"CC", "\n second@example.org", "second"},
        std::tuple{"LIST-ID", " <first.example.org>", "first"}}) {
    Envelope({"<x@example.org>"});
    session_->Header("List-Id", " <other.example.org>");
    session_->Header(name, value);
    EXPECT_EQ(session_->EndOfHeaders("Q"), Verdict::kContinue) << name;
    session_->EndOfMessage("Q");
    ASSERT_FALSE(appender_.records.empty()) << name;
    EXPECT_EQ(appender_.records.back().list, want);
  }
}

TEST_F(SessionTest, AbortAndTheNextMail) {
  Envelope({"<second@example.org>"});
  session_->Header("Subject", " gone");
  session_->Abort();
  EXPECT_EQ(counters().aborted, 1U);
  EXPECT_EQ(environment_->in_flight, 0);
  Envelope({"<second@example.org>"});
  session_->Header("Subject", " here");
  session_->EndOfHeaders("");
  session_->EndOfMessage("");
  ASSERT_EQ(appender_.records.size(), 1U);
  EXPECT_EQ(appender_.records[0].raw, "Subject: here\r\n\r\n");
  session_->Abort();  // Nothing begun: nothing counted.
  EXPECT_EQ(counters().aborted, 1U);
}

TEST_F(SessionTest, CutAtMaxMessage) {
  environment_->max_message = 20;
  for (const size_t body : {4UL, 5UL}) {
    Envelope({"<second@example.org>"});
    session_->Header("Subject", " xx");  // 13 bytes with its end.
    session_->EndOfHeaders("");
    session_->Body(std::string(body, 'b'));
    session_->EndOfMessage("");
    EXPECT_EQ(appender_.records.back().raw.size(), body == 4 ? 19U : 20U);
    EXPECT_FALSE(appender_.records.back().truncated);
  }
  for (const size_t chunk : {6UL, 1UL}) {
    Envelope({"<second@example.org>"});
    session_->Header("Subject", " xx");
    session_->EndOfHeaders("");
    for (size_t sent = 0; sent < 6; sent += chunk) {
      session_->Body(std::string(chunk, 'b'));
    }
    session_->EndOfMessage("");
    EXPECT_EQ(appender_.records.back().raw, "Subject: xx\r\n\r\nbbbbb");
    EXPECT_TRUE(appender_.records.back().truncated);
  }
  EXPECT_EQ(counters().truncated, 2U);
  EXPECT_EQ(environment_->buffered, 0U);
}

TEST_F(SessionTest, AllConnectionsTogetherAreBounded) {
  environment_->max_buffered = 1000;
  Session other(*environment_);
  for (Session* one : {session_.get(), &other}) {
    one->MailFrom("<a@example.org>");
    one->Recipient("<second@example.org>");
    one->EndOfHeaders("");
    for (int i = 0; i < 8; ++i) one->Body(std::string(100, 'x'));
  }
  EXPECT_LE(environment_->buffered, 1000U);
  session_->EndOfMessage("");
  other.EndOfMessage("");
  EXPECT_FALSE(appender_.records[0].truncated);
  EXPECT_TRUE(appender_.records[1].truncated);
  EXPECT_EQ(environment_->buffered, 0U);
}

TEST_F(SessionTest, OutcomesAreCounted) {
  for (const auto outcome :
       {AppendResult::Outcome::kFailed, AppendResult::Outcome::kLate}) {
    appender_.outcome = outcome;
    Envelope({"<second@example.org>"});
    session_->EndOfHeaders("");
    session_->EndOfMessage("");
  }
  EXPECT_EQ(counters().failed, 1U);
  EXPECT_EQ(counters().late, 1U);
  EXPECT_EQ(counters().stored, 0U);
  EXPECT_EQ(environment_->in_flight, 0);
}

TEST_F(SessionTest, DeadlineRunsFromEndOfMessage) {
  environment_->deadline = std::chrono::milliseconds(1500);
  Envelope({"<second@example.org>"});
  session_->EndOfHeaders("");
  const auto before = std::chrono::steady_clock::now();
  session_->EndOfMessage("");
  const auto after = std::chrono::steady_clock::now();
  ASSERT_EQ(appender_.deadlines.size(), 1U);
  EXPECT_GE(appender_.deadlines[0], before + environment_->deadline);
  EXPECT_LE(appender_.deadlines[0], after + environment_->deadline);
}

TEST_F(SessionTest, DrainingLetsNewMailGoAndFinishesTheOld) {
  Session other(*environment_);
  Envelope({"<second@example.org>"});
  environment_->draining = true;
  other.MailFrom("<a@example.org>");
  other.Recipient("<second@example.org>");
  EXPECT_EQ(other.Data(""), Verdict::kLetGo);
  EXPECT_EQ(counters().missed, 1U);
  EXPECT_EQ(environment_->in_flight, 1);
  session_->EndOfHeaders("");
  session_->EndOfMessage("");
  EXPECT_EQ(counters().stored, 1U);
  EXPECT_EQ(environment_->in_flight, 0);
}

TEST_F(SessionTest, ReloadHoldsForTheNextMail) {
  Envelope({"<second@example.org>"});
  environment_->SetWatch(std::make_shared<Watch>(Config()));
  EXPECT_EQ(session_->Data(""), Verdict::kContinue);
  session_->EndOfHeaders("");
  session_->EndOfMessage("");
  EXPECT_EQ(appender_.records.at(0).list, "second");
  Envelope({"<second@example.org>"});
  EXPECT_EQ(session_->Data(""), Verdict::kLetGo);
}

TEST_F(SessionTest, ConnectionThatEndsInTheMiddle) {
  Envelope({"<second@example.org>"});
  session_->Header("Subject", " x");
  session_.reset();
  EXPECT_EQ(counters().aborted, 1U);
  EXPECT_EQ(environment_->in_flight, 0);
  EXPECT_EQ(environment_->buffered, 0U);
}

TEST_F(SessionTest, StepsWithoutAMailDoNothing) {
  session_->Recipient("<second@example.org>");
  EXPECT_EQ(session_->Data("Q"), Verdict::kLetGo);
  session_->Header("a", "b");
  EXPECT_EQ(session_->EndOfHeaders("Q"), Verdict::kLetGo);
  session_->Body("x");
  session_->EndOfMessage("Q");
  session_->Fail("no memory");
  session_->Abort();
  EXPECT_TRUE(appender_.records.empty());
}

TEST_F(SessionTest, FailDropsTheMailAndCountsIt) {
  Envelope({"<second@example.org>"});
  session_->Header("Subject", " x");
  session_->Fail("no memory");
  EXPECT_EQ(counters().failed, 1U);
  EXPECT_EQ(environment_->in_flight, 0);
  EXPECT_EQ(environment_->buffered, 0U);
  EXPECT_EQ(session_->EndOfHeaders(""), Verdict::kLetGo);
}

TEST_F(SessionTest, ManyAndLongRecipientsAreBounded) {
  session_->MailFrom("<" + std::string(5000, 'a') + "@example.org>");
  for (int i = 0; i < 1500; ++i) session_->Recipient("<x@example.org>");
  session_->Recipient("<second@example.org>");  // Counts for matching still.
  session_->EndOfHeaders("");
  session_->EndOfMessage("");
  ASSERT_EQ(appender_.records.size(), 1U);
  EXPECT_EQ(appender_.records[0].recipients.size(), 1000U);
  EXPECT_EQ(appender_.records[0].sender.size(), 1024U);
}

}  // namespace
}  // namespace patchmilter::milter
