// What store/store.h promises, against a real file.
#include "store/store.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "base/files.h"
#include "tests/store/store_fixture.h"

namespace patchmilter::store {
namespace {

TEST_F(StoreTest, IngestStoresMailsAndCursorTogether) {
  const auto added = store_->Ingest({Mail("a"), Mail("b")}, "intake", "1:8192");
  ASSERT_TRUE(added.ok());
  EXPECT_EQ(*added, 2);
  store_ = Reopen();
  EXPECT_EQ(*store_->Cursor("intake"), "1:8192");
  EXPECT_EQ(*store_->Cursor("other"), "");
  const auto pending = store_->PendingMails(10, 1 << 20);
  ASSERT_TRUE(pending.ok());
  ASSERT_EQ(pending->size(), 2U);
  EXPECT_EQ(pending->at(0).raw, Mail("a").raw);
}

TEST_F(StoreTest, AUniqueSourceIsTakenOnce) {
  NewMail mail = Mail("a");
  mail.unique_source = true;
  EXPECT_EQ(*store_->Ingest({mail}, "", ""), 1);
  EXPECT_EQ(*store_->Ingest({mail}, "", ""), 0);
  mail.unique_source = false;
  EXPECT_EQ(*store_->Ingest({mail}, "", ""), 1);
}

TEST_F(StoreTest, RawBytesComeBackExactly) {
  NewMail mail = Mail("a");
  mail.raw = std::string("Subject: x\r\n\r\n\0\xff\x80 \r\r\n", 21);
  ASSERT_TRUE(store_->Ingest({mail}, "", "").ok());
  EXPECT_EQ(*store_->LoadRaw(1), mail.raw);
}

TEST_F(StoreTest, AMailThatWasTriedComesAlone) {
  ASSERT_TRUE(store_->Ingest({Mail("a"), Mail("b"), Mail("c")}, "", "").ok());
  auto pending = store_->PendingMails(1, 1 << 20);
  ASSERT_TRUE(store_->CountParseAttempt(*pending).ok());
  pending = store_->PendingMails(10, 1 << 20);
  ASSERT_EQ(pending->size(), 1U);
  EXPECT_EQ(pending->at(0).attempts, 1);
}

TEST_F(StoreTest, AttemptsAreCountedForTheWholeBatchAndTakenBack) {
  ASSERT_TRUE(
      store_->Ingest({Mail("a"), Mail("b"), Mail("c"), Mail("d")}, "", "")
          .ok());
  ASSERT_TRUE(store_->CommitParsed({Parsed(2, "b")}, {}).ok());
  const auto pending = store_->PendingMails(2, 1 << 20);  // a and c
  ASSERT_TRUE(store_->CountParseAttempt(*pending).ok());
  store_ = Reopen();
  const std::int64_t kCounted[] = {1, 0, 1, 0};
  for (MailId id = 1; id <= 4; ++id) {
    EXPECT_EQ(store_->LoadMail(id)->attempts, kCounted[id - 1]) << id;
  }
  ASSERT_TRUE(store_->ForgetParseAttempt(*pending).ok());
  EXPECT_EQ(store_->PendingMails(10, 1 << 20)->size(), 3U);
  EXPECT_TRUE(store_->CountParseAttempt({}).ok());
}

TEST_F(StoreTest, PendingMailsAreBoundedByBytes) {
  NewMail large = Mail("a");
  large.raw.assign(1000, 'x');
  ASSERT_TRUE(store_->Ingest({large, large, large}, "", "").ok());
  EXPECT_EQ(store_->PendingMails(10, 2000)->size(), 2U);
  EXPECT_EQ(store_->PendingMails(10, 1)->size(), 1U);
}

TEST_F(StoreTest, ParsedMailsComeBackWholeAndInTheOrderOfFeeding) {
  MakeSeries(2, 2);
  store_ = Reopen();
  std::vector<series::MailFacts> facts;
  ASSERT_TRUE(store_
                  ->ForEachFacts([&](const series::MailFacts& one) {
                    facts.push_back(one);
                  })
                  .ok());
  ASSERT_EQ(facts.size(), 2U);
  EXPECT_EQ(facts[0].id, 1);
  EXPECT_EQ(facts[0].message_id, "1@example.org");
  EXPECT_EQ(facts[0].references, (std::vector<std::string>{"a@b", "c@d"}));
  EXPECT_EQ(facts[1].id, 2);
  const auto patch = store_->LoadPatchMail(2);
  ASSERT_TRUE(patch.ok());
  EXPECT_EQ(patch->message, "message of 2");
  EXPECT_TRUE(store_->PendingMails(10, 1 << 20)->empty());
}

TEST_F(StoreTest, OnlyWhatMayBeReviewedKeepsItsParsedForm) {
  using mime::MailKind;
  MailId id = 0;
  for (const MailKind kind :
       {MailKind::kPatch, MailKind::kCover, MailKind::kUntaggedDiff,
        MailKind::kReply, MailKind::kReplyWithDiff, MailKind::kOther}) {
    ++id;
    const std::string name = std::to_string(id);
    ASSERT_TRUE(store_->Ingest({Mail(name)}, "", "").ok());
    ASSERT_TRUE(store_->CommitParsed({Parsed(id, name, kind)}, {}).ok());
    EXPECT_EQ(store_->LoadPatchMail(id).ok(), id <= 3) << id;
    EXPECT_TRUE(store_->LoadRaw(id).ok());
  }
}

TEST_F(StoreTest, MembersAreWrittenAsTheyAreNow) {
  MakeSeries(4, 4);
  const std::map<std::int64_t, MailId> kSteps[] = {
      {{1, 1}, {2, 2}, {3, 3}, {4, 4}}, {{1, 2}, {2, 1}, {4, 4}}, {{7, 1}}};
  for (const auto& members : kSteps) {
    ASSERT_TRUE(store_->CommitParsed({}, {Update(1, members, 4)}).ok());
    EXPECT_EQ(store_->LoadSeries(1)->series.patches, members);
    EXPECT_EQ(*store_->SeriesOfMail(1), 1);
    EXPECT_EQ(store_->SeriesOfMail(3)->has_value(), members.contains(3));
  }
}

TEST_F(StoreTest, TheSameMailAgainIsADuplicate) {
  MakeSeries(1, 1);
  ASSERT_TRUE(store_->Ingest({Mail("1 again")}, "", "").ok());
  ParsedMail again = Parsed(2, "1");
  ASSERT_TRUE(store_->CommitParsed({again}, {}).ok());
  const auto row = store_->LoadMail(2);
  ASSERT_TRUE(row.ok());
  EXPECT_EQ(row->state, MailState::kDuplicate);
  EXPECT_EQ(row->duplicate_of, 1);
  // The same id with other content is another mail.
  ASSERT_TRUE(store_->Ingest({Mail("1 other")}, "", "").ok());
  ParsedMail other = Parsed(3, "1");
  other.facts.content_hash = "other";
  ASSERT_TRUE(store_->CommitParsed({other}, {}).ok());
  EXPECT_EQ(store_->LoadMail(3)->state, MailState::kParsed);
}

TEST_F(StoreTest, AnUnreadableMailIsKeptWithItsReason) {
  ASSERT_TRUE(store_->Ingest({Mail("a")}, "", "").ok());
  ParsedMail unreadable;
  unreadable.id = 1;
  unreadable.reason = "its parser died: signal 11";
  ASSERT_TRUE(store_->CommitParsed({unreadable}, {}).ok());
  const auto rows = store_->UnreadableMails(10);
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->at(0).reason, "its parser died: signal 11");
  EXPECT_EQ(*store_->LoadRaw(1), Mail("a").raw);
}

TEST_F(StoreTest, ASeriesIsReadyAtItsTimeAndNotBefore) {
  MakeSeries(2, 2);
  EXPECT_TRUE(store_->ReadySeries(kNow + 59, 10)->empty());
  const auto ready = store_->ReadySeries(kNow + 60, 10);
  ASSERT_EQ(ready->size(), 1U);
  EXPECT_EQ(ready->at(0).series.patches.size(), 2U);
  EXPECT_EQ(*store_->NextReadyAt(), kNow + 60);
}

TEST_F(StoreTest, AJobIsCountedBeforeItIsTriedAndLeasedOnce) {
  MakeSeries(1, 1);
  ASSERT_TRUE(store_->QueueReview(1, "key", kNow).ok());
  EXPECT_EQ(StateOf(1), SeriesState::kQueued);
  auto second = Reopen();
  const auto job = store_->LeaseJob(kNow, 100);
  ASSERT_TRUE(job.ok() && job->has_value());
  EXPECT_EQ((*job)->attempts, 1);
  EXPECT_FALSE(second->LeaseJob(kNow, 100)->has_value());
  // The process dies: its lease runs out, the attempt stays counted.
  ASSERT_TRUE(second->ReleaseExpiredLeases(kNow + 100).ok());
  EXPECT_FALSE(second->LeaseJob(kNow, 100)->has_value());
  ASSERT_TRUE(second->ReleaseExpiredLeases(kNow + 101).ok());
  const auto again = second->LeaseJob(kNow + 101, 100);
  ASSERT_TRUE(again.ok() && again->has_value());
  EXPECT_EQ((*again)->attempts, 2);
  EXPECT_EQ((*again)->round, 1);
}

TEST_F(StoreTest, AReviewIsCommittedOnceWithItsMails) {
  MakeSeries(2, 2);
  ASSERT_TRUE(store_->QueueReview(1, "key", kNow).ok());
  const Job job = **store_->LeaseJob(kNow, 100);
  const ReviewRecord record = Record(job, {{1, 1}, {2, 2}});
  EXPECT_TRUE(*store_->CommitReview(record, kNow));
  EXPECT_EQ(StateOf(1), SeriesState::kReviewed);
  EXPECT_EQ(store_->DueMails(kNow, 10)->size(), 1U);
  // The job is done: a second commit changes nothing.
  EXPECT_FALSE(*store_->CommitReview(record, kNow));
  EXPECT_EQ(store_->DueMails(kNow, 10)->size(), 1U);
  EXPECT_EQ(store_->CoveredPatches(1)->size(), 2U);
}

TEST_F(StoreTest, WhatIsRememberedOfAFindingIsKept) {
  MakeSeries(1, 1);
  ASSERT_TRUE(store_->QueueReview(1, "key", kNow).ok());
  ReviewRecord record = Record(**store_->LeaseJob(kNow, 100), {{1, 1}});
  FindingRow fresh;
  fresh.patch = 1;
  fresh.title = "new";
  fresh.mark = "v=1; fp=0123456789abcdef";
  FindingRow again = fresh;
  again.title = "again";
  again.fate = "still-present";
  again.since = 3;
  FindingRow fell;
  fell.title = "fell";
  fell.dropped_by = "cap";
  record.findings = {fresh, again, fell};
  EXPECT_TRUE(*store_->CommitReview(record, kNow));
  const auto reviews = store_->Reviews(1);
  ASSERT_EQ(reviews->size(), 1U);
  const std::vector<FindingRow>& rows = reviews->at(0).findings;
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].fate, "");
  EXPECT_EQ(rows[0].mark, fresh.mark);
  EXPECT_EQ(rows[1].fate, "still-present");
  EXPECT_EQ(rows[1].since, 3);
  EXPECT_EQ(rows[2].mark, "");
  EXPECT_EQ(store_->Count()->findings, 1) << "what was told before is not new";
}

TEST_F(StoreTest, HeldMailsAreDueOnlyWhenTheyAreReleased) {
  MakeSeries(1, 1);
  ASSERT_TRUE(store_->QueueReview(1, "key", kNow).ok());
  ReviewRecord record = Record(**store_->LeaseJob(kNow, 100), {{1, 1}});
  record.hold = true;
  EXPECT_TRUE(*store_->CommitReview(record, kNow));
  EXPECT_TRUE(store_->DueMails(kNow + 1'000'000, 10)->empty());
  EXPECT_EQ(store_->Outbox(1)->size(), 1U);
  ASSERT_TRUE(store_->ReleaseHeld(kNow + 5).ok());
  EXPECT_TRUE(store_->DueMails(kNow + 4, 10)->empty());
  EXPECT_EQ(store_->DueMails(kNow + 5, 10)->size(), 1U);
}

TEST_F(StoreTest, ALatePatchMakesASecondRoundAndNothingElseDoes) {
  MakeSeries(2, 3);
  ASSERT_TRUE(store_->QueueReview(1, "key", kNow).ok());
  const Job job = **store_->LeaseJob(kNow, 100);
  // Patch 3 arrives while the review of 1 and 2 runs.
  ASSERT_TRUE(store_->Ingest({Mail("3")}, "", "").ok());
  ASSERT_TRUE(store_
                  ->CommitParsed({Parsed(3, "3")},
                                 {Update(1, {{1, 1}, {2, 2}, {3, 3}}, 3)})
                  .ok());
  EXPECT_TRUE(*store_->CommitReview(Record(job, {{1, 1}, {2, 2}}), kNow + 5));
  EXPECT_EQ(StateOf(1), SeriesState::kWaiting);
  ASSERT_TRUE(store_->QueueReview(1, "other key", kNow).ok());
  const Job second = **store_->LeaseJob(kNow, 100);
  EXPECT_EQ(second.round, 2);
  EXPECT_EQ(store_->LoadSeries(1)->review_key, "key");  // Fixed in round 1.
  EXPECT_EQ(*store_->CoveredPatches(1), (std::vector<std::int64_t>{1, 2}));
  EXPECT_TRUE(*store_->CommitReview(Record(second, {{3, 3}}), kNow));
  EXPECT_EQ(StateOf(1), SeriesState::kReviewed);
  // A cover that comes late is no new patch.
  ASSERT_TRUE(store_->Ingest({Mail("0")}, "", "").ok());
  SeriesUpdate update = Update(1, {{1, 1}, {2, 2}, {3, 3}}, 3);
  update.series.cover = 4;
  ASSERT_TRUE(
      store_->CommitParsed({Parsed(4, "0", mime::MailKind::kCover)}, {update})
          .ok());
  EXPECT_EQ(StateOf(1), SeriesState::kReviewed);
}

TEST_F(StoreTest, ARemovedSeriesTakesItsJobWithIt) {
  MakeSeries(1, 1);
  ASSERT_TRUE(store_->QueueReview(1, "key", kNow).ok());
  const Job job = **store_->LeaseJob(kNow, 100);
  SeriesUpdate removal;
  removal.id = 1;
  removal.removed = true;
  ASSERT_TRUE(store_->CommitParsed({}, {removal}).ok());
  EXPECT_FALSE(*store_->CommitReview(Record(job, {{1, 1}}), kNow));
  EXPECT_TRUE(store_->DueMails(kNow, 10)->empty());
  EXPECT_TRUE(store_->ListSeries("", 10)->empty());
}

TEST_F(StoreTest, AJobThatFailsForGoodIsShownAndCanBeRetried) {
  MakeSeries(1, 1);
  ASSERT_TRUE(store_->QueueReview(1, "key", kNow).ok());
  const Job job = **store_->LeaseJob(kNow, 100);
  ASSERT_TRUE(store_->FailJob(job, "broken", kNow + 60, kNow).ok());
  EXPECT_FALSE(store_->LeaseJob(kNow + 59, 100)->has_value());
  const Job again = **store_->LeaseJob(kNow + 60, 100);
  ASSERT_TRUE(store_->FailJob(again, "broken", std::nullopt, kNow).ok());
  EXPECT_EQ(StateOf(1), SeriesState::kFailed);
  const auto failed = store_->FailedJobs(10);
  ASSERT_EQ(failed->size(), 1U);
  EXPECT_EQ(failed->at(0).reason, "broken");
  EXPECT_EQ(failed->at(0).job.attempts, 2);
  ASSERT_TRUE(store_->RetrySeries(1, kNow).ok());
  EXPECT_TRUE(store_->LeaseJob(kNow, 100)->has_value());
  EXPECT_EQ(store_->RetrySeries(1, kNow).error().kind,
            ErrorKind::kInvalidInput);
}

TEST_F(StoreTest, OutboxRowsWalkTheirWay) {
  MakeSeries(1, 1);
  ASSERT_TRUE(store_->QueueReview(1, "key", kNow).ok());
  ReviewRecord record = Record(**store_->LeaseJob(kNow, 100), {{1, 1}});
  OutboxMail original;
  original.destination = "archive";
  original.kind = "original";
  original.original = 1;
  original.unique_key = "original 1";
  record.outbox.insert(record.outbox.begin(), original);
  record.outbox.push_back(original);  // The same key: one row.
  ASSERT_TRUE(*store_->CommitReview(record, kNow));
  auto due = store_->DueMails(kNow, 10);
  ASSERT_EQ(due->size(), 2U);
  EXPECT_EQ(due->at(0).kind, "original");  // In the order of insertion.
  EXPECT_EQ(due->at(0).original, 1);
  ASSERT_TRUE(store_->CountDeliveryAttempt(due->at(0).id).ok());
  ASSERT_TRUE(store_->MarkRetry(due->at(0).id, kNow + 30, "later").ok());
  due = store_->DueMails(kNow, 10);
  ASSERT_EQ(due->size(), 1U);
  ASSERT_TRUE(store_->MarkSent(due->at(0).id, kNow).ok());
  due = store_->DueMails(kNow + 30, 10);
  ASSERT_EQ(due->size(), 1U);
  EXPECT_EQ(due->at(0).attempts, 1);
  ASSERT_TRUE(store_->MarkSetAside(due->at(0).id, "550 no").ok());
  EXPECT_TRUE(store_->DueMails(kNow + 100, 10)->empty());
  const auto failed = store_->FailedMails(10);
  ASSERT_EQ(failed->size(), 1U);
  EXPECT_EQ(failed->at(0).reason, "550 no");
  EXPECT_EQ(store_->Count()->outbox.at("sent"), 1);
}

TEST_F(StoreTest, AKilledWriterLeavesWholeTransactions) {
  // A child stores batches of three mails until it is killed.
  int ready[2] = {-1, -1};
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = Store::Open(File());
    for (int i = 0; store.ok(); ++i) {
      const std::string cursor = std::to_string(3 * (i + 1));
      if (!(*store)
               ->Ingest({Mail("a"), Mail("b"), Mail("c")}, "k", cursor)
               .ok()) {
        break;
      }
      if (i == 3 && ::write(ready[1], "x", 1) != 1) break;
    }
    ::_exit(1);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  store_ = Reopen();
  const auto counts = store_->Count();
  ASSERT_TRUE(counts.ok());
  EXPECT_EQ(std::to_string(counts->mails.at("new")), *store_->Cursor("k"));
  EXPECT_GE(counts->mails.at("new"), 12);
}

TEST_F(StoreTest, OtherFilesAreRefusedAndLeftAlone) {
  store_.reset();
  const std::string other = directory_ + "/other";
  ASSERT_EQ(::system(("echo hello, this is no database at all, it is a text "
                      "> " +
                      other)
                         .c_str()),
            0);
  EXPECT_EQ(Store::Open(other).error().kind, ErrorKind::kPermanent);
  EXPECT_EQ(Store::OpenReadOnly(directory_ + "/none").error().kind,
            ErrorKind::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/none"));
  // A newer schema: refused with a word about what to do.
  ASSERT_EQ(
      ::system(("sqlite3 " + File() + " 'PRAGMA user_version=999'").c_str()),
      0);
  const auto newer = Store::Open(File());
  ASSERT_FALSE(newer.ok());
  EXPECT_NE(newer.error().message.find("newer patchmilter"), std::string::npos);
}

TEST_F(StoreTest, AnotherProgramsDatabaseIsNotTouched) {
  const std::string other = directory_ + "/other.db";
  ASSERT_EQ(::system(("sqlite3 " + other + " 'CREATE TABLE mails(x)'").c_str()),
            0);
  const auto before = ReadFile(other);
  ASSERT_TRUE(before.ok());
  EXPECT_EQ(Store::Open(other).error().kind, ErrorKind::kPermanent);
  EXPECT_EQ(*ReadFile(other), *before);
}

TEST_F(StoreTest, FirstStartIsKept) {
  EXPECT_EQ(*store_->FirstStart(kNow), kNow);
  store_ = Reopen();
  EXPECT_EQ(*store_->FirstStart(kNow + 100), kNow);
}

}  // namespace
}  // namespace patchmilter::store
