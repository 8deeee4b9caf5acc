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

TEST(SeriesTest, ReadyAndGivenUp) {
  // The newest mail came at 1000.
  const ReadinessPolicy policy{.settle = 60, .wait = 7200, .give_up = 100000};
  const struct {
    const char* name;
    std::int64_t expected;
    std::vector<std::int64_t> numbers;
    bool cover;
    bool reroll;                 // It re-rolls another in part.
    UnixSeconds reroll_arrival;  // Another re-rolls it.
    std::optional<UnixSeconds> ready;
    std::optional<UnixSeconds> give_up;
  } kRows[] = {
      {"complete", 2, {1, 2}, false, false, 0, 1060, {}},
      {"complete, with a cover", 2, {1, 2}, true, false, 0, 1060, {}},
      {"a single patch", 1, {1}, false, false, 0, 1060, {}},
      {"one is missing", 2, {1}, false, false, 0, 8200, {}},
      {"a cover and one of two", 2, {1}, true, false, 0, 8200, {}},
      {"4/3 does not stand for 3/3", 3, {1, 2, 4}, false, false, 0, 8200, {}},
      {"4/3 over a complete series",
       3,
       {1, 2, 3, 4},
       false,
       false,
       0,
       1060,
       {}},
      {"only 13/12", 12, {13}, false, false, 0, 8200, {}},
      {"a cover alone", 2, {}, true, false, 0, {}, 101000},
      {"a partial re-roll", 3, {2}, false, true, 0, 8200, {}},
      {"re-rolled before it settled", 2, {1, 2}, false, false, 1010, 8210, {}},
      {"re-rolled long ago", 2, {1, 2}, false, false, 10, 7210, {}},
      {"incomplete and re-rolled", 2, {1}, false, false, 900, 8200, {}},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    Series series = Of(row.expected, row.numbers);
    if (row.cover) series.cover = 50;
    series.partial_reroll = row.reroll;
    series.reroll_arrival = row.reroll_arrival;
    EXPECT_EQ(ReadyAt(series, policy), row.ready);
    EXPECT_EQ(GiveUpAt(series, policy), row.give_up);
  }
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
