#include "review/gates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "mime/mail.h"
#include "review/anchor_gate.h"
#include "review/fingerprint.h"
#include "tests/review/fixture.h"

namespace patchmilter::review {
namespace {

class GatesTest : public testing::Test {
 protected:
  void SetUp() override {
    mime::InitMime();
    fixture_ = CleanSeries();
    fixture_.Build();
    under_ = fixture_.Under();
  }

  static Finding Claim(std::int64_t patch, std::vector<std::string> quoted,
                       std::string text = "Is this right?") {
    Finding finding;
    finding.category = "claim";
    finding.severity = Severity::kMedium;
    finding.explanation = std::move(text);
    finding.confidence = 0.9;
    Anchor anchor;
    anchor.kind = AnchorKind::kLines;
    anchor.patch = patch;
    anchor.path = "drivers/lamp/core.c";
    anchor.quoted = std::move(quoted);
    finding.anchors = {anchor};
    return finding;
  }

  PlacedAnchor Place(const Finding& finding) {
    return PlaceAnchor(under_, finding.anchors.front());
  }

  // The gate at which it falls; "" where it is kept.
  std::string Gate(std::vector<Finding> findings,
                   const GatePolicy& policy = GatePolicy()) {
    GatedReview review = ApplyGates(under_, std::move(findings), policy);
    return review.dropped.empty() ? "" : review.dropped.front().gate;
  }

  SeriesFixture fixture_;
  SeriesUnderReview under_;
};

TEST_F(GatesTest, AnchorsAreFoundAsRuns) {
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
       AnchorFate::kRepaired,
       2,
       "\t\tif (ret)"},
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

TEST_F(GatesTest, TheEnginesPathDecidesBetweenEqualRuns) {
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

TEST_F(GatesTest, LyingIndicesAreHarmless) {
  Finding finding = Claim(2, {"\t\tint ret = lamp_step(lamp, level);"});
  finding.anchors[0].file = 4'000'000'000U;
  finding.anchors[0].hunk = 7;
  finding.anchors[0].first_line = 4'000'000'000U;
  finding.anchors[0].line_count = 4'000'000'000U;
  PlacedAnchor placed = Place(finding);
  EXPECT_EQ(placed.fate, AnchorFate::kFound);
  EXPECT_EQ(placed.anchor.line_count, 1U);
  finding.anchors[0].patch = -5;
  EXPECT_EQ(Place(finding).fate, AnchorFate::kRerouted);
  finding.anchors[0].kind = AnchorKind::kMessage;
  finding.anchors[0].text_line = 4'000'000'000U;
  EXPECT_EQ(Place(finding).anchor.patch, 2);
}

TEST_F(GatesTest, EachGateDropsAndNamesItself) {
  const std::vector<std::string> good = {
      "\t\tint ret = lamp_step(lamp, level);"};
  EXPECT_EQ(Gate({Claim(2, good)}), "");
  EXPECT_EQ(Gate({Claim(2, {"no such line here"})}), kRightPatchGate);
  EXPECT_EQ(Gate({Claim(2, {})}), kAnchorGate);
  Finding finding = Claim(2, good);
  finding.anchors.clear();
  EXPECT_EQ(Gate({finding}), kAnchorGate);

  finding = Claim(2, good);
  finding.pre_existing = true;
  EXPECT_EQ(Gate({finding}), kPreExistingGate);
  GatePolicy keep;
  keep.pre_existing = PreExisting::kMail;
  EXPECT_EQ(Gate({finding}, keep), "");
  // No changed line is quoted, and the function named is nowhere in the patch.
  finding = Claim(2, {"static int lamp_probe(struct device *dev)"},
                  "The fault is in lamp_register(), which is called here.");
  EXPECT_EQ(Gate({finding}), kPreExistingGate);
  finding.explanation = "The fault is in lamp_fade_to(), which is new.";
  EXPECT_EQ(Gate({finding}), "") << "it is in the patch";
  finding.explanation = "The fault is in this very line.";
  EXPECT_EQ(Gate({finding}), "") << "a context line alone is no reason";

  finding = Claim(2, good);
  finding.fixed_by_patch = 3;
  EXPECT_EQ(Gate({finding}), kLaterPatchGate);
  finding.fixed_by_patch = 9;
  EXPECT_EQ(Gate({finding}), "") << "there is no such patch";
  finding.fixed_by_patch = 1;
  EXPECT_EQ(Gate({finding}), "") << "that patch is not later";

  EXPECT_EQ(Gate({Claim(2, good), Claim(2, good)}), kTwiceGate);
  const char* words = "The lamp may be dimmed twice when two threads suspend.";
  EXPECT_EQ(Gate({Claim(2, good, words),
                  Claim(3, {"\treturn lamp_fade_to(lamp, 0);"}, words)}),
            kTwiceGate);
  EXPECT_EQ(Gate({Claim(2, good, words),
                  Claim(3, {"\treturn lamp_fade_to(lamp, 0);"},
                        "Nothing checks the value that is returned.")}),
            "");

  GatePolicy policy;
  policy.min_severity = Severity::kHigh;
  EXPECT_EQ(Gate({Claim(2, good)}, policy), kThresholdGate);
  finding = Claim(2, good);
  finding.confidence = 0.4;
  EXPECT_EQ(Gate({finding}), kThresholdGate);
  finding.confidence = std::nan("");
  EXPECT_EQ(Gate({finding}), kThresholdGate);
  EXPECT_EQ(Gate({Claim(2, good, "\x1B\x07 ---")}), kHygieneGate);
}

TEST_F(GatesTest, TheCapKeepsTheWorst) {
  std::vector<Finding> findings;
  const char* lines[] = {"\twhile (lamp->level != level) {",
                         "\t\tint ret = lamp_step(lamp, level);",
                         "\t\tif (ret)"};
  const char* texts[] = {"Alpha beta gamma.", "Delta epsilon zeta.",
                         "Theta iota kappa."};
  for (int i = 0; i < 3; ++i) {
    findings.push_back(Claim(2, {lines[i]}, texts[i]));
    findings.back().severity =
        i == 2 ? Severity::kCritical : static_cast<Severity>(i);
  }
  GatePolicy policy;
  policy.max_per_patch = 2;
  GatedReview review = ApplyGates(under_, findings, policy);
  ASSERT_EQ(review.kept.size(), 2U);
  EXPECT_EQ(review.kept[0].explanation, texts[1]) << "in order of place";
  EXPECT_EQ(review.kept[1].explanation, texts[2]);
  EXPECT_THAT(review.DroppedByGate(),
              testing::ElementsAre(testing::Pair("cap", 1U)));
}

TEST_F(GatesTest, ReroutedOnesAreCounted) {
  GatedReview review =
      ApplyGates(under_, {Claim(1, {"\t\tint ret = lamp_step(lamp, level);"})},
                 GatePolicy());
  EXPECT_EQ(review.rerouted, 1U);
  ASSERT_EQ(review.kept.size(), 1U);
  EXPECT_EQ(review.kept[0].anchors[0].patch, 2);
}

TEST_F(GatesTest, FingerprintsSurviveMovedLines) {
  auto print = [](std::uint32_t line, const std::string& lines,
                  const std::string& section, const std::string& path) {
    SeriesFixture fixture;
    fixture.Patch({"x", "", EditFile(path, line, section, lines)});
    fixture.Build();
    SeriesUnderReview under = fixture.Under();
    GatedReview review =
        ApplyGates(under, {Claim(1, {"\tgo_to_sleep();"})}, GatePolicy());
    return review.kept.at(0).fingerprint;
  };
  const std::string lines = " {\n \twake();\n+\tgo_to_sleep();\n }\n";
  const std::string first = print(10, lines, "int f(void)", "a.c");
  EXPECT_EQ(first.size(), 16U);
  EXPECT_EQ(first, print(90, lines, "int f(void)", "a.c"));
  EXPECT_EQ(first, print(90,
                         " {\n+\tnew_one();\n \twake();\n"
                         "+\tgo_to_sleep();\n }\n",
                         "int f(void)", "a.c"));
  EXPECT_NE(first, print(10, lines, "int g(void)", "a.c"));
  EXPECT_NE(first, print(10, lines, "int f(void)", "b.c"));
  EXPECT_NE(first, print(10, " {\n \tdoze();\n+\tgo_to_sleep();\n }\n",
                         "int f(void)", "a.c"));
}

TEST(FingerprintTest, WordsOverlap) {
  EXPECT_DOUBLE_EQ(WordOverlap("lamp level", "lamp level"), 1);
  EXPECT_DOUBLE_EQ(WordOverlap("lamp level", "lamp speed"), 0.5);
  EXPECT_DOUBLE_EQ(WordOverlap("the and", "the and"), 0) << "stop words";
  EXPECT_DOUBLE_EQ(WordOverlap("", "lamp"), 0);
}

TEST(SeverityTest, NamesGoBothWays) {
  for (Severity severity : {Severity::kLow, Severity::kMedium, Severity::kHigh,
                            Severity::kCritical}) {
    EXPECT_EQ(ParseSeverity(SeverityName(severity)), severity);
  }
  EXPECT_FALSE(ParseSeverity("High").has_value());
}

}  // namespace
}  // namespace patchmilter::review
