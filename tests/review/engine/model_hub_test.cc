// The models of a configuration: which are opened, and how many conversations
// each may have; journal and ledger in a store.
#include "review/engine/model_hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/files.h"
#include "review/engine/conversations.h"
#include "review/engine/store_journal.h"

namespace patchmilter::review {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class ScratchDirectory {
 public:
  ScratchDirectory() {
    char name[] = "/tmp/patchmilter-hub-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~ScratchDirectory() { std::filesystem::remove_all(path_); }
  std::string Write(const std::string& name, const std::string& text,
                    mode_t mode) {
    const std::string file = path_ + "/" + name;
    EXPECT_TRUE(ReplaceFile(file, text).ok());
    EXPECT_EQ(chmod(file.c_str(), mode), 0);
    return file;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Config TwoModels() {
  Config config;
  ModelConfig main;
  main.name = "main";
  main.model = "large";
  main.parallel = 2;
  ModelConfig other = main;
  other.name = "other";
  other.url = "http://127.0.0.1:9/";
  ModelConfig unused = main;
  unused.name = "unused";
  unused.key_file = "/nowhere/key";
  config.models = {main, other, unused};
  config.review.model = "main";
  ListConfig list;
  list.name = "one";
  config.lists.push_back(list);
  list.name = "two";
  list.model = "other";
  config.lists.push_back(list);
  return config;
}

TEST(ModelHub, OpensTheModelsThatMayBeAsked) {
  Config config = TwoModels();
  auto hub = ModelHub::Open(&config, {});
  ASSERT_TRUE(hub.ok()) << hub.error().message;
  EXPECT_EQ((*hub)->ReviewerOf(config.lists[0])->config->name, "main");
  EXPECT_EQ((*hub)->ReviewerOf(config.lists[1])->config->name, "other");
  EXPECT_EQ((*hub)->VerifierOf(config.lists[1])->config->name, "other");
  EXPECT_EQ((*hub)->Find("main")->endpoint.url, "https://api.anthropic.com");
  EXPECT_EQ((*hub)->Find("other")->endpoint.url, "http://127.0.0.1:9");
  // Its key is not even looked for.
  EXPECT_EQ((*hub)->Find("unused"), nullptr);
}

TEST(ModelHub, AVerifierOfItsOwnVerifiesForAll) {
  Config config = TwoModels();
  config.review.verifier = "other";
  auto hub = ModelHub::Open(&config, {});
  ASSERT_TRUE(hub.ok()) << hub.error().message;
  EXPECT_EQ((*hub)->VerifierOf(config.lists[0])->config->name, "other");
}

TEST(ModelHub, SaysWhichModelHasNoKey) {
  Config config = TwoModels();
  config.models[1].key_file = "/nowhere/key";
  const auto hub = ModelHub::Open(&config, {});
  ASSERT_FALSE(hub.ok());
  EXPECT_THAT(hub.error().message, HasSubstr("model \"other\""));
}

TEST(ModelHub, ModelsOfOneServerAndKeyShareTheirWeather) {
  ScratchDirectory scratch;
  Config config = TwoModels();
  config.models[0].key_file = scratch.Write("a", "key-a\n", 0600);
  config.models[1].key_file = config.models[0].key_file;
  config.models[1].url = "";
  auto hub = ModelHub::Open(&config, {});
  ASSERT_TRUE(hub.ok()) << hub.error().message;
  EXPECT_EQ((*hub)->Find("main")->breaker, (*hub)->Find("other")->breaker);
  config.models[1].key_file = scratch.Write("b", "key-b\n", 0600);
  hub = ModelHub::Open(&config, {});
  ASSERT_TRUE(hub.ok()) << hub.error().message;
  EXPECT_NE((*hub)->Find("main")->breaker, (*hub)->Find("other")->breaker);
}

TEST(ModelHub, ACommandNeedsSomebodyToRunIt) {
  Config config = TwoModels();
  config.models[0].api = "command";
  config.models[0].command = {"/bin/true"};
  const auto hub = ModelHub::Open(&config, {});
  ASSERT_FALSE(hub.ok());
  EXPECT_THAT(hub.error().message, HasSubstr("no program can be run"));
}

TEST(Slots, AreNeverMoreThanTheirNumber) {
  Slots slots(2);
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  const Status all = ForEachBeside(40, 8, [&](std::size_t) -> Status {
    EXPECT_TRUE(slots.Take(nullptr));
    const int now = ++inside;
    int seen = most.load();
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    --inside;
    slots.Give();
    return {};
  });
  EXPECT_TRUE(all.ok());
  EXPECT_LE(most.load(), 2);
}

TEST(Slots, WaitingEndsWhereItIsTold) {
  Slots slots(1);
  ASSERT_TRUE(slots.Take(nullptr));
  EXPECT_FALSE(slots.Take([] { return true; }));
}

TEST(ForEachBeside, DoesEachOnceAndStopsAtTheFirstError) {
  std::vector<std::atomic<int>> done(100);
  EXPECT_TRUE(ForEachBeside(done.size(), 4, [&](std::size_t i) -> Status {
                ++done[i];
                return {};
              }).ok());
  for (const auto& each : done) EXPECT_EQ(each.load(), 1);
  std::atomic<int> begun{0};
  const Status failed = ForEachBeside(1000, 2, [&](std::size_t i) -> Status {
    ++begun;
    if (i == 3) return Temporary("full");
    return {};
  });
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "full");
  EXPECT_LT(begun.load(), 1000);
}

class StoreJournalTest : public ::testing::Test {
 protected:
  StoreJournalTest() : store_(store::Store::Open(":memory:").value()) {}

  StoreJournal Make(std::string stop_file = "",
                    std::function<Result<bool>()> wanted = nullptr) {
    return {store_.get(),
            &budget_,
            {1, 1, "devel", "jane@example.org"},
            std::move(stop_file),
            [this] { return now_; },
            std::move(wanted)};
  }

  BudgetConfig budget_;
  UnixSeconds now_ = 1'780'000'000;
  std::unique_ptr<store::Store> store_;
};

TEST_F(StoreJournalTest, GivesBackWhatWasKept) {
  StoreJournal journal = Make();
  model::Spending spending{"main", {100, 0, 0, 50}, 1000, true};
  using Kind = model::JournalEntry::Kind;
  ASSERT_TRUE(
      journal.Append("patch/1", {Kind::kRequest, "hash", {}}, &spending).ok());
  spending.estimated = false;
  spending.cost = 400;
  ASSERT_TRUE(
      journal.Append("patch/1", {Kind::kTurn, "turn", {}}, &spending).ok());
  ASSERT_TRUE(
      journal
          .Append("patch/1", {Kind::kInput, "input", {"a", "", "\"]"}}, nullptr)
          .ok());
  const auto entries = journal.Load("patch/1");
  ASSERT_TRUE(entries.ok());
  ASSERT_THAT(*entries, SizeIs(3));
  EXPECT_EQ((*entries)[1].kind, Kind::kTurn);
  EXPECT_EQ((*entries)[2].effects, (std::vector<std::string>{"a", "", "\"]"}));
  EXPECT_THAT(journal.Load("patch/2").value(), SizeIs(0));
  EXPECT_EQ(journal.Spent()->review.cost, 400);
  ASSERT_TRUE(journal.Cut("patch/1", 1).ok());
  EXPECT_THAT(journal.Load("patch/1").value(), SizeIs(1));
  EXPECT_EQ(journal.Spent()->review.cost, 400);
}

TEST_F(StoreJournalTest, TheTightestBudgetCounts) {
  budget_.review = 5'000'000;
  budget_.day = 1'000'000;
  StoreJournal journal = Make();
  auto left = journal.Remaining();
  ASSERT_TRUE(left.ok());
  EXPECT_EQ(left->money, 1'000'000);
  EXPECT_EQ(left->which, "budget.day");
  const model::Spending estimate{"main", {}, 700'000, true};
  ASSERT_TRUE(journal
                  .Append("series",
                          {model::JournalEntry::Kind::kRequest, "h", {}},
                          &estimate)
                  .ok());
  EXPECT_EQ(journal.Remaining()->money, 300'000);
  ASSERT_TRUE(journal.Settle("series", {"main", {}, 0, false}).ok());
  EXPECT_EQ(journal.Remaining()->money, 1'000'000);
}

// How many of eight conversations side by side may send what costs `estimate`.
int ReserveBeside(StoreJournal* journal, const model::Spending& estimate) {
  std::atomic<int> sent{0};
  const Status all = ForEachBeside(8, 8, [&](std::size_t i) -> Status {
    PM_ASSIGN_OR_RETURN(
        const bool reserved,
        journal->Reserve("patch/" + std::to_string(i),
                         {model::JournalEntry::Kind::kRequest, "h", {}},
                         estimate));
    if (reserved) ++sent;
    return {};
  });
  EXPECT_TRUE(all.ok()) << all.error().message;
  return sent.load();
}

TEST_F(StoreJournalTest, WhatIsReservedAtOnceIsNeverMoreThanThereIs) {
  budget_.review = 1'000'000;
  StoreJournal journal = Make();
  EXPECT_EQ(ReserveBeside(&journal, {"main", {}, 300'000, true}), 3);
  EXPECT_EQ(journal.Remaining()->money, 100'000);
  EXPECT_EQ(journal.Remaining()->held, 900'000);
  // What another process has died over is spent.
  EXPECT_EQ(Make().Remaining()->held, 0);
  EXPECT_EQ(Make().Remaining()->money, 100'000);
}

TEST_F(StoreJournalTest, TokensAreReservedAsMoneyIs) {
  budget_.review_tokens = 10'000;
  StoreJournal journal = Make();
  EXPECT_EQ(ReserveBeside(&journal, {"main", {2'000, 0, 0, 1'000}, 0, true}),
            3);
  EXPECT_EQ(journal.Remaining()->review_tokens, 1'000);
  EXPECT_EQ(journal.Remaining()->held_tokens, 9'000);
  EXPECT_EQ(Make().Remaining()->held_tokens, 0);
  // Nothing is held back for what is free.
  EXPECT_EQ(journal.Remaining()->held, 0);
}

TEST_F(StoreJournalTest, WhatAProcessDiedOverIsSettledByTheNext) {
  budget_.review = 1'000'000;
  const model::Spending estimate{"main", {9'000, 0, 0, 4'000}, 700'000, true};
  ASSERT_TRUE(Make()
                  .Reserve("patch/1",
                           {model::JournalEntry::Kind::kRequest, "h", {}},
                           estimate)
                  .value());
  StoreJournal next = Make();
  EXPECT_EQ(next.Remaining()->money, 300'000);
  ASSERT_TRUE(
      next.Settle("patch/1", {"main", {9'000, 0, 0, 0}, 90'000, false}).ok());
  EXPECT_EQ(next.Remaining()->money, 910'000);
  EXPECT_EQ(next.Spent()->review.input, 9'000U);
  EXPECT_EQ(next.Spent()->requests, 1);
  // Once: nothing is open any more.
  ASSERT_TRUE(
      next.Settle("patch/1", {"main", {9'000, 0, 0, 0}, 90'000, false}).ok());
  EXPECT_EQ(next.Remaining()->money, 910'000);
}

TEST_F(StoreJournalTest, TheKillSwitchAndANewerRevisionStop) {
  ScratchDirectory scratch;
  const std::string file = scratch.Write("stop", "", 0600);
  EXPECT_THAT(Make(file).Remaining()->stopped, HasSubstr("stopped"));
  EXPECT_EQ(Make(file + "-not").Remaining()->stopped, "");
  EXPECT_THAT(Make("", [] { return Result<bool>(false); }).Remaining()->stopped,
              HasSubstr("newer revision"));
  EXPECT_EQ(Make("", [] { return Result<bool>(true); }).Remaining()->stopped,
            "");
}

}  // namespace
}  // namespace patchmilter::review
