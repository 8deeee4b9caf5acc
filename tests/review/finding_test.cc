#include "review/finding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace patchmilter::review {
namespace {

constexpr int kReachabilities = 4;
constexpr int kConsequences = 5;

TEST(SeverityTest, NamesGoBothWays) {
  for (int i = 0; i < 4; ++i) {
    const auto severity = static_cast<Severity>(i);
    EXPECT_EQ(ParseSeverity(SeverityName(severity)), severity);
  }
  for (int i = 0; i < kReachabilities; ++i) {
    const auto value = static_cast<Reachability>(i);
    EXPECT_EQ(ParseReachability(ReachabilityName(value)), value);
  }
  for (int i = 0; i < kConsequences; ++i) {
    const auto value = static_cast<Consequence>(i);
    EXPECT_EQ(ParseConsequence(ConsequenceName(value)), value);
  }
  EXPECT_FALSE(ParseSeverity("High").has_value());
  EXPECT_FALSE(ParseReachability("").has_value());
  EXPECT_FALSE(ParseConsequence("low").has_value());
}

TEST(SeverityTest, IsComputed) {
  struct Case {
    Reachability reachability;
    Consequence consequence;
    double confidence;
    Severity want;
  };
  for (const Case& each : {
           Case{Reachability::kAlways, Consequence::kCosmetic, 1,
                Severity::kLow},
           Case{Reachability::kCommon, Consequence::kMisbehaviour, 1,
                Severity::kMedium},
           Case{Reachability::kCommon, Consequence::kCrash, 1, Severity::kHigh},
           Case{Reachability::kCommon, Consequence::kCorruption, 1,
                Severity::kCritical},
           Case{Reachability::kUnlikely, Consequence::kCorruption, 1,
                Severity::kMedium},
           Case{Reachability::kCommon, Consequence::kCorruption, 0.49,
                Severity::kHigh},
           Case{Reachability::kCommon, Consequence::kCorruption, 0.5,
                Severity::kCritical},
           Case{Reachability::kCommon, Consequence::kCorruption, std::nan(""),
                Severity::kHigh},
           Case{Reachability::kRare, Consequence::kCosmetic, 0, Severity::kLow},
       }) {
    EXPECT_EQ(
        ComputeSeverity(each.reachability, each.consequence, each.confidence),
        each.want)
        << ReachabilityName(each.reachability) << " "
        << ConsequenceName(each.consequence) << " " << each.confidence;
  }
}

TEST(SeverityTest, NeverFallsAsThingsGetWorse) {
  for (int r = 0; r < kReachabilities; ++r) {
    for (int c = 0; c < kConsequences; ++c) {
      const auto at = [](int reachability, int consequence) {
        return ComputeSeverity(static_cast<Reachability>(reachability),
                               static_cast<Consequence>(consequence), 1);
      };
      EXPECT_GE(at(r, c), at(std::max(r - 1, 0), c));
      EXPECT_GE(at(r, c), at(r, std::max(c - 1, 0)));
      EXPECT_LE(
          ComputeSeverity(static_cast<Reachability>(r),
                          static_cast<Consequence>(c), 1, Severity::kMedium),
          Severity::kMedium);
    }
  }
}

TEST(FateTest, EachHasAName) {
  EXPECT_EQ(FateName(Fate::Kind::kKept), "kept");
  EXPECT_EQ(FateName(Fate::Kind::kRerouted), "re-routed");
  EXPECT_EQ(FateName(Fate::Kind::kDropped), "dropped");
}

}  // namespace
}  // namespace patchmilter::review
