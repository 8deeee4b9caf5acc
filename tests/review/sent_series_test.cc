#include "review/sent_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/review/fixture.h"

namespace patchmilter::review {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

PatchText Text(const std::string& tag, const std::string& message = "") {
  PatchText patch;
  patch.title = "lamp: fix";
  patch.tag = tag;
  patch.message = message;
  patch.diff = EditFile("lamp.c", 1, "", " a\n+b\n c\n");
  return patch;
}

struct Sent {
  explicit Sent(const PatchText& text) {
    fixture.Patch(text);
    fixture.Build();
    series = SentSeriesOf(fixture.Under());
  }
  SeriesFixture fixture;
  tree::SentSeries series;
};

TEST(SentSeries, SaysWhoHasWrittenAndSentItAndWhen) {
  PatchText text = Text("PATCH");
  text.in_body_from =
      "John Doe <john@example.org>\nDate: Mon, 2 Mar 2026 "
      "10:00:00 +0000";
  const Sent sent(text);
  ASSERT_EQ(sent.series.patches.size(), 1U);
  const tree::SentPatch& patch = sent.series.patches[0];
  for (const std::string person :
       {"Jane Roe", "jane@example.org", "John Doe", "john@example.org"}) {
    EXPECT_THAT(patch.people, Contains(person));
  }
  EXPECT_THAT(patch.dates, ElementsAre(1'772'532'060, 1'772'445'600));
  EXPECT_FALSE(patch.backport);
  EXPECT_EQ(patch.diff, &sent.fixture.Under().patches.at(1)->diff);
}

TEST(SentSeries, WhatIsSaidToBeCommittedIsNotLookedFor) {
  for (const std::string tag :
       {"COMMITTED PATCH", "PATCH][pushed", "PATCH applied", "PATCH, committed",
        "committed] [PATCH", "PATCH] lamp: x [pushed"}) {
    EXPECT_THAT(Sent(Text(tag)).series.patches, IsEmpty()) << tag;
  }
  PatchText text = Text("PATCH");
  text.title = "lamp: say what was applied";
  EXPECT_EQ(Sent(text).series.patches.size(), 1U);
}

TEST(SentSeries, KnowsBackports) {
  for (const std::string tag :
       {"PATCH 6.12.y", "PATCH 6.12 001/100", "PATCH v6.1.y", "PATCH stable-rc",
        "PATCH linux-5.15", "PATCH AUTOSEL 6.17-5.15", "PATCH stable"}) {
    EXPECT_TRUE(Sent(Text(tag)).series.patches.at(0).backport) << tag;
  }
  for (const std::string tag : {"PATCH net-next", "PATCH v2", "PATCH lamp2",
                                "PATCH 1/2", "PATCH for-next"}) {
    EXPECT_FALSE(Sent(Text(tag)).series.patches.at(0).backport) << tag;
  }
  const std::string id = "c95febc9014700112233445566778899aabbccdd";
  for (const std::string& line : std::vector<std::string>{
           "commit " + id + " upstream.", "[ Upstream commit " + id + " ]",
           "(cherry picked from commit c95febc)",
           "(cherry-picked from commit " + id + ")",
           "(backported from commit " + id + ")",
           "(From OE-Core rev: " + id + ")"}) {
    const Sent sent(Text("PATCH", line + "\n\nIt leaks.\n"));
    EXPECT_TRUE(sent.series.patches.at(0).backport) << line;
    ASSERT_EQ(sent.series.patches.at(0).named.size(), 1U) << line;
    EXPECT_TRUE(id.starts_with(sent.series.patches[0].named[0])) << line;
  }
  const Sent sent(Text("PATCH", "As commit C95FEBC9 does, for all lamps.\n"));
  EXPECT_FALSE(sent.series.patches.at(0).backport);
  EXPECT_THAT(sent.series.patches[0].named, ElementsAre("c95febc9"));
}

TEST(SentSeries, TheBaseIsNotNamed) {
  PatchText text = Text("PATCH");
  text.notes =
      "base-commit: c95febc9014700112233445566778899aabbccdd\n"
      "As in 0123456789ab\n";
  EXPECT_THAT(Sent(text).series.patches.at(0).named,
              ElementsAre("0123456789ab"));
}

}  // namespace
}  // namespace patchmilter::review
