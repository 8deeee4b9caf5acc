#include "review/gates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "mime/mail.h"
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

  // The gate at which it falls; "" where it is kept.
  std::string Gate(std::vector<Finding> findings,
                   const GatePolicy& policy = GatePolicy()) {
    GatedReview review = ApplyGates(under_, std::move(findings), policy);
    return review.dropped.empty() ? "" : review.dropped.front().gate;
  }

  SeriesFixture fixture_;
  SeriesUnderReview under_;
};

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
  GatedReview apart = ApplyGates(under_, {finding}, keep);
  EXPECT_TRUE(apart.kept.empty());
  EXPECT_EQ(apart.pre_existing.size(), 1U);
  EXPECT_TRUE(apart.dropped.empty());
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

TEST(GatePolicyTest, AListsOwnSettingsComeFirst) {
  Config config;
  config.review.min_severity = "medium";
  config.review.min_confidence = 70;
  config.review.max_findings_per_patch = 3;
  config.review.pre_existing = "mail";
  ListConfig list;
  GatePolicy policy = PolicyOf(config, list);
  EXPECT_EQ(policy.min_severity, Severity::kMedium);
  EXPECT_DOUBLE_EQ(policy.min_confidence, 0.7);
  EXPECT_EQ(policy.max_per_patch, 3U);
  EXPECT_EQ(policy.pre_existing, PreExisting::kMail);
  list.min_severity = "low";
  list.min_confidence = 0;
  list.max_findings_per_patch = 0;
  list.pre_existing = "drop";
  policy = PolicyOf(config, list);
  EXPECT_EQ(policy.min_severity, Severity::kLow);
  EXPECT_DOUBLE_EQ(policy.min_confidence, 0);
  EXPECT_EQ(policy.max_per_patch, 0U);
  EXPECT_EQ(policy.pre_existing, PreExisting::kDrop);
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

TEST_F(GatesTest, EachFindingHasOneFate) {
  const std::vector<std::string> good = {
      "\t\tint ret = lamp_step(lamp, level);"};
  const char* words = "The lamp may be dimmed twice when two threads suspend.";
  std::vector<Finding> findings = {
      Claim(2, good, words),
      Claim(3, {"\treturn lamp_fade_to(lamp, 0);"}, words),
      Claim(1, {"\twhile (lamp->level != level) {"}, "Does this ever end?"),
      Claim(2, {"\tlamp_explode(lamp);"}),
      Claim(2, good, "This isn't a bug introduced by this patch, but why?"),
      Claim(2, {}),
  };
  const GatedReview review = ApplyGates(under_, findings, GatePolicy());
  ASSERT_EQ(review.fates.size(), findings.size());
  const auto kind = [&](std::size_t i) { return review.fates[i].kind; };
  EXPECT_EQ(kind(0), Fate::Kind::kKept);
  EXPECT_EQ(review.fates[0].place->patch, 2);
  EXPECT_EQ(review.fates[0].gate, "");
  EXPECT_EQ(kind(1), Fate::Kind::kMerged);
  EXPECT_EQ(review.fates[1].gate, kTwiceGate);
  EXPECT_EQ(review.fates[1].into, 0U);
  EXPECT_EQ(review.fates[1].place->patch, 3) << "its own place";
  EXPECT_EQ(kind(2), Fate::Kind::kRerouted);
  EXPECT_EQ(review.fates[2].gate, kRightPatchGate);
  EXPECT_EQ(review.fates[2].place->patch, 2);
  EXPECT_EQ(kind(3), Fate::Kind::kDropped);
  EXPECT_EQ(review.fates[3].gate, kRightPatchGate);
  EXPECT_FALSE(review.fates[3].place.has_value()) << "it stands nowhere";
  EXPECT_EQ(kind(4), Fate::Kind::kPreExisting);
  EXPECT_NE(review.fates[4].reason.find("bug introduced by this patch"),
            std::string::npos)
      << review.fates[4].reason;
  EXPECT_EQ(kind(5), Fate::Kind::kDropped);
  EXPECT_EQ(review.fates[5].gate, kAnchorGate);
  // And each finding stands in one place of the result.
  EXPECT_EQ(review.kept.size() + review.pre_existing.size() +
                review.still_present.size() + review.dropped.size(),
            findings.size());
}

TEST_F(GatesTest, WhatIsMergedLeavesItsPlaces) {
  const char* words = "The lamp may be dimmed twice when two threads suspend.";
  std::vector<Finding> findings = {
      Claim(3, {"\treturn lamp_fade_to(lamp, 0);"}, words),
      Claim(2, {"\t\tint ret = lamp_step(lamp, level);"}, words),
  };
  findings[0].severity = Severity::kHigh;
  const GatedReview review = ApplyGates(under_, findings, GatePolicy());
  ASSERT_EQ(review.kept.size(), 1U);
  const Finding& kept = review.kept[0];
  EXPECT_EQ(kept.input, 1U) << "the earlier patch has it";
  EXPECT_EQ(kept.severity, Severity::kHigh) << "the worse of the two";
  ASSERT_EQ(kept.anchors.size(), 2U);
  EXPECT_EQ(kept.anchors[0].patch, 2);
  EXPECT_EQ(kept.anchors[1].patch, 3);
}

TEST_F(GatesTest, UnderOnePatchMoreWordsMustBeShared) {
  // Of 14 and 14 words 6 are shared: 0.43.
  const std::string one =
      "lamp level wrong device power driver alpha beta gamma delta epsilon "
      "zeta theta iota";
  const std::string two =
      "lamp level wrong device power driver kappa lambda sigma omega rho "
      "chi psi upsilon";
  const std::vector<std::string> first = {"\twhile (lamp->level != level) {"};
  const std::vector<std::string> second = {
      "\t\tint ret = lamp_step(lamp, level);"};
  const std::vector<std::string> later = {"\treturn lamp_fade_to(lamp, 0);"};
  EXPECT_EQ(Gate({Claim(2, first, one), Claim(2, second, two)}), "");
  EXPECT_EQ(Gate({Claim(2, first, one), Claim(3, later, two)}), kTwiceGate);
}

TEST_F(GatesTest, FewWordsAreSharedByChance) {
  const std::vector<std::string> first = {
      "\t\tint ret = lamp_step(lamp, level);"};
  const std::vector<std::string> later = {"\treturn lamp_fade_to(lamp, 0);"};
  EXPECT_EQ(Gate({Claim(2, first, "Why two patches?"),
                  Claim(3, later, "Why two lamps?")}),
            "");
  EXPECT_EQ(Gate({Claim(2, first, "Why two lamps?"),
                  Claim(3, later, "Why two lamps?")}),
            kTwiceGate);
}

TEST_F(GatesTest, CodeOutsideTheDiffIsPreExistingAtBest) {
  Finding finding = Claim(2, {"\tlamp_explode(lamp);"});
  finding.pre_existing = true;
  GatedReview review = ApplyGates(under_, {finding}, GatePolicy());
  EXPECT_EQ(review.fates[0].kind, Fate::Kind::kPreExisting);
  EXPECT_EQ(review.fates[0].gate, kRightPatchGate);
  EXPECT_FALSE(review.fates[0].place.has_value());
  finding.pre_existing = false;
  review = ApplyGates(under_, {finding}, GatePolicy());
  EXPECT_EQ(review.fates[0].kind, Fate::Kind::kDropped);
}

TEST_F(GatesTest, ReroutedOnesAreCounted) {
  GatedReview review =
      ApplyGates(under_, {Claim(1, {"\t\tint ret = lamp_step(lamp, level);"})},
                 GatePolicy());
  EXPECT_EQ(review.rerouted, 1U);
  ASSERT_EQ(review.kept.size(), 1U);
  EXPECT_EQ(review.kept[0].anchors[0].patch, 2);
}

}  // namespace
}  // namespace patchmilter::review
