// What the store keeps of an archive's review mails.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "store/store.h"

namespace patchmilter::store {
namespace {

ToldMail Told(const std::string& name, const std::string& answers,
              std::int64_t round, std::int64_t part) {
  ToldMail mail;
  mail.message_id = name;
  mail.answers = answers;
  mail.round = round;
  mail.part = part;
  mail.verdict = "findings";
  mail.marks = {"first of " + name, "second of " + name};
  return mail;
}

// A series of the mails one@example.org and two@example.org.
void AddSeries(Store* store) {
  std::vector<NewMail> mails;
  std::vector<ParsedMail> parsed;
  SeriesUpdate update;
  update.id = 1;
  update.series.id = 1;
  for (const char* name : {"one", "two"}) {
    NewMail mail;
    mail.list = "dri-devel";
    mail.source = name;
    mail.raw = "x";
    mails.push_back(mail);
    ParsedMail one;
    one.id = static_cast<MailId>(mails.size());
    one.readable = true;
    one.facts.id = one.id;
    one.facts.message_id = std::string(name) + "@example.org";
    update.series.patches[one.id] = one.id;
    parsed.push_back(one);
  }
  ASSERT_TRUE(store->Ingest(mails, "", "").ok());
  ASSERT_TRUE(store->CommitParsed(parsed, {update}).ok());
}

std::vector<std::string> Names(const std::vector<ToldMail>& mails) {
  std::vector<std::string> names;
  names.reserve(mails.size());
  for (const ToldMail& mail : mails) names.push_back(mail.message_id);
  return names;
}

TEST(ToldTest, IsFoundByTheSeriesThatItAnswersWhicheverCameFirst) {
  for (const bool series_first : {true, false}) {
    const auto store = std::move(Store::Open(":memory:")).value();
    if (series_first) AddSeries(store.get());
    const std::vector<ToldMail> mails = {
        Told("d", "one@example.org", 2, 0), Told("c", "two@example.org", 1, 2),
        Told("b", "one@example.org", 1, 1), Told("a", "one@example.org", 1, 0),
        Told("x", "other@example.org", 1, 0)};
    EXPECT_EQ(*store->AddTold(mails), 5);
    if (!series_first) {
      EXPECT_TRUE(store->ToldOf(1)->empty());
      AddSeries(store.get());
    }
    const auto told = store->ToldOf(1);
    ASSERT_TRUE(told.ok());
    EXPECT_EQ(Names(*told), (std::vector<std::string>{"a", "b", "c", "d"}));
    EXPECT_EQ(told->at(2).answers, "two@example.org");
    EXPECT_EQ(told->at(2).part, 2);
    EXPECT_EQ(told->at(3).round, 2);
    EXPECT_EQ(told->at(0).verdict, "findings");
    EXPECT_EQ(told->at(0).marks,
              (std::vector<std::string>{"first of a", "second of a"}));
    EXPECT_TRUE(store->Reviews(1)->empty()) << "the store's own is untouched";
    EXPECT_EQ(store->Count()->findings, 0);
  }
}

TEST(ToldTest, TwiceChangesNothing) {
  const auto store = std::move(Store::Open(":memory:")).value();
  AddSeries(store.get());
  EXPECT_EQ(*store->AddTold({Told("a", "one@example.org", 1, 0)}), 1);
  ToldMail again = Told("a", "two@example.org", 7, 7);
  again.marks = {"forged"};
  EXPECT_EQ(*store->AddTold({again, again}), 0);
  const auto told = store->ToldOf(1);
  ASSERT_EQ(told->size(), 1U);
  EXPECT_EQ(told->at(0).answers, "one@example.org");
  EXPECT_EQ(told->at(0).marks.size(), 2U);
}

TEST(ToldTest, AFloodIsBounded) {
  const auto store = std::move(Store::Open(":memory:")).value();
  AddSeries(store.get());
  std::vector<ToldMail> flood;
  for (int i = 0; i < kMaxToldOfMail + 50; ++i) {
    flood.push_back(Told(fmt::format("flood {}", i), "one@example.org", 1, i));
    flood.back().marks.assign(200, "mark");
  }
  EXPECT_EQ(*store->AddTold(flood), kMaxToldOfMail);
  EXPECT_EQ(*store->AddTold({Told("b", "two@example.org", 1, 0)}), 1)
      << "of each mail that is answered";
  EXPECT_EQ(store->ToldOf(1)->size(), kMaxToldMarks / 200 + 1)
      << "that other one, and no more behind so many marks";
}

}  // namespace
}  // namespace patchmilter::store
