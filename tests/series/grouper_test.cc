#include "series/grouper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/series/cases.h"

namespace patchmilter::series {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::ResultOf;

// A change that reads so.
auto Says(std::string_view text) { return ResultOf(ChangeText, text); }

TEST(GrouperTest, MakesTheSeriesOfEachCase) {
  for (const Case& a_case : Cases()) {
    SCOPED_TRACE(a_case.name);
    const auto facts = FactsOf(a_case);
    Grouper grouper;
    for (const MailFacts& mail : facts) grouper.Add(mail);
    EXPECT_THAT(Describe(grouper, facts), ElementsAreArray(a_case.want));
  }
}

TEST(GrouperTest, TheOrderOfFeedingDoesNotMatter) {
  std::mt19937 random(20250102);
  for (const Case& a_case : Cases()) {
    SCOPED_TRACE(a_case.name);
    auto facts = FactsOf(a_case);
    for (int i = 0; i < 300; ++i) {
      std::shuffle(facts.begin(), facts.end(), random);
      Grouper grouper;
      for (const MailFacts& mail : facts) grouper.Add(mail);
      ASSERT_THAT(Describe(grouper, facts), ElementsAreArray(a_case.want))
          << "shuffle " << i;
    }
  }
}

// All cases at once, each with authors, ids and days of its own.
TEST(GrouperTest, CasesSideBySideDoNotMix) {
  std::vector<MailFacts> all;
  std::vector<std::string> want;
  int number = 0;
  for (const Case& a_case : Cases()) {
    const std::string prefix = "c" + std::to_string(++number) + ".";
    const auto own = [&](const std::string& text) {
      // Behind it: in front, it would change the form of the id.
      return text.empty() ? text : text + "." + prefix;
    };
    std::vector<MailFacts> facts = FactsOf(a_case);
    for (MailFacts& mail : facts) {
      mail.id = static_cast<MailId>(all.size() + 1);
      mail.content_hash = prefix + mail.content_hash;
      for (std::string& id : mail.in_reply_to) id = own(id);
      for (std::string& id : mail.references) id = own(id);
      mail.message_id = own(mail.message_id);
      mail.author.email = prefix + mail.author.email;
      mail.author.name = prefix + mail.author.name;
      mail.from.email = prefix + mail.from.email;
      if (!mail.change_id.empty()) mail.change_id = own(mail.change_id);
      all.push_back(mail);
    }
    Grouper alone;
    for (const MailFacts& mail : facts) alone.Add(mail);
    for (std::string& line : Describe(alone, facts)) want.push_back(line);
  }
  std::sort(want.begin(), want.end());
  std::mt19937 random(7);
  for (int i = 0; i < 5; ++i) {
    Grouper grouper;
    for (const MailFacts& mail : all) grouper.Add(mail);
    ASSERT_THAT(Describe(grouper, all), ElementsAreArray(want));
    std::shuffle(all.begin(), all.end(), random);
  }
}

// Whoever applies the changes holds what the grouper holds.
TEST(GrouperTest, ChangesAddUpToWhatStands) {
  std::mt19937 random(3);
  for (const Case& a_case : Cases()) {
    SCOPED_TRACE(a_case.name);
    auto facts = FactsOf(a_case);
    for (int i = 0; i < 20; ++i) {
      Grouper grouper;
      std::map<SeriesId, Series> held;
      for (const MailFacts& mail : facts) {
        for (const Change& change : grouper.Add(mail)) {
          ASSERT_NE(change.kinds, 0U);
          const Series* now = grouper.Find(change.id);
          ASSERT_EQ(now == nullptr, change.Is(Change::kMerged));
          ASSERT_EQ(held.contains(change.id), !change.Is(Change::kCreated))
              << ChangeText(change);
          if (now != nullptr) {
            held[change.id] = *now;
          } else {
            held.erase(change.id);
          }
        }
      }
      const auto all = grouper.All();
      ASSERT_EQ(all.size(), held.size());
      for (const Series* series : all) {
        ASSERT_TRUE(held.contains(series->id));
        const Series& copy = held.at(series->id);
        EXPECT_EQ(copy.cover, series->cover);
        EXPECT_EQ(copy.patches, series->patches);
        EXPECT_EQ(copy.previous, series->previous);
        EXPECT_EQ(copy.superseded_by, series->superseded_by);
        EXPECT_EQ(copy.partial_reroll, series->partial_reroll);
        EXPECT_EQ(copy.newest_arrival, series->newest_arrival);
        for (const auto& [k, mail] : series->patches) {
          EXPECT_EQ(grouper.SeriesOf(mail), series->id);
        }
      }
      std::shuffle(facts.begin(), facts.end(), random);
    }
  }
}

TEST(GrouperTest, TheSameFeedGivesTheSameIds) {
  for (const Case& a_case : Cases()) {
    const auto facts = FactsOf(a_case);
    Grouper one;
    Grouper two;
    for (const MailFacts& mail : facts) one.Add(mail);
    for (const MailFacts& mail : facts) two.Add(mail);
    std::vector<SeriesId> a;
    std::vector<SeriesId> b;
    for (const Series* series : one.All()) a.push_back(series->id);
    for (const Series* series : two.All()) b.push_back(series->id);
    EXPECT_EQ(a, b) << a_case.name;
  }
}

MailFacts WithId(const Post& post, MailId id) {
  MailFacts facts = post.facts();
  facts.id = id;
  return facts;
}

TEST(GrouperTest, ASeriesBearsTheIdOfItsFirstMail) {
  Grouper grouper;
  const auto created = grouper.Add(WithId(Post("a", 1, 2), 7));
  EXPECT_THAT(created, ElementsAre(Says("7: created, joined")));
  const auto joined =
      grouper.Add(WithId(Post("b", 2, 2).Answers({"a"}).Minute(0.1), 9));
  EXPECT_THAT(joined, ElementsAre(Says("7: joined, completed")));
  EXPECT_TRUE(grouper.Find(7)->complete());
}

TEST(GrouperTest, OnAMergeTheOlderIdStays) {
  Grouper grouper;
  grouper.Add(WithId(Post("a", 1, 3).Answers({"c"}), 5));
  grouper.Add(WithId(Post("d", 3, 3).Answers({"b"}).Minute(900), 6));
  ASSERT_EQ(grouper.All().size(), 2U);
  // 2/3 answers the cover, and is answered by 3/3: it holds both.
  const auto changes =
      grouper.Add(WithId(Post("b", 2, 3).Answers({"c"}).Minute(0.1), 8));
  EXPECT_THAT(changes, ElementsAre(Says("6: merged into 5"),
                                   Says("5: joined, completed")));
  EXPECT_EQ(grouper.SeriesOf(6), 5);
  EXPECT_EQ(grouper.Find(6), nullptr);
}

TEST(GrouperTest, WhatIsSplitOffBearsItsOwnFirstMail) {
  Grouper grouper;
  grouper.Add(WithId(Post("c", 0, 2), 1));
  grouper.Add(WithId(Post("a", 1, 2).Answers({"c"}).Minute(0.1), 2));
  // A second try of 2/2 comes first, and takes the free place …
  grouper.Add(WithId(Post("late", 2, 2).Answers({"c"}).Minute(300), 3));
  EXPECT_EQ(grouper.SeriesOf(3), 1);
  // … until the one comes that was posted with the others.
  const auto changes =
      grouper.Add(WithId(Post("b", 2, 2).Answers({"c"}).Minute(0.2), 4));
  EXPECT_EQ(grouper.SeriesOf(4), 1);
  EXPECT_EQ(grouper.SeriesOf(3), 3);
  EXPECT_THAT(changes,
              ElementsAre(Says("1: joined"), Says("3: created, split from 1")));
}

TEST(GrouperTest, TheSameMailAgainChangesNothing) {
  Grouper grouper;
  grouper.Add(WithId(Post("a", 1, 2), 1));
  EXPECT_TRUE(grouper.Add(WithId(Post("a", 1, 2), 1)).empty());
  EXPECT_TRUE(grouper.Add(WithId(Post("a", 1, 2).Arrives(60), 2)).empty());
  EXPECT_EQ(grouper.SeriesOf(2), 1);
  EXPECT_THAT(grouper.Explain(2), Contains(HasSubstr("came before")));
}

// The best copy: its From is its author's; of these, without a list's footer.
TEST(GrouperTest, OfCopiesTheCleanestStandsInTheSeries) {
  const Post clean = Post("a", 1, 2).PatchId("p");
  MailFacts munged = clean.From("list").Content("munged").facts();
  munged.text_size = 100;
  MailFacts footer = clean.Content("with a footer").facts();
  footer.text_size = 150;
  MailFacts best = clean.facts();
  best.text_size = 120;
  std::vector<MailFacts> copies = {munged, footer, best};
  for (std::size_t i = 0; i < copies.size(); ++i) {
    copies[i].id = static_cast<MailId>(i + 1);
  }
  std::sort(copies.begin(), copies.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  do {
    Grouper grouper;
    for (const MailFacts& copy : copies) grouper.Add(copy);
    ASSERT_EQ(grouper.All().size(), 1U);
    EXPECT_EQ(grouper.All()[0]->patches.at(1), 3);
  } while (std::next_permutation(
      copies.begin(), copies.end(),
      [](const auto& a, const auto& b) { return a.id < b.id; }));
}

TEST(GrouperTest, ANewRevisionSupersedes) {
  Grouper grouper;
  grouper.Add(WithId(Post("a", 0, 0).Title("x: y"), 1));
  const auto changes = grouper.Add(
      WithId(Post("b", 0, 0).Title("x: y").Version(2).Minute(60), 2));
  EXPECT_THAT(changes,
              ElementsAre(Says("1: superseded"),
                          Says("2: created, joined, completed, revised")));
  EXPECT_EQ(grouper.Find(1)->superseded_by, 2);
  EXPECT_EQ(grouper.Find(2)->previous, 1);
}

TEST(GrouperTest, AStrangerDoesNotTakeOverTheAuthor) {
  Grouper grouper;
  grouper.Add(WithId(Post("s", 2, 2).By("sam").Answers({"a"}).Minute(90), 1));
  grouper.Add(WithId(Post("b", 2, 2).Answers({"a"}).Minute(0.1), 2));
  grouper.Add(WithId(Post("a", 1, 2).Title("x: one"), 3));
  const Series* series = grouper.Find(*grouper.SeriesOf(3));
  EXPECT_EQ(series->author.email, "ann@a.example");
  EXPECT_EQ(series->title, "x: one");
  EXPECT_EQ(grouper.Find(*grouper.SeriesOf(1))->author.email, "sam@s.example");
}

TEST(GrouperTest, ExplainsInWords) {
  Grouper grouper;
  grouper.Add(WithId(Post("c", 0, 2).Title("the work"), 1));
  grouper.Add(WithId(Post("a", 1, 2).Answers({"c"}).Minute(0.1), 2));
  grouper.Add(WithId(
      Post("r", 0, 0).Kind(mime::MailKind::kReply).Answers({"c", "a"}), 3));
  const auto patch = grouper.Explain(2);
  EXPECT_THAT(patch, Contains(HasSubstr("<a> is patch 1 of 2, version 1, by "
                                        "Ann Example <ann@a.example>")));
  EXPECT_THAT(patch,
              Contains(HasSubstr("is in the same thread as, and by the poster "
                                 "of, <c>")));
  EXPECT_THAT(patch, Contains("series 1 (\"the work\", version 1) has 1 of 2 "
                              "patches and a cover"));
  const auto reply = grouper.Explain(3);
  EXPECT_THAT(reply, Contains(HasSubstr("no patch of a series")));
  EXPECT_THAT(reply, Contains("answers <a>, of series 1"));
  EXPECT_THAT(grouper.Explain(99), Contains("not known here"));
}

// Hostile shapes: no more than bounded work for each mail.
TEST(GrouperTest, ManyMailsForOnePlace) {
  Grouper grouper;
  grouper.Add(WithId(Post("c", 0, 2), 1));
  for (int i = 0; i < 3000; ++i) {
    grouper.Add(WithId(
        Post("m" + std::to_string(i), 1, 2).Answers({"c"}).Minute(i), i + 2));
  }
  EXPECT_EQ(grouper.All().size(), 3000U);
}

TEST(GrouperTest, ManyRepliesAndManySinglesInOneThread) {
  Grouper grouper;
  grouper.Add(WithId(Post("c", 0, 2), 1));
  std::vector<std::string> above = {"c"};
  for (int i = 0; i < 20000; ++i) {
    const std::string id = "m" + std::to_string(i);
    const Post post = Post(id, 0, 0).Answers(above).Minute(i);
    grouper.Add(
        WithId(i % 2 == 0 ? post : post.Kind(mime::MailKind::kReply), i + 2));
    if (above.size() < 20) above.push_back(id);
  }
  EXPECT_EQ(grouper.All().size(), 10001U);
}

TEST(GrouperTest, NumbersBeyondAllMeasureStandAlone) {
  Grouper grouper;
  MailFacts facts = WithId(Post("a", 1, 2), 1);
  facts.subject.number = 1;
  facts.subject.total = INT64_MAX;
  EXPECT_EQ(grouper.Add(facts).size(), 1U);
  EXPECT_EQ(grouper.Find(1)->expected, 1);
  facts = WithId(Post("b", 2, 2), 2);
  facts.subject.number = INT64_MAX;
  facts.subject.version = INT64_MAX;
  facts.date = INT64_MIN;
  EXPECT_EQ(grouper.Add(facts).size(), 1U);
}

}  // namespace
}  // namespace patchmilter::series
