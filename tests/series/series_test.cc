#include "series/series.h"

#include <gtest/gtest.h>

namespace patchmilter::series {
namespace {

Series Of(std::int64_t expected, std::vector<std::int64_t> numbers) {
  Series series;
  series.id = 100;
  series.expected = expected;
  for (const std::int64_t number : numbers) series.patches[number] = number;
  series.newest_arrival = 1000;
  return series;
}

TEST(SeriesTest, CompleteAndMissing) {
  const struct {
    std::int64_t expected;
    std::vector<std::int64_t> numbers;
    bool complete;
    std::vector<std::int64_t> missing;
  } kRows[] = {
      {1, {1}, true, {}},
      {3, {1, 2, 3}, true, {}},
      {3, {1, 3}, false, {2}},
      {3, {}, false, {1, 2, 3}},
      {3, {1, 2, 4}, false, {3}},  // A count alone would say complete.
      {3, {1, 2, 3, 4}, true, {}},
      {12, {13}, false, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
  };
  for (const auto& row : kRows) {
    const Series series = Of(row.expected, row.numbers);
    EXPECT_EQ(series.complete(), row.complete);
    EXPECT_EQ(series.Missing(), row.missing);
  }
  EXPECT_EQ(Of(1000000, {1}).Missing().size(), 1000U);
}

TEST(SeriesTest, RootIsTheCoverElseTheFirstPatch) {
  Series series = Of(3, {2, 3});
  EXPECT_EQ(series.root(), 2);
  series.cover = 50;
  EXPECT_EQ(series.root(), 50);
}

TEST(SeriesTest, ReadyAfterTheNewestMail) {
  const ReadinessPolicy policy{.settle = 60, .wait = 7200};
  EXPECT_EQ(ReadyAt(Of(2, {1, 2}), policy), 1060);
  EXPECT_EQ(ReadyAt(Of(2, {1}), policy), 8200);
  EXPECT_EQ(ReadyAt(Of(3, {1, 2, 4}), policy), 8200);
  Series cover = Of(2, {});
  cover.cover = 1;
  EXPECT_EQ(ReadyAt(cover, policy), std::nullopt);
}

TEST(SeriesTest, FactsAreTakenFromTheMail) {
  mime::PatchMail patch;
  patch.mail.message_id = "a@b";
  patch.mail.content_hash = "hash";
  patch.mail.kind = mime::MailKind::kCover;
  patch.mail.author = {"Ann", "ann@a.example"};
  patch.mail.from = {"List", "list@b.example"};
  patch.mail.in_reply_to = {"p"};
  patch.mail.references = {"q", "p"};
  patch.change_id = "topic";
  const MailFacts facts = FactsOf(patch, 5, "dev", 77);
  EXPECT_EQ(facts.id, 5);
  EXPECT_EQ(facts.message_id, "a@b");
  EXPECT_EQ(facts.content_hash, "hash");
  EXPECT_EQ(facts.list, "dev");
  EXPECT_EQ(facts.kind, mime::MailKind::kCover);
  EXPECT_EQ(facts.author.email, "ann@a.example");
  EXPECT_EQ(facts.from.email, "list@b.example");
  EXPECT_EQ(facts.date, 77);  // No Date header: the arrival.
  EXPECT_EQ(facts.arrival, 77);
  EXPECT_EQ(facts.in_reply_to, patch.mail.in_reply_to);
  EXPECT_EQ(facts.references, patch.mail.references);
  EXPECT_EQ(facts.change_id, "topic");
  EXPECT_FALSE(facts.has_diff);
  patch.mail.date = 55;
  EXPECT_EQ(FactsOf(patch, 5, "dev", 77).date, 55);
}

}  // namespace
}  // namespace patchmilter::series
