// The engine beneath the rules: that shortcuts change nothing, that the order
// of feeding tells nothing, what a revision does while it arrives, and that a
// long series costs no more for each mail than a short one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "series/grouper.h"
#include "tests/series/cases.h"

namespace patchmilter::series {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

MailFacts WithId(const Post& post, MailId id) {
  MailFacts facts = post.facts();
  facts.id = id;
  return facts;
}

// All that can be asked of a grouper.
std::vector<std::string> Everything(const Grouper& grouper,
                                    const std::vector<MailFacts>& facts) {
  std::vector<std::string> lines;
  for (const Series* series : grouper.All()) {
    std::string line = std::to_string(series->id) + " by " +
                       series->author.email + ": " + series->title;
    for (const UnixSeconds time :
         {series->first_date, series->newest_date, series->newest_arrival,
          series->reroll_arrival, series->previous.value_or(0),
          series->superseded_by.value_or(0), series->version,
          series->expected}) {
      line += " " + std::to_string(time);
    }
    for (const std::string& note : series->notes) line += "; " + note;
    lines.push_back(line);
  }
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const auto id = static_cast<MailId>(i + 1);
    lines.push_back(std::to_string(id) + " in " +
                    std::to_string(grouper.SeriesOf(id).value_or(0)));
    for (const std::string& line : grouper.Explain(id)) lines.push_back(line);
  }
  return lines;
}

bool HasDuplicates(const std::vector<MailFacts>& facts) {
  std::vector<std::string> ids;
  for (const MailFacts& mail : facts) {
    ids.push_back(mail.message_id + "\n" + mail.content_hash);
  }
  std::sort(ids.begin(), ids.end());
  return std::adjacent_find(ids.begin(), ids.end()) != ids.end();
}

// Which of two equal mails is named, their order may tell; else: same series,
// names, links, notes and reasons.
TEST(EngineTest, ShortcutsAndOrderTellNothing) {
  std::mt19937 random(20250103);
  for (const Case& a_case : Cases()) {
    SCOPED_TRACE(a_case.name);
    auto facts = FactsOf(a_case);
    if (HasDuplicates(facts)) continue;
    Grouper first;
    for (const MailFacts& mail : facts) first.Add(mail);
    const auto want = Everything(first, facts);
    for (int i = 0; i < 200; ++i) {
      std::shuffle(facts.begin(), facts.end(), random);
      Grouper grouper(GrouperOptions{.shortcuts = i % 2 == 0});
      for (const MailFacts& mail : facts) grouper.Add(mail);
      ASSERT_EQ(Everything(grouper, facts), want) << "shuffle " << i;
    }
  }
}

// How a posting of n patches may be threaded.
struct Shape {
  const char* name;
  std::function<Post(int k, int n)> post;
};

std::string Id(const char* prefix, int k) { return prefix + std::to_string(k); }

std::vector<Shape> Shapes() {
  return {
      {"under the cover",
       [](int k, int n) {
         const Post post = Post(Id("a", k), k, n).Minute(0.01 * k);
         return k == 0 ? post : post.Answers({"a0"});
       }},
      {"under a lost cover",
       [](int k, int n) {
         return Post(Id("a", k), k, n).Minute(0.01 * k).Answers({"lost"});
       }},
      {"each under the one before",
       [](int k, int n) {
         const Post post = Post(Id("a", k), k, n).Minute(0.01 * k);
         return k == 0 ? post : post.Answers({Id("a", k - 1)});
       }},
      {"by stem alone",
       [](int k, int n) {
         return Post("20250102030405.11-" + std::to_string(k) + "-x@a.example",
                     k, n)
             .Minute(0.01 * k);
       }},
      {"by Date alone",
       [](int k, int n) { return Post(Id("a", k), k, n).Minute(0.01 * k); }},
  };
}

// Work() for each mail of a series of n, in order and in a random one.
double WorkPerMail(const Shape& shape, int n, bool shuffled) {
  std::vector<int> order;
  for (int k = 1; k <= n; ++k) order.push_back(k);
  std::mt19937 random(5);
  if (shuffled) std::shuffle(order.begin(), order.end(), random);
  order.push_back(0);
  Grouper grouper;
  MailId id = 0;
  for (const int k : order) grouper.Add(WithId(shape.post(k, n), ++id));
  EXPECT_EQ(grouper.All().size(), 1U) << shape.name << " " << n;
  EXPECT_TRUE(grouper.All().front()->complete());
  return static_cast<double>(grouper.Work()) / (n + 1);
}

TEST(EngineTest, AMailOfALongSeriesCostsNoMoreThanOfAShortOne) {
  for (const Shape& shape : Shapes()) {
    SCOPED_TRACE(shape.name);
    const double in_order = WorkPerMail(shape, 20, false);
    EXPECT_LE(WorkPerMail(shape, 1000, false), in_order * 1.5);
    if (std::string_view(shape.name) == "each under the one before") continue;
    EXPECT_LE(WorkPerMail(shape, 1000, true), in_order * 1.5);
  }
}

TEST(EngineTest, TwoThousandPatchesAreTheLimit) {
  Grouper grouper;
  const Post beyond = Post("x", 1, 2001);
  grouper.Add(WithId(beyond, 1));
  EXPECT_EQ(grouper.Find(1)->expected, 1);
  EXPECT_THAT(grouper.Explain(1), Contains(HasSubstr("a count beyond 2000")));
}

// What v1 (complete, two patches) is worth while v2 arrives, patch by patch,
// as answers to v1: its first patch may be a re-roll or the beginning.
TEST(EngineTest, ARevisionThatArrivesInPartsHoldsTheOldOne) {
  const ReadinessPolicy policy{.settle = 60, .wait = 7200, .give_up = 1};
  Grouper grouper;
  grouper.Add(WithId(Post("a", 1, 2).Minute(0), 1));
  grouper.Add(WithId(Post("b", 2, 2).Answers({"a"}).Minute(1), 2));
  const UnixSeconds settled = *ReadyAt(*grouper.Find(1), policy);
  EXPECT_EQ(settled, grouper.Find(1)->newest_arrival + 60);
  // v2 1/2 comes before v1 has settled, in the same thread.
  grouper.Add(
      WithId(Post("a2", 1, 2).Version(2).Answers({"a"}).Minute(1.5), 3));
  EXPECT_TRUE(grouper.Find(3)->partial_reroll);
  EXPECT_EQ(grouper.Find(1)->superseded_by, std::nullopt);
  EXPECT_EQ(*ReadyAt(*grouper.Find(1), policy),
            grouper.Find(3)->newest_arrival + 7200);
  // The rest makes it whole: nobody waits for v1 any more.
  grouper.Add(
      WithId(Post("b2", 2, 2).Version(2).Answers({"a", "a2"}).Minute(2), 4));
  EXPECT_FALSE(grouper.Find(3)->partial_reroll);
  EXPECT_EQ(grouper.Find(1)->superseded_by, 3);
  EXPECT_EQ(grouper.Find(1)->reroll_arrival, 0);
}

// In a thread of its own it is no re-roll, however few of it have come.
TEST(EngineTest, AnIncompleteRevisionSupersedesAtOnce) {
  Grouper grouper;
  grouper.Add(WithId(Post("a", 1, 2).Title("x: one").Minute(0), 1));
  grouper.Add(WithId(Post("b", 2, 2).Answers({"a"}).Minute(1), 2));
  grouper.Add(
      WithId(Post("a2", 1, 2).Version(2).Title("x: one").Minute(900), 3));
  EXPECT_FALSE(grouper.Find(3)->partial_reroll);
  EXPECT_EQ(grouper.Find(1)->superseded_by, 3);
}

TEST(EngineTest, AnArrivalHeardOfLaterMovesADateThatLies) {
  // Dated a year ahead: the arrival counts, the earliest of all copies.
  const auto mail = [](double arrives, MailId id) {
    return WithId(Post("a", 1, 2).Minute(500000).Arrives(arrives), id);
  };
  Grouper grouper;
  grouper.Add(mail(900, 1));
  EXPECT_EQ(grouper.Find(1)->first_date, grouper.Find(1)->newest_arrival);
  grouper.Add(mail(3, 2));
  const Series* series = grouper.Find(1);
  EXPECT_EQ(series->first_date, series->newest_arrival);
  // So it stands beside what came with it.
  grouper.Add(WithId(Post("b", 2, 2).Minute(3), 3));
  EXPECT_EQ(grouper.SeriesOf(3), 1);
}

}  // namespace
}  // namespace patchmilter::series
