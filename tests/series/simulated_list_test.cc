// Grouping on simulated lists: every series whole, and none that is not there.
#include "tests/series/simulated_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "mime/patch_mail.h"
#include "series/grouper.h"

namespace patchmilter::simulated {
namespace {

struct Read {
  std::vector<series::MailFacts> facts;
  std::vector<TrueSeries> truth;
};

Read ReadAll(const Options& options) {
  mime::InitMime();
  Read read;
  SimulatedList list(options);
  UnixSeconds before = 0;
  while (const auto mail = list.Next()) {
    EXPECT_GE(mail->arrival, before);
    before = mail->arrival;
    const mime::PatchMail patch = mime::ParsePatchMail(mail->raw);
    EXPECT_EQ(patch.mail.message_id, mail->message_id);
    EXPECT_EQ(patch.mail.received, mail->arrival);
    read.facts.push_back(series::FactsOf(
        patch, static_cast<series::MailId>(read.facts.size() + 1), "dev",
        mail->arrival));
  }
  read.truth = list.truth();
  return read;
}

std::string Describe(std::int64_t version, std::int64_t expected,
                     const std::optional<std::string>& cover, bool complete,
                     const std::map<std::int64_t, std::string>& patches) {
  std::string text =
      "v" + std::to_string(version) + " of " + std::to_string(expected) +
      (complete ? "" : " (not complete)") + ": cover=" + cover.value_or("none");
  for (const auto& [number, id] : patches) {
    text += " " + std::to_string(number) + "=" + id;
  }
  return text;
}

// The lines of both that the other has not.
void Compare(const series::Grouper& grouper, const Read& read) {
  std::map<series::MailId, std::string> ids;
  for (const auto& mail : read.facts) ids[mail.id] = mail.message_id;
  std::multiset<std::string> got;
  for (const series::Series* series : grouper.All()) {
    std::map<std::int64_t, std::string> patches;
    for (const auto& [number, mail] : series->patches) {
      patches[number] = ids[mail];
    }
    // A cover whose patches never came.
    if (patches.empty()) continue;
    std::optional<std::string> cover;
    if (series->cover) cover = ids[*series->cover];
    got.insert(Describe(series->version, series->expected, cover,
                        series->complete(), patches));
  }
  int misses = 0;
  for (const TrueSeries& series : read.truth) {
    const std::string want =
        Describe(series.version, series.expected, series.cover, series.complete,
                 series.patches);
    const auto at = got.find(want);
    if (at != got.end()) {
      got.erase(at);
      continue;
    }
    if (++misses <= 20) {
      ADD_FAILURE() << "missed (" << series.habit << "): " << want;
      for (const auto& mail : read.facts) {
        if (mail.message_id != series.patches.begin()->second) continue;
        for (const std::string& line : grouper.Explain(mail.id)) {
          ADD_FAILURE() << "    " << line;
        }
      }
    }
  }
  int false_series = 0;
  for (const std::string& line : got) {
    if (++false_series <= 20) ADD_FAILURE() << "false: " << line;
  }
  EXPECT_EQ(misses, 0) << "of " << read.truth.size();
  EXPECT_EQ(false_series, 0);
}

TEST(SimulatedListTest, EverySeriesOfAListIsFound) {
  for (const bool tags : {false, true}) {
    for (const bool munges : {false, true}) {
      Options options;
      options.seed = 20250102 + (tags ? 1U : 0U) + (munges ? 2U : 0U);
      options.mails = 4000;
      options.odd_percent = 70;
      options.list.tags_subjects = tags;
      options.list.munges_from = munges;
      options.list.adds_footer = tags;
      SCOPED_TRACE("seed " + std::to_string(options.seed));
      const Read read = ReadAll(options);
      EXPECT_GE(read.facts.size(), options.mails);
      series::Grouper grouper;
      for (const auto& mail : read.facts) grouper.Add(mail);
      Compare(grouper, read);
    }
  }
}

TEST(SimulatedListTest, InWhateverOrderTheMailsAreFed) {
  Options options;
  options.seed = 7;
  options.mails = 1500;
  options.odd_percent = 80;
  Read read = ReadAll(options);
  std::mt19937 random(7);
  for (int i = 0; i < 10; ++i) {
    SCOPED_TRACE("shuffle " + std::to_string(i));
    std::shuffle(read.facts.begin(), read.facts.end(), random);
    series::Grouper grouper;
    for (const auto& mail : read.facts) grouper.Add(mail);
    Compare(grouper, read);
  }
}

TEST(SimulatedListTest, OneSeedMakesOneList) {
  Options options;
  options.mails = 200;
  SimulatedList one(options);
  SimulatedList two(options);
  while (const auto mail = one.Next()) {
    const auto same = two.Next();
    ASSERT_TRUE(same.has_value());
    ASSERT_EQ(mail->raw, same->raw);
  }
  EXPECT_FALSE(two.Next().has_value());
}

TEST(SimulatedListTest, EveryHabitIsMade) {
  Options options;
  options.mails = 6000;
  options.odd_percent = 100;
  SimulatedList list(options);
  while (list.Next()) {
  }
  std::set<std::string> made;
  for (const TrueSeries& series : list.truth()) made.insert(series.habit);
  for (const std::string& habit : SimulatedList::Habits()) {
    if (habit != "talk alone") {
      EXPECT_TRUE(made.contains(habit)) << habit;
    }
  }
}

}  // namespace
}  // namespace patchmilter::simulated
