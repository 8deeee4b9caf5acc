// The journal and the ledger of state.db.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "store/store.h"
#include "tests/store/store_fixture.h"

namespace patchmilter::store {
namespace {

constexpr Seconds kHour = 3600;
constexpr Seconds kDay = 24 * kHour;

class JournalTest : public StoreTest {
 protected:
  static Spender Of(SeriesId series, std::int64_t round = 1) {
    Spender spender;
    spender.series = series;
    spender.round = round;
    spender.list = "dri-devel";
    spender.author = "A.U.Thor@Example.org";
    return spender;
  }

  static JournalRow Entry(const std::string& bytes) {
    JournalRow row;
    row.kind = "turn";
    row.bytes = bytes;
    return row;
  }

  static SpendingRow Spending(MicroDollars cost, bool estimated) {
    SpendingRow row;
    row.model = "large";
    row.input = 1000;
    row.cache_read = 800;
    row.cache_write = 100;
    row.output = 50;
    row.cost = cost;
    row.estimated = estimated;
    return row;
  }

  // A job of series 1, at work.
  Job Running() {
    MakeSeries(1, 1);
    EXPECT_TRUE(store_->QueueReview(1, "key", kNow).ok());
    return **store_->LeaseJob(kNow, 100);
  }

  void Append(const Spender& spender, const std::string& conversation,
              const std::string& bytes) {
    ASSERT_TRUE(
        store_
            ->AppendJournal(spender, conversation, Entry(bytes), nullptr, kNow)
            .ok());
  }

  void Spend(const Spender& spender, MicroDollars cost, bool estimated,
             UnixSeconds now = kNow) {
    const SpendingRow spending = Spending(cost, estimated);
    ASSERT_TRUE(
        store_->AppendJournal(spender, "a", Entry("x"), &spending, now).ok());
  }

  std::vector<std::string> Journal(const std::string& conversation,
                                   SeriesId series = 1,
                                   std::int64_t round = 1) {
    std::vector<std::string> entries;
    const auto rows = store_->LoadJournal(series, round, conversation);
    EXPECT_TRUE(rows.ok());
    for (const JournalRow& row : *rows) entries.push_back(row.bytes);
    return entries;
  }

  MicroDollars CostOf(SeriesId series, std::int64_t round = 1) {
    return store_->SpentBy(Of(series, round), kNow)->review.cost;
  }
};

using Entries = std::vector<std::string>;

TEST_F(JournalTest, EntriesComeBackAsTheyWere) {
  JournalRow request;
  request.kind = "request";
  request.bytes = "0123abcd";
  JournalRow input;
  input.kind = "input";
  input.bytes = std::string("\0\xff\r\n{", 5);
  input.effects = std::string("\xfe\0", 2);
  ASSERT_TRUE(store_->AppendJournal(Of(1), "a", request, nullptr, kNow).ok());
  ASSERT_TRUE(store_->AppendJournal(Of(1), "a", input, nullptr, kNow).ok());
  Append(Of(1), "b", "other conversation");
  Append(Of(1, 2), "a", "other round");
  Append(Of(2), "a", "other series");
  store_ = Reopen();
  const auto rows = store_->LoadJournal(1, 1, "a");
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ(rows->at(0).kind, "request");
  EXPECT_EQ(rows->at(0).bytes, request.bytes);
  EXPECT_EQ(rows->at(0).effects, "");
  EXPECT_EQ(rows->at(1).kind, "input");
  EXPECT_EQ(rows->at(1).bytes, input.bytes);
  EXPECT_EQ(rows->at(1).effects, input.effects);
  EXPECT_TRUE(store_->LoadJournal(1, 1, "none")->empty());
}

TEST_F(JournalTest, TwoStoresAddToOneFile) {
  auto other = Reopen();
  for (int i = 0; i < 4; ++i) {
    Store* store = i % 2 == 0 ? store_.get() : other.get();
    const SpendingRow spending = Spending(10, false);
    ASSERT_TRUE(store
                    ->AppendJournal(Of(1), "a", Entry(std::to_string(i)),
                                    &spending, kNow)
                    .ok());
  }
  EXPECT_EQ(Journal("a"), (Entries{"0", "1", "2", "3"}));
  EXPECT_EQ(other->SpentBy(Of(1), kNow)->day, 40);
}

TEST_F(JournalTest, IsCutWhereItIsTold) {
  for (const char* bytes : {"0", "1", "2"}) Append(Of(1), "a", bytes);
  Append(Of(1), "b", "kept");
  Spend(Of(1), 7, false);
  ASSERT_TRUE(store_->CutJournal(1, 1, "a", 1).ok());
  EXPECT_EQ(Journal("a"), Entries{"0"});
  EXPECT_EQ(Journal("b"), Entries{"kept"});
  EXPECT_EQ(CostOf(1), 7) << "what was spent stays";
  Append(Of(1), "a", "again");
  EXPECT_EQ(Journal("a"), (Entries{"0", "again"}));
  ASSERT_TRUE(store_->CutJournal(1, 1, "a", 0).ok());
  EXPECT_TRUE(Journal("a").empty());
}

TEST_F(JournalTest, AReviewThatIsCommittedTakesItsJournalAndLeavesItsLedger) {
  const Job job = Running();
  Append(Of(1), "a", "x");
  Spend(Of(1), 5, true);
  Append(Of(1, 2), "a", "other round");
  EXPECT_TRUE(*store_->CommitReview(Record(job, {{1, 1}}), kNow));
  EXPECT_TRUE(Journal("a").empty());
  EXPECT_EQ(Journal("a", 1, 2).size(), 1U);
  EXPECT_EQ(CostOf(1), 5);
}

TEST_F(JournalTest, ACancelledReviewTakesItsJournalAndWhatIsAddedThen) {
  const Job job = Running();
  Append(Of(1), "a", "x");
  ASSERT_TRUE(
      store_->CancelJob(job, SeriesState::kSuperseded, "newer", kNow).ok());
  EXPECT_TRUE(Journal("a").empty());
  // Its thread has not heard of it yet.
  Append(Of(1), "a", "late");
  EXPECT_FALSE(*store_->CommitReview(Record(job, {{1, 1}}), kNow));
  EXPECT_TRUE(Journal("a").empty());
  // Nor does it, where its process dies first.
  Append(Of(1), "a", "late");
  ASSERT_TRUE(store_->ReleaseAllLeases().ok());
  EXPECT_TRUE(Journal("a").empty());
}

TEST_F(JournalTest, ARemovedSeriesTakesItsJournal) {
  Running();
  Append(Of(1), "a", "x");
  SeriesUpdate removal;
  removal.id = 1;
  removal.removed = true;
  ASSERT_TRUE(store_->CommitParsed({}, {removal}).ok());
  EXPECT_TRUE(Journal("a").empty());
}

TEST_F(JournalTest, AJobThatIsTriedAgainKeepsItsJournalUntilItIsSetAside) {
  Job job = Running();
  Append(Of(1), "a", "x");
  ASSERT_TRUE(store_->FailJob(job, "busy", kNow + 60, kNow).ok());
  EXPECT_EQ(Journal("a"), Entries{"x"});
  job = **store_->LeaseJob(kNow + 60, 100);
  ASSERT_TRUE(store_->PauseJob(job, "no credit", kNow + 90, kNow).ok());
  EXPECT_EQ(Journal("a"), Entries{"x"});
  job = **store_->LeaseJob(kNow + 90, 100);
  ASSERT_TRUE(store_->ReleaseAllLeases().ok());
  EXPECT_EQ(Journal("a"), Entries{"x"});
  job = **store_->LeaseJob(kNow + 90, 100);
  ASSERT_TRUE(store_->FailJob(job, "broken", std::nullopt, kNow).ok());
  EXPECT_TRUE(Journal("a").empty());
}

TEST_F(JournalTest, WhatWasSpentTakesThePlaceOfTheEstimate) {
  Spend(Of(1), 100, true);
  auto spent = store_->SpentBy(Of(1), kNow);
  EXPECT_EQ(spent->review.cost, 100);
  EXPECT_TRUE(spent->review.estimated);
  EXPECT_EQ(spent->day, 100);
  EXPECT_EQ(spent->requests, 1);
  Spend(Of(1), 30, false);
  spent = store_->SpentBy(Of(1), kNow);
  EXPECT_EQ(spent->review.cost, 30);
  EXPECT_FALSE(spent->review.estimated);
  EXPECT_EQ(spent->review.model, "");
  EXPECT_EQ(spent->review.input, 1000U);
  EXPECT_EQ(spent->review.cache_read, 800U);
  EXPECT_EQ(spent->review.cache_write, 100U);
  EXPECT_EQ(spent->review.output, 50U);
  EXPECT_EQ(spent->day, 30);
  EXPECT_EQ(spent->month, 30);
  EXPECT_EQ(spent->list_day, 30);
  EXPECT_EQ(spent->author_day, 30);
  EXPECT_EQ(spent->requests, 1);
  // Nothing is open: a new row.
  Spend(Of(1), 1, false);
  EXPECT_EQ(store_->SpentBy(Of(1), kNow)->requests, 2);
  EXPECT_EQ(CostOf(1), 31);
}

TEST_F(JournalTest, EachLostAnswerCostsItsEstimate) {
  // A process that dies with each request, and then one that does not.
  for (int i = 0; i < 3; ++i) Spend(Of(1), 100, true);
  EXPECT_EQ(CostOf(1), 300);
  Spend(Of(1), 30, false);
  EXPECT_EQ(CostOf(1), 230);
  const auto spent = store_->SpentBy(Of(1), kNow);
  EXPECT_EQ(spent->requests, 3);
  EXPECT_TRUE(spent->review.estimated);
  EXPECT_EQ(spent->day, 230);
  // The lost ones are not replaced by what comes later.
  Spend(Of(1), 1, false);
  EXPECT_EQ(CostOf(1), 231);
}

TEST_F(JournalTest, EstimatesOfConversationsAreApart) {
  const SpendingRow estimate = Spending(100, true);
  const SpendingRow real = Spending(10, false);
  for (const char* conversation : {"a", "b"}) {
    ASSERT_TRUE(
        store_->AppendJournal(Of(1), conversation, Entry("x"), &estimate, kNow)
            .ok());
  }
  ASSERT_TRUE(store_->AppendJournal(Of(1), "b", Entry("y"), &real, kNow).ok());
  EXPECT_EQ(CostOf(1), 110);
  ASSERT_TRUE(store_->AppendJournal(Of(1), "a", Entry("y"), &real, kNow).ok());
  EXPECT_EQ(CostOf(1), 20);
}

TEST_F(JournalTest, ARequestThatWasRefusedCostsNothing) {
  Spend(Of(1), 100, true);
  ASSERT_TRUE(store_->SettleSpending(Of(1), "a", SpendingRow{}, kNow).ok());
  auto spent = store_->SpentBy(Of(1), kNow);
  EXPECT_EQ(spent->review.cost, 0);
  EXPECT_EQ(spent->review.input, 0U);
  EXPECT_EQ(spent->month, 0);
  EXPECT_EQ(Journal("a").size(), 1U);
  // It is closed: nothing to settle, and what comes is a row of its own.
  ASSERT_TRUE(
      store_->SettleSpending(Of(1), "a", Spending(9, false), kNow).ok());
  EXPECT_EQ(CostOf(1), 0);
  Spend(Of(1), 4, false);
  EXPECT_EQ(CostOf(1), 4);
  const auto totals = store_->SpendingSince(0);
  ASSERT_EQ(totals->size(), 1U);
  EXPECT_EQ(totals->at(0).model, "large") << "that of the estimate";
}

TEST_F(JournalTest, SumsAreOfTheirReviewAuthorListAndTime) {
  struct Row {
    SeriesId series;
    std::int64_t round;
    const char* list;
    const char* author;
    Seconds ago;
    MicroDollars cost;
  };
  const Row kRows[] = {
      {1, 1, "dri-devel", "a@b", 0, 1},
      {1, 2, "dri-devel", "A@B", 100, 20},
      {2, 1, "dri-devel", "c@d", kDay - 1, 300},
      {3, 1, "netdev", "a@b", kDay - 1, 4'000},
      {1, 1, "dri-devel", "a@b", kDay, 50'000},
      {1, 1, "dri-devel", "a@b", 30 * kDay - 1, 600'000},
      {1, 1, "dri-devel", "a@b", 30 * kDay, 7'000'000},
  };
  // Wherever in its hour the time stands.
  for (const Seconds within : {Seconds{0}, Seconds{1}, kHour / 2, kHour - 1}) {
    const UnixSeconds now = kNow / kHour * kHour + within;
    store_.reset();
    std::filesystem::remove_all(File());
    store_ = Reopen();
    for (const Row& row : kRows) {
      Spender spender;
      spender.series = row.series;
      spender.round = row.round;
      spender.list = row.list;
      spender.author = row.author;
      Spend(spender, row.cost, false, now - row.ago);
    }
    Spender spender = Of(1);
    spender.author = "a@B";
    const auto spent = store_->SpentBy(spender, now);
    ASSERT_TRUE(spent.ok()) << spent.error().message;
    EXPECT_EQ(spent->review.cost, 7'650'001) << within;
    EXPECT_EQ(spent->requests, 4);
    EXPECT_EQ(spent->author_day, 4'021) << within;
    EXPECT_EQ(spent->list_day, 321) << within;
    EXPECT_EQ(spent->day, 4'321) << within;
    EXPECT_EQ(spent->month, 654'321) << within;
  }
}

TEST_F(JournalTest, AnEstimateIsReplacedInTheHourOfItsRequest) {
  Spend(Of(1), 100, true, kNow - kDay + 1);
  Spend(Of(1), 10, false, kNow);  // Its answer took a day.
  const auto spent = store_->SpentBy(Of(1), kNow);
  EXPECT_EQ(spent->day, 10);
  EXPECT_EQ(store_->SpentBy(Of(1), kNow + 1)->day, 0);
  EXPECT_EQ(store_->SpentBy(Of(1), kNow + 1)->month, 10);
}

TEST_F(JournalTest, WhatIsBeyondBeliefIsCut) {
  SpendingRow spending = Spending(INT64_MAX, false);
  spending.input = UINT64_MAX;
  spending.output = UINT64_MAX;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(
        store_->AppendJournal(Of(1), "a", Entry("x"), &spending, kNow).ok());
  }
  spending.cost = -5;
  ASSERT_TRUE(
      store_->AppendJournal(Of(1), "a", Entry("x"), &spending, kNow).ok());
  const auto spent = store_->SpentBy(Of(1), kNow);
  ASSERT_TRUE(spent.ok()) << spent.error().message;
  EXPECT_EQ(spent->review.cost, 3 * kMaxCostOfRow);
  EXPECT_EQ(spent->review.input,
            4U * static_cast<std::uint64_t>(kMaxTokensOfRow));
}

TEST_F(JournalTest, SpendingIsTotaledByModelAndList) {
  Spend(Of(1), 5, false);
  Spend(Of(1), 5, false);
  Spend(Of(2), 5, true);
  SpendingRow small = Spending(100, false);
  small.model = "small";
  ASSERT_TRUE(store_->AppendJournal(Of(1), "v", Entry("x"), &small, kNow).ok());
  Spender netdev = Of(3);
  netdev.list = "netdev";
  Spend(netdev, 7, false, kNow - 10);
  const auto totals = store_->SpendingSince(kNow - 10);
  ASSERT_TRUE(totals.ok()) << totals.error().message;
  ASSERT_EQ(totals->size(), 3U);
  EXPECT_EQ(totals->at(0).model, "small");
  EXPECT_EQ(totals->at(1).model, "large");
  EXPECT_EQ(totals->at(1).list, "dri-devel");
  EXPECT_EQ(totals->at(1).reviews, 2);
  EXPECT_EQ(totals->at(1).requests, 3);
  EXPECT_EQ(totals->at(1).sum.cost, 15);
  EXPECT_EQ(totals->at(1).sum.input, 3000U);
  EXPECT_TRUE(totals->at(1).sum.estimated);
  EXPECT_EQ(totals->at(2).list, "netdev");
  EXPECT_FALSE(totals->at(2).sum.estimated);
  EXPECT_EQ(store_->SpendingSince(kNow - 9)->size(), 2U);
  EXPECT_TRUE(store_->SpendingSince(kNow + 1)->empty());
}

TEST_F(JournalTest, AKilledWriterLeavesWholeEntries) {
  // A child appends until it is killed; each entry costs 1.
  int ready[2] = {-1, -1};
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = Store::Open(File());
    const SpendingRow spending = Spending(1, false);
    for (int i = 0; store.ok(); ++i) {
      if (!(*store)
               ->AppendJournal(Of(1), "a", Entry(std::to_string(i)), &spending,
                               kNow)
               .ok()) {
        break;
      }
      if (i == 20 && ::write(ready[1], "x", 1) != 1) break;
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
  const Entries entries = Journal("a");
  ASSERT_GE(entries.size(), 21U);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    ASSERT_EQ(entries[i], std::to_string(i));
  }
  const auto spent = store_->SpentBy(Of(1), kNow);
  EXPECT_EQ(spent->review.cost, static_cast<MicroDollars>(entries.size()));
  EXPECT_EQ(spent->day, spent->review.cost);
}

TEST_F(JournalTest, APausedJobGetsItsAttemptBack) {
  Job job = Running();
  EXPECT_EQ(job.attempts, 1);
  ASSERT_TRUE(store_->FailJob(job, "broken", kNow, kNow).ok());
  job = **store_->LeaseJob(kNow, 100);
  EXPECT_EQ(job.attempts, 2);
  ASSERT_TRUE(store_->PauseJob(job, "429", kNow + 60, kNow).ok());
  const auto waiting = store_->WaitingJobs(10);
  ASSERT_EQ(waiting->size(), 1U);
  EXPECT_EQ(waiting->at(0).reason, "429");
  EXPECT_EQ(waiting->at(0).next_try, kNow + 60);
  EXPECT_EQ(waiting->at(0).job.attempts, 1);
  EXPECT_FALSE(store_->LeaseJob(kNow + 59, 100)->has_value());
  job = **store_->LeaseJob(kNow + 60, 100);
  EXPECT_EQ(job.attempts, 2);
  EXPECT_TRUE(store_->WaitingJobs(10)->empty());
  EXPECT_EQ(StateOf(1), SeriesState::kQueued);
}

TEST_F(JournalTest, AJobThatWaitsForItsFirstTryDoesNotCountAsTriedBefore) {
  MakeSeries(1, 1);
  ASSERT_TRUE(store_->QueueReview(1, "key", kNow).ok());
  EXPECT_TRUE(store_->WaitingJobs(10)->empty());
}

TEST_F(JournalTest, ALeaseIsKeptByWhoWorks) {
  const Job job = Running();  // Until kNow + 100.
  auto other = Reopen();
  ASSERT_TRUE(store_->ExtendLease(job, kNow + 500).ok());
  ASSERT_TRUE(other->ReleaseExpiredLeases(kNow + 500).ok());
  EXPECT_FALSE(other->LeaseJob(kNow + 500, 100)->has_value());
  ASSERT_TRUE(other->ReleaseExpiredLeases(kNow + 501).ok());
  const Job taken = **other->LeaseJob(kNow + 501, 100);
  // Who has lost it neither keeps nor pauses it.
  ASSERT_TRUE(store_->ExtendLease(job, kNow + 9'000).ok());
  ASSERT_TRUE(store_->PauseJob(job, "429", kNow, kNow).ok());
  EXPECT_FALSE(other->LeaseJob(kNow + 501, 100)->has_value());
  ASSERT_TRUE(other->ReleaseExpiredLeases(kNow + 602).ok());
  EXPECT_EQ((**other->LeaseJob(kNow + 602, 100)).attempts, taken.attempts + 1);
}

TEST_F(JournalTest, AReviewKeepsWhatItCost) {
  ReviewRecord record = Record(Running(), {{1, 1}});
  record.engine = "model";
  record.engine_version = "3 kernel-1";
  record.cost = "0.42 USD";
  EXPECT_TRUE(*store_->CommitReview(record, kNow));
  const auto reviews = store_->Reviews(1);
  ASSERT_EQ(reviews->size(), 1U);
  EXPECT_EQ(reviews->at(0).engine_version, "3 kernel-1");
  EXPECT_EQ(reviews->at(0).cost, "0.42 USD");
}

}  // namespace
}  // namespace patchmilter::store
