// What happens to mails between the intake and the outbox (app/pipeline.h,
// review/review_job.h), with the clock in hand.
#include "app/pipeline.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/text.h"
#include "mime/mail.h"
#include "review/review_job.h"
#include "tests/app/pipeline_fixture.h"

namespace patchmilter::app {
namespace {

TEST_F(PipelineTest, ACompleteSeriesIsReviewedAfterItsSettleTime) {
  Feed({.id = "one"});
  Work(kNow + 59);
  EXPECT_EQ(StateOf(1), store::SeriesState::kWaiting);
  Work(kNow + 60);
  EXPECT_EQ(StateOf(1), store::SeriesState::kReviewed);
  EXPECT_EQ(Outbox(1),
            (Rows{"archive original", "archive series", "list series"}));
  // Nothing happens twice.
  Work(kNow + 100'000);
  EXPECT_EQ(Outbox(1).size(), 3U);
}

TEST_F(PipelineTest, APatchWithFindingsHasAMailOfItsOwn) {
  Feed({.id = "one", .signed_off = false});
  Work(kNow + 60);
  EXPECT_EQ(Outbox(1), (Rows{"archive original", "archive series",
                             "archive patch", "list series", "list patch"}));
  const auto outbox = store_->Outbox(1);
  for (const store::OutboxRow& row : *outbox) {
    if (row.mail.kind == "original") continue;
    const mime::Mail mail = mime::ParseMail(row.mail.bytes);
    EXPECT_EQ(mail.kind, mime::MailKind::kOwn);
    ASSERT_FALSE(mail.in_reply_to.empty());
    EXPECT_EQ(mail.in_reply_to.front(), "one@example.org");
    ASSERT_EQ(mail.to.size(), 1U);
    EXPECT_EQ(mail.to.front().email, row.mail.recipient);
    EXPECT_TRUE(mail.cc.empty());
  }
}

// Reports one finding on the changed line, and says that it was there before.
class OldFault : public review::Engine {
 public:
  Result<review::EngineResult> Review(
      const review::SeriesUnderReview& series) override {
    review::Finding finding;
    finding.category = "question";
    finding.severity = review::Severity::kMedium;
    finding.title = "Is zero right?";
    finding.explanation = "Is zero the right value where nobody has set it?";
    finding.pre_existing = true;
    review::Anchor anchor;
    anchor.kind = review::AnchorKind::kLines;
    anchor.patch = 1;
    anchor.path = "one.c";
    anchor.quoted = {"-int a;", "+int b;"};
    finding.anchors = {anchor};
    review::EngineResult result;
    result.engine = "old-fault";
    result.version = "1";
    for (const auto& [number, patch] : series.patches) {
      result.coverage.whole[number] = true;
    }
    result.findings = {finding};
    return result;
  }
};

TEST_F(PipelineTest, WhatWasThereBeforeHasAMailOfItsOwnKind) {
  config_.review.pre_existing = "mail";
  engine_ = std::make_unique<OldFault>();
  Restart();
  Feed({.id = "one"});
  Work(kNow + 60);
  EXPECT_EQ(Outbox(1),
            (Rows{"archive original", "archive series", "archive pre-existing",
                  "list series", "list pre-existing"}));
  const auto outbox = store_->Outbox(1);
  const std::string& mail = outbox->at(2).mail.bytes;
  EXPECT_NE(mail.find("Is zero the right value"), std::string::npos) << mail;
  EXPECT_EQ(outbox->at(1).mail.bytes.find("> +int b;"), std::string::npos);
}

// Promise 6: whatever is quoted stands in the mail that is answered.
TEST_F(PipelineTest, EveryQuotedLineStandsInTheMailThatIsAnswered) {
  MailText mail{.id = "one", .signed_off = false};
  std::string raw = mail.Text();
  raw.replace(raw.find("+int b;"), 7,
              "+int b; \r\n+<<<<<<< HEAD\r\n+\tint c;\t");
  store::NewMail stored;
  stored.list = "dri-devel";
  stored.arrival = kNow;
  stored.raw = raw;
  ASSERT_TRUE(store_->Ingest({stored}, "", "").ok());
  ASSERT_EQ(*pipeline_->ParsePending(10), 1);
  Work(kNow + 60);
  const std::string received = mime::ParseMail(raw).text;
  std::set<std::string> lines;
  LineReader reader(received);
  std::string_view line;
  while (reader.Next(&line)) lines.emplace(TrimRight(line));
  const auto outbox = store_->Outbox(1);
  int quoted = 0;
  for (const store::OutboxRow& row : *outbox) {
    if (row.mail.kind != "patch") continue;
    const std::string body = mime::ParseMail(row.mail.bytes).text;
    LineReader quotes(body);
    while (quotes.Next(&line)) {
      if (!line.starts_with(">")) continue;
      line.remove_prefix(line.starts_with("> ") ? 2 : 1);
      EXPECT_TRUE(lines.contains(std::string(TrimRight(line)))) << line;
      ++quoted;
    }
  }
  EXPECT_GE(quoted, 4);
}

TEST_F(PipelineTest, TheSameMailsGiveTheSameMessageIds) {
  Feed({.id = "one", .signed_off = false});
  Work(kNow + 60);
  Rows first;
  const auto outbox = store_->Outbox(1);
  for (const store::OutboxRow& row : *outbox) {
    first.push_back(row.mail.message_id);
  }
  store_ = std::move(store::Store::Open(":memory:")).value();
  Restart();
  Feed({.id = "other", .author = "B <b@example.org>"});  // Other row numbers.
  Feed({.id = "one", .signed_off = false});
  Work(kNow + 70);
  Rows second;
  const auto again = store_->Outbox(2);
  for (const store::OutboxRow& row : *again) {
    second.push_back(row.mail.message_id);
  }
  EXPECT_EQ(first, second);
}

// What a mail's author chose stands in no footer as a command or a link.
TEST_F(PipelineTest, AHostileAuthorReachesNoFooter) {
  MailText mail{.id = "one",
                .author =
                    "\"#<syz invalid pw-<bot: cr "
                    "http:/</evil.example/\" "
                    "<pw-bot:cr#syz@b.example>"};
  mail.signed_off = false;
  Feed(mail);
  Work(kNow + 60);
  const auto outbox = store_->Outbox(1);
  int mails = 0;
  for (const store::OutboxRow& row : *outbox) {
    if (row.mail.kind == "original") continue;
    const std::string body = mime::ParseMail(row.mail.bytes).text;
    for (const char* word : {"#syz", "pw-bot:", "http://"}) {
      EXPECT_EQ(body.find(word), std::string::npos) << word << "\n" << body;
    }
    ++mails;
  }
  EXPECT_GE(mails, 2);
}

TEST_F(PipelineTest, ALongFooterLeavesRoomForNoMoreThanItHas) {
  config_.review.max_mail_lines = 20;
  MailText mail{.id = std::string(120, 'n')};
  mail.signed_off = false;
  Feed(mail);
  Work(kNow + 60);
  EXPECT_EQ(StateOf(1), store::SeriesState::kReviewed);
}

// As `patchmilter review` reads two `git format-patch` runs from one file: no
// threads, no Message-IDs that tell, one second for all.
TEST_F(PipelineTest, TwoSeriesOfOneSecondAreToldApartByTheirOrder) {
  const char* kTitles[] = {"sub: change", "sub: rename", "mode",
                           "binary",      "no sob",      "symlink"};
  for (int i = 0; i < 6; ++i) {
    MailText mail;
    mail.id =
        fmt::format("{}{}", std::string(3, static_cast<char>('f' - i)), i);
    mail.subject = fmt::format("[PATCH {}/3] {}", i % 3 + 1, kTitles[i]);
    Feed(mail, kNow + i);
  }
  const auto series = store_->ListSeries("", 10);
  ASSERT_EQ(series->size(), 2U);
  for (const store::SeriesRow& row : *series) {
    ASSERT_EQ(row.series.patches.size(), 3U);
    const series::MailId first = row.series.patches.at(1);
    EXPECT_EQ(row.series.patches.at(2), first + 1);
    EXPECT_EQ(row.series.patches.at(3), first + 2);
  }
}

// No parser can be started for a while.
class AbsentParser : public MailParser {
 public:
  Status ParseAll(const std::vector<std::string_view>& mails,
                  const Take& take) override {
    if (absent) return Temporary("no process can be started");
    return direct_.ParseAll(mails, take);
  }
  bool absent = true;

 private:
  DirectParser direct_;
};

TEST_F(PipelineTest, AFaultOfOursIsNoAttemptOfTheMails) {
  AbsentParser parser;
  pipeline_ = std::make_unique<Pipeline>(&config_, store_.get(), &parser,
                                         PipelineOptions{});
  std::vector<store::NewMail> mails;
  for (const char* id : {"a", "b"}) {
    store::NewMail mail;
    mail.list = "dri-devel";
    mail.arrival = kNow;
    mail.raw = MailText{.id = id}.Text();
    mails.push_back(mail);
  }
  ASSERT_TRUE(store_->Ingest(mails, "", "").ok());
  for (int i = 0; i < 5; ++i) {
    const auto parsed = pipeline_->ParsePending(10);
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().kind, ErrorKind::kTemporary);
  }
  parser.absent = false;
  EXPECT_EQ(*pipeline_->ParsePending(10), 2);
  EXPECT_EQ(store_->LoadMail(1)->state, store::MailState::kParsed);
  EXPECT_EQ(store_->LoadMail(2)->state, store::MailState::kParsed);
}

TEST_F(PipelineTest, OldMailIsGroupedAndNeverReviewed) {
  Feed({.id = "dated", .date = kNow - 30 * 86400});
  Work(kNow + 100);
  EXPECT_EQ(StateOf(1), store::SeriesState::kGrouped);
  EXPECT_NE(Series(1).reason.find("old"), std::string::npos);
  // Came long ago (the daemon was down), dated in the future.
  Feed({.id = "came", .author = "B <b@example.org>", .date = kNow + 86400},
       kNow - 5 * 86400);
  Work(kNow + 100);
  EXPECT_EQ(StateOf(2), store::SeriesState::kGrouped);
  EXPECT_TRUE(Outbox(1).empty());
  EXPECT_TRUE(Outbox(2).empty());
}

TEST_F(PipelineTest, WhoOptedOutIsLeftAlone) {
  config_.review.opt_out = {"AUTHOR@example.org"};
  Feed({.id = "one"});
  Feed({.id = "two", .author = "B <b@example.org>"});
  Work(kNow + 60);
  EXPECT_EQ(StateOf(1), store::SeriesState::kGrouped);
  EXPECT_EQ(Series(1).reason, "AUTHOR@example.org has opted out");
  EXPECT_EQ(StateOf(2), store::SeriesState::kReviewed);
}

TEST_F(PipelineTest, StableReviewIsGroupedAndReviewedOnlyOnDemand) {
  const MailText mails[] = {{.id = "sel", .subject = "[PATCH AUTOSEL 6.1] one"},
                            {.id = "rev",
                             .subject = "[PATCH 6.1 001/001] two",
                             .author = "B <b@example.org>",
                             .extra_headers = "X-stable: review\r\n"}};
  for (const MailText& mail : mails) Feed(mail);
  Work(kNow + 60);
  for (const series::SeriesId id : {1, 2}) {
    EXPECT_EQ(StateOf(id), store::SeriesState::kGrouped) << id;
    EXPECT_NE(Series(id).reason.find("review.stable"), std::string::npos) << id;
    EXPECT_TRUE(Outbox(id).empty()) << id;
  }
  config_.review.stable = true;
  Feed({.id = "more",
        .subject = "[PATCH AUTOSEL 6.6] three",
        .author = "C <c@example.org>"});
  Work(kNow + 60);
  EXPECT_EQ(StateOf(3), store::SeriesState::kReviewed);
}

TEST_F(PipelineTest, OwnAutomaticAndUntaggedMailIsNotReviewed) {
  Feed({.id = "own", .extra_headers = "X-Patchmilter: v=1\r\n"});
  Feed({.id = "auto", .extra_headers = "Auto-Submitted: auto-replied\r\n"});
  Feed({.id = "reply", .subject = "Re: [PATCH] x"});
  Feed({.id = "bare", .subject = "what about this"});
  Work(kNow + 100'000);
  for (const series::SeriesId id : {1, 2, 3, 4}) {
    EXPECT_TRUE(Outbox(id).empty()) << id;
  }
  EXPECT_EQ(store_->Count()->outbox.size(), 0U);
}

// What v1 was told is told v2 in one line, and v3 that it is fixed.
TEST_F(PipelineTest, ARevisionIsNotToldAgainWhatTheOneBeforeWasTold) {
  Feed({.id = "v1", .signed_off = false});
  Work(kNow + 100);
  Feed({.id = "v2",
        .subject = "[PATCH v2] lib: say hello",
        .parent = "v1",
        .date = kNow + 1000,
        .signed_off = false},
       kNow + 1000);
  Work(kNow + 1100);
  ASSERT_EQ(StateOf(2), store::SeriesState::kReviewed);
  EXPECT_EQ(Outbox(2),
            (Rows{"archive original", "archive series", "list series"}))
      << "no patch mail again";
  const auto second = store_->Outbox(2);
  const std::string& mail = second->at(1).mail.bytes;
  EXPECT_NE(mail.find("Still present"), std::string::npos) << mail;
  EXPECT_NE(mail.find("since v1"), std::string::npos) << mail;
  EXPECT_EQ(mail.find("No issues found"), std::string::npos) << mail;
  auto reviews = store_->Reviews(2);
  ASSERT_EQ(reviews->size(), 1U);
  ASSERT_EQ(reviews->at(0).findings.size(), 1U);
  EXPECT_EQ(reviews->at(0).findings[0].fate, "still-present");
  EXPECT_EQ(reviews->at(0).findings[0].since, 1);

  Feed({.id = "v3",
        .subject = "[PATCH v3] lib: say hello",
        .parent = "v2",
        .date = kNow + 2000},
       kNow + 2000);
  Work(kNow + 2100);
  reviews = store_->Reviews(3);
  ASSERT_EQ(reviews->size(), 1U);
  EXPECT_EQ(reviews->at(0).verdict, "clean");
  ASSERT_EQ(reviews->at(0).findings.size(), 1U);
  EXPECT_EQ(reviews->at(0).findings[0].fate, "fixed");
  const auto third = store_->Outbox(3);
  EXPECT_NE(third->at(1).mail.bytes.find("is fixed"), std::string::npos)
      << third->at(1).mail.bytes;
}

// A revision that nobody reviewed hides nothing.
TEST_F(PipelineTest, TheMemoryReachesBehindASupersededRevision) {
  Feed({.id = "v1", .signed_off = false});
  Work(kNow + 100);
  Feed({.id = "v2",
        .subject = "[PATCH v2] lib: say hello",
        .parent = "v1",
        .date = kNow + 1000,
        .signed_off = false},
       kNow + 1000);
  Feed({.id = "v3",
        .subject = "[PATCH v3] lib: say hello",
        .parent = "v2",
        .date = kNow + 1010,
        .signed_off = false},
       kNow + 1010);
  Work(kNow + 1200);
  EXPECT_EQ(StateOf(2), store::SeriesState::kSuperseded);
  const auto reviews = store_->Reviews(3);
  ASSERT_EQ(reviews->size(), 1U);
  ASSERT_EQ(reviews->at(0).findings.size(), 1U);
  EXPECT_EQ(reviews->at(0).findings[0].fate, "still-present");
  EXPECT_EQ(reviews->at(0).findings[0].since, 1);
}

TEST_F(PipelineTest, AJobThatIsQueuedWhenItsSuccessorComesIsCancelled) {
  Feed({.id = "v1", .subject = "[PATCH] lib: say hello"});
  ASSERT_TRUE(pipeline_->Schedule(kNow + 60).ok());
  EXPECT_EQ(StateOf(1), store::SeriesState::kQueued);
  Feed({.id = "v2", .subject = "[PATCH v2] lib: say hello", .parent = "v1"},
       kNow + 61);
  Work(kNow + 62);
  EXPECT_EQ(StateOf(1), store::SeriesState::kSuperseded);
  EXPECT_TRUE(Outbox(1).empty());
}

TEST_F(PipelineTest, TheKillSwitchAndTheDaysLimitHold) {
  config_.review.enabled = false;
  Feed({.id = "one"});
  Work(kNow + 100);
  EXPECT_EQ(StateOf(1), store::SeriesState::kWaiting);
  config_.review.enabled = true;
  config_.review.max_reviews_per_day = 1;
  Feed({.id = "two", .author = "B <b@example.org>"});
  Work(kNow + 200);
  Work(kNow + 300);
  EXPECT_EQ(StateOf(1), store::SeriesState::kReviewed);
  EXPECT_EQ(StateOf(2), store::SeriesState::kWaiting);
  Work(kNow + 200 + 86401);
  EXPECT_EQ(StateOf(2), store::SeriesState::kReviewed);
}

TEST_F(PipelineTest, AReviewThatKillsItsProcessIsSetAside) {
  Feed({.id = "one"});
  ASSERT_TRUE(pipeline_->Schedule(kNow + 60).ok());
  for (int i = 0; i < 3; ++i) {
    // Leased, and then the process is gone.
    ASSERT_TRUE(store_->LeaseJob(kNow + 60, 10)->has_value());
    ASSERT_TRUE(store_->ReleaseAllLeases().ok());
  }
  Work(kNow + 61);
  EXPECT_EQ(StateOf(1), store::SeriesState::kFailed);
  EXPECT_NE(store_->FailedJobs(1)->at(0).reason.find("died"),
            std::string::npos);
  EXPECT_TRUE(Outbox(1).empty());
}

TEST_F(PipelineTest, AMailThatWeHaveCutIsNotCalledMangled) {
  store::NewMail mail;
  mail.list = "dri-devel";
  mail.arrival = kNow;
  mail.raw = MailText{.id = "cut"}.Text();
  mail.raw.resize(mail.raw.find("+int b;"));
  ASSERT_TRUE(store_->Ingest({mail}, "", "").ok());
  mail.raw = MailText{.id = "ours", .author = "B <b@example.org>"}.Text();
  mail.raw.resize(mail.raw.find("+int b;"));
  mail.truncated = true;  // By the milter, at intake.max_message.
  ASSERT_TRUE(store_->Ingest({mail}, "", "").ok());
  ASSERT_EQ(*pipeline_->ParsePending(10), 2);
  Work(kNow + 60);
  // The sender's cut is a finding; ours is not, and the mail is not archived
  // as if it were whole.
  EXPECT_EQ(store_->Reviews(1)->at(0).verdict, "findings");
  EXPECT_EQ(store_->Reviews(2)->at(0).verdict, "not-reviewed");
  EXPECT_EQ(Outbox(2), (Rows{"archive series", "list series"}));
}

class BrokenEngine : public review::Engine {
 public:
  Result<review::EngineResult> Review(
      const review::SeriesUnderReview& /*series*/) override {
    ++calls;
    return Temporary("the engine is broken");
  }
  int calls = 0;
};

TEST_F(PipelineTest, WhatCouldNotBeReviewedIsSaidOnceNeverSilence) {
  auto broken = std::make_unique<BrokenEngine>();
  BrokenEngine* engine = broken.get();
  engine_ = std::move(broken);
  Restart();
  Feed({.id = "one"});
  Work(kNow + 60);
  EXPECT_EQ(engine->calls, 1);
  EXPECT_TRUE(Outbox(1).empty());
  Work(kNow + 10'000);
  Work(kNow + 20'000);
  EXPECT_EQ(engine->calls, 3);
  EXPECT_EQ(Outbox(1),
            (Rows{"archive original", "archive series", "list series"}));
  const auto outbox = store_->Outbox(1);
  EXPECT_EQ(outbox->back().mail.bytes.find("No issues"), std::string::npos);
  const std::string& told = outbox->back().mail.bytes;
  EXPECT_NE(told.find("This series could not be reviewed"), std::string::npos)
      << told;
  EXPECT_NE(told.find("the reviewer itself has failed"), std::string::npos)
      << told;
  // What it was is for the log.
  EXPECT_EQ(told.find("the engine is broken"), std::string::npos) << told;
  EXPECT_NE(told.find("\nEngine: checks, patchmilter "), std::string::npos)
      << told;
  EXPECT_EQ(store_->Reviews(1)->at(0).verdict, store::kNotReviewed);
}

// What was not read can be read later: in a next round, once.
TEST_F(PipelineTest, WhatCouldNotBeReviewedCanBeRetried) {
  auto checks = std::move(engine_);
  engine_ = std::make_unique<BrokenEngine>();
  Restart();
  Feed({.id = "one", .signed_off = false});
  for (const UnixSeconds at : {60, 10'000, 20'000}) Work(kNow + at);
  ASSERT_EQ(store_->Reviews(1)->size(), 1U);
  ASSERT_EQ(store_->Reviews(1)->at(0).verdict, store::kNotReviewed);
  Work(kNow + 30'000);
  EXPECT_EQ(store_->Reviews(1)->size(), 1U);  // Not by itself.
  engine_ = std::move(checks);
  Restart();
  ASSERT_TRUE(store_->RetrySeries(1, kNow + 30'000).ok());
  Work(kNow + 30'000);
  const auto reviews = store_->Reviews(1);
  ASSERT_EQ(reviews->size(), 2U);
  EXPECT_EQ(reviews->at(1).verdict, "findings");
  EXPECT_EQ(*store_->CoveredPatches(1), (std::vector<std::int64_t>{1}));
  const auto outbox = store_->Outbox(1);
  EXPECT_TRUE(std::any_of(outbox->begin(), outbox->end(), [](const auto& row) {
    return row.mail.bytes.find(
               "Round 2: patch 1, which no earlier round has read") !=
           std::string::npos;
  }));
  EXPECT_EQ(store_->RetrySeries(1, kNow + 30'000).error().kind,
            ErrorKind::kInvalidInput);
}

TEST_F(PipelineTest, AMailThatKillsThisProcessIsSetAsideAndTheNextIsRead) {
  store::NewMail mail;
  mail.list = "dri-devel";
  mail.arrival = kNow;
  mail.raw = MailText{.id = "poison"}.Text();
  store::NewMail next = mail;
  next.raw = MailText{.id = "good"}.Text();
  ASSERT_TRUE(store_->Ingest({mail, next}, "", "").ok());
  for (int i = 0; i < 3; ++i) {
    // Counted, and then the process is gone.
    const auto pending = store_->PendingMails(1, 1 << 20);
    ASSERT_TRUE(store_->CountParseAttempt(*pending).ok());
  }
  Restart();
  while (*pipeline_->ParsePending(10) > 0) {
  }
  EXPECT_EQ(store_->LoadMail(1)->state, store::MailState::kUnreadable);
  EXPECT_EQ(store_->LoadMail(2)->state, store::MailState::kParsed);
}

TEST_F(PipelineTest, ARestartAfterEveryMailGroupsTheSame) {
  const char* kOrder[] = {"3", "c", "1", "2"};
  for (const char* id : kOrder) {
    MailText mail;
    mail.id = id;
    if (mail.id == "c") {
      mail.subject = "[PATCH 0/3] three";
      mail.diff = false;
    } else {
      mail.subject = fmt::format("[PATCH {}/3] part {}", id, id);
      mail.parent = "c";
    }
    Feed(mail);
    Restart();
  }
  const auto series = store_->ListSeries("", 10);
  ASSERT_EQ(series->size(), 1U);
  EXPECT_TRUE(series->at(0).series.complete());
  EXPECT_TRUE(series->at(0).series.cover.has_value());
}

}  // namespace
}  // namespace patchmilter::app
