#include "review/anchor_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "mime/mail.h"
#include "tests/review/fixture.h"

namespace patchmilter::review {
namespace {

class AnchorGateTest : public testing::Test {
 protected:
  void SetUp() override {
    mime::InitMime();
    fixture_ = CleanSeries();
    fixture_.Build();
    under_ = fixture_.Under();
  }

  static Finding Claim(std::int64_t patch, std::vector<std::string> quoted) {
    Finding finding;
    Anchor anchor;
    anchor.kind = AnchorKind::kLines;
    anchor.patch = patch;
    anchor.path = "drivers/lamp/core.c";
    anchor.quoted = std::move(quoted);
    finding.anchors = {anchor};
    return finding;
  }

  // Two hunks that say the same in two functions, and a claim on one of them.
  static Finding TwoEqualRuns(const std::string& first,
                              const std::string& second,
                              SeriesFixture* fixture) {
    const std::string lines = " {\n+\tgo_to_sleep();\n }\n";
    std::string diff = EditFile("a.c", 1, first, lines);
    const std::string again = EditFile("a.c", 90, second, lines);
    diff += again.substr(again.find("@@"));
    fixture->Patch({"x", "", diff});
    fixture->Build();
    Finding finding = Claim(1, {"+\tgo_to_sleep();"});
    finding.anchors[0].path = "a.c";
    return finding;
  }

  PlacedAnchor Place(const Finding& finding) {
    return PlaceAnchor(under_, finding.anchors.front());
  }

  SeriesFixture fixture_;
  SeriesUnderReview under_;
};

TEST_F(AnchorGateTest, AnchorsAreFoundAsRuns) {
  struct Case {
    const char* name;
    std::int64_t patch;
    std::vector<std::string> quoted;
    AnchorFate fate;
    std::int64_t want_patch;
    std::string want_first;
  };
  const std::vector<Case> cases = {
      {"exact",
       2,
       {"\t\tint ret = lamp_step(lamp, level);"},
       AnchorFate::kFound,
       2,
       "\t\tint ret = lamp_step(lamp, level);"},
      {"a run decides where one line does not",
       2,
       {"\t\tif (ret)", "\t\t\treturn ret;", "\t}"},
       AnchorFate::kFound,
       2,
       "\t\tif (ret)"},
      {"blank lines around",
       2,
       {"", "\twhile (lamp->level != level) {", ""},
       AnchorFate::kFound,
       2,
       "\twhile (lamp->level != level) {"},
      {"marks are repaired",
       2,
       {"+\twhile (lamp->level != level) {",
        "-\t\tint ret = lamp_step(lamp, level);"},
       AnchorFate::kRepaired,
       2,
       "\twhile (lamp->level != level) {"},
      {"lines left out in the middle",
       2,
       {"\twhile (lamp->level != level) {", "\t\tif (ret)",
        "\t\t\treturn ret;"},
       AnchorFate::kFound,
       2,
       "\t\tif (ret)"},
      {"the same, said so",
       2,
       {"+\twhile (lamp->level != level) {", "[ ... ]", "+\t\tif (ret)"},
       AnchorFate::kFound,
       2,
       "\t\tif (ret)"},
      {"a line above is invented",
       2,
       {"\tlamp_lock(lamp);", "\twhile (lamp->level != level) {"},
       AnchorFate::kRepaired,
       2,
       "\twhile (lamp->level != level) {"},
      {"only a brace of the run stands there",
       2,
       {"\tlamp_explode(lamp);", "}"},
       AnchorFate::kAbsent,
       2,
       "\tlamp_explode(lamp);"},
      {"quoted as a mail quotes",
       2,
       {">", "> @@ -40,6 +40,18 @@ static int lamp_set()", "> +\t\tif (ret)"},
       AnchorFate::kFound,
       2,
       "\t\tif (ret)"},
      {"carets below",
       2,
       {"+\t\tif (ret)", "\t\t    ^^^"},
       AnchorFate::kFound,
       2,
       "\t\tif (ret)"},
      {"an index line of another repository",
       1,
       {"diff --git a/drivers/lamp/regs.h b/drivers/lamp/regs.h",
        "index 123456789abc..cba987654321 100644"},
       AnchorFate::kFound,
       1,
       "diff --git a/drivers/lamp/regs.h b/drivers/lamp/regs.h"},
      {"white space differs",
       2,
       {"        int ret = lamp_step(lamp, level);"},
       AnchorFate::kAbsent,
       2,
       "        int ret = lamp_step(lamp, level);"},
      {"trailing blanks do not count",
       2,
       {"\t\tint ret = lamp_step(lamp, level);   "},
       AnchorFate::kFound,
       2,
       "\t\tint ret = lamp_step(lamp, level);"},
      {"another patch",
       1,
       {"\t\tint ret = lamp_step(lamp, level);"},
       AnchorFate::kRerouted,
       2,
       "\t\tint ret = lamp_step(lamp, level);"},
      {"a short line moves nothing", 3, {"\t}"}, AnchorFate::kAbsent, 3, "\t}"},
      {"nowhere",
       2,
       {"\tlamp_explode(lamp);"},
       AnchorFate::kAbsent,
       2,
       "\tlamp_explode(lamp);"},
      {"nearly",
       2,
       {"\t\tint ret = lamp_step(lamp, levels);"},
       AnchorFate::kAbsent,
       2,
       "\t\tint ret = lamp_step(lamp, levels);"},
      {"nothing", 2, {}, AnchorFate::kNoQuote, 2, ""},
      {"blank", 2, {"  ", ""}, AnchorFate::kNoQuote, 2, "  "},
      {"commit message",
       2,
       {"One step at a time."},
       AnchorFate::kFound,
       2,
       "One step at a time."},
      {"commit message as git show indents it",
       2,
       {"    One step at a time."},
       AnchorFate::kFound,
       2,
       "One step at a time."},
      {"commit message, wrapped anew",
       1,
       {"The numbers say", "nothing to a reader."},
       AnchorFate::kFound,
       1,
       "The numbers say nothing to a reader."},
      {"a part of a line of it",
       1,
       {"numbers say nothing"},
       AnchorFate::kFound,
       1,
       "The numbers say nothing to a reader."},
      {"a part that is no word",
       1,
       {"umbers say nothin"},
       AnchorFate::kAbsent,
       1,
       "umbers say nothin"},
      {"the title",
       1,
       {"    lamp: name the registers"},
       AnchorFate::kFound,
       1,
       "The numbers say nothing to a reader."},
      {"file header",
       1,
       {"+++ b/drivers/lamp/regs.h"},
       AnchorFate::kFound,
       1,
       "+++ b/drivers/lamp/regs.h"},
      {"hunk line",
       2,
       {"@@ -40,6 +40,18 @@ static int lamp_set(struct lamp *lamp, int level)"},
       AnchorFate::kFound,
       2,
       "@@ -40,6 +40,18 @@ static int lamp_set(struct lamp *lamp, int level)"},
      {"hunk line with other numbers",
       2,
       {"@@ -44,6 +44,18 @@ lamp_set()"},
       AnchorFate::kFound,
       2,
       "@@ -40,6 +40,18 @@ static int lamp_set(struct lamp *lamp, int level)"},
  };
  for (const Case& each : cases) {
    PlacedAnchor placed = Place(Claim(each.patch, each.quoted));
    EXPECT_EQ(placed.fate, each.fate) << each.name;
    EXPECT_EQ(placed.anchor.patch, each.want_patch) << each.name;
    if (!each.want_first.empty()) {
      ASSERT_FALSE(placed.anchor.quoted.empty()) << each.name;
      EXPECT_EQ(placed.anchor.quoted.front(), each.want_first) << each.name;
    }
  }
}

TEST_F(AnchorGateTest, TheEnginesPathDecidesBetweenEqualRuns) {
  SeriesFixture fixture;
  const char* lines = " {\n+\tgo_to_sleep();\n }\n";
  fixture.Patch(
      {"x", "", EditFile("a.c", 1, "", lines) + EditFile("b.c", 1, "", lines)});
  fixture.Build();
  SeriesUnderReview under = fixture.Under();
  Finding finding = Claim(1, {"\tgo_to_sleep();"});
  finding.anchors[0].path = "b.c";
  EXPECT_EQ(PlaceAnchor(under, finding.anchors[0]).anchor.path, "b.c");
  finding.anchors[0].path = "a.c";
  EXPECT_EQ(PlaceAnchor(under, finding.anchors[0]).anchor.path, "a.c");
}

TEST_F(AnchorGateTest, LyingIndicesAreHarmless) {
  Finding finding = Claim(2, {"\t\tint ret = lamp_step(lamp, level);"});
  finding.anchors[0].file = 4'000'000'000U;
  finding.anchors[0].hunk = 7;
  finding.anchors[0].first_line = 4'000'000'000U;
  finding.anchors[0].line_count = 4'000'000'000U;
  PlacedAnchor placed = Place(finding);
  EXPECT_EQ(placed.fate, AnchorFate::kFound);
  EXPECT_EQ(placed.anchor.line_count, 1U);
  finding.anchors[0].patch = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(Place(finding).fate, AnchorFate::kRerouted);
  finding.anchors[0].kind = AnchorKind::kMessage;
  finding.anchors[0].text_line = 4'000'000'000U;
  EXPECT_EQ(Place(finding).anchor.patch, 2);
}

TEST_F(AnchorGateTest, NearLinesAreToldAndNeverTaken) {
  struct Case {
    const char* quoted;
    const char* want;  // Of the note.
  };
  for (const Case& each : std::vector<Case>{
           {"+        int ret = lamp_step(lamp, level);",
            "but for white space it is line 46 of drivers/lamp/core.c"},
           {"+\t\tint ret = lamp_step(lamp...",
            "it is cut off from line 46 of drivers/lamp/core.c"},
           {"+\t\tint ret = lamp_step(lamp, levels);",
            "it resembles line 46 of drivers/lamp/core.c"},
           {"+\tlamp_explode(everything);", ""}}) {
    const PlacedAnchor placed = Place(Claim(2, {each.quoted}));
    EXPECT_EQ(placed.fate, AnchorFate::kAbsent) << each.quoted;
    EXPECT_EQ(placed.note, each.want);
  }
}

TEST_F(AnchorGateTest, WhatWasRepairedIsTold) {
  EXPECT_EQ(Place(Claim(2, {"-\t\tif (ret)"})).note, "1 mark(s) repaired");
  EXPECT_EQ(Place(Claim(2, {"\tlamp_lock(lamp);",
                            "\twhile (lamp->level != level) {"}))
                .note,
            "1 of 2 quoted lines do not stand there");
  Finding finding = Claim(1, {"#define LAMP_REG_SPEED\t0x14"});
  EXPECT_EQ(Place(finding).note, "found in another file than was named");
  EXPECT_EQ(Place(finding).anchor.path, "drivers/lamp/regs.h");
  finding.anchors[0].patch = 2;
  EXPECT_EQ(Place(finding).fate, AnchorFate::kAbsent)
      << "one line, in another patch and in another file";
}

TEST_F(AnchorGateTest, TheSideDecidesBetweenEqualLines) {
  SeriesFixture fixture;
  fixture.Patch({"x", "",
                 EditFile("a.c", 1, "",
                          " {\n-\tgo_to_sleep();\n+\tif (tired)\n"
                          "+\tgo_to_sleep();\n }\n")});
  fixture.Build();
  const SeriesUnderReview under = fixture.Under();
  Finding finding = Claim(1, {"\tgo_to_sleep();"});
  finding.anchors[0].path = "a.c";
  finding.anchors[0].side = Side::kNew;
  EXPECT_EQ(PlaceAnchor(under, finding.anchors[0]).anchor.first_line, 3U);
  finding.anchors[0].side = Side::kOld;
  EXPECT_EQ(PlaceAnchor(under, finding.anchors[0]).anchor.first_line, 1U);
  // A mark says it too.
  finding.anchors[0].side.reset();
  finding.anchors[0].quoted = {"+\tgo_to_sleep();"};
  EXPECT_EQ(PlaceAnchor(under, finding.anchors[0]).anchor.first_line, 3U);
}

TEST_F(AnchorGateTest, TheHunkDecidesBetweenEqualRuns) {
  SeriesFixture fixture;
  Finding finding = TwoEqualRuns("", "", &fixture);
  const SeriesUnderReview under = fixture.Under();
  EXPECT_EQ(PlaceAnchor(under, finding.anchors[0]).anchor.hunk, 0U);
  finding.anchors[0].hunk = 1;
  EXPECT_EQ(PlaceAnchor(under, finding.anchors[0]).anchor.hunk, 1U);
}

TEST_F(AnchorGateTest, TheFunctionDecidesBetweenEqualRuns) {
  SeriesFixture fixture;
  const Finding finding = TwoEqualRuns("int f(void)", "int g(void)", &fixture);
  const SeriesUnderReview under = fixture.Under();
  EXPECT_EQ(PlaceAnchor(under, finding.anchors[0], "f").anchor.hunk, 0U);
  EXPECT_EQ(PlaceAnchor(under, finding.anchors[0], "g").anchor.hunk, 1U);
  EXPECT_EQ(PlaceAnchor(under, finding.anchors[0], "h").anchor.hunk, 0U);
}

TEST_F(AnchorGateTest, AQuoteOfTheCoverIsAboutTheSeries) {
  Finding finding = Claim(0, {"Go there in small steps."});
  finding.anchors[0].kind = AnchorKind::kMessage;
  finding.anchors[0].path = "";
  const PlacedAnchor placed = Place(finding);
  EXPECT_EQ(placed.fate, AnchorFate::kFound);
  EXPECT_EQ(placed.anchor.kind, AnchorKind::kSeries);
  finding.anchors[0].quoted = {"Go there in large steps."};
  EXPECT_EQ(Place(finding).fate, AnchorFate::kAbsent);
}

TEST_F(AnchorGateTest, CommonLinesOfOtherFilesAreNoPlace) {
  // One line of three stands in the patch, in a file that was not named.
  Finding finding = Claim(1, {"\tlock(lamp);", "\tlamp_explode(lamp);",
                              "#define LAMP_REG_SPEED\t0x14"});
  EXPECT_EQ(Place(finding).fate, AnchorFate::kAbsent);
  finding.anchors[0].path = "drivers/lamp/regs.h";
  EXPECT_EQ(Place(finding).fate, AnchorFate::kRepaired);
  // And a run of another patch is not looked for in other files.
  finding = Claim(1, {"\t\tif (ret)", "\t\t\treturn ret;"});
  EXPECT_EQ(Place(finding).fate, AnchorFate::kRerouted);
  finding.anchors[0].path = "drivers/lamp/regs.h";
  EXPECT_EQ(Place(finding).fate, AnchorFate::kAbsent);
}

}  // namespace
}  // namespace patchmilter::review
