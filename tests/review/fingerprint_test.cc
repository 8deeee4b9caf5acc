#include "review/fingerprint.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "mime/mail.h"
#include "review/anchor_gate.h"
#include "tests/review/fixture.h"

namespace patchmilter::review {
namespace {

// A patch of one hunk, and the print of a finding at its line `anchor`.
struct Shape {
  std::string path = "a.c";
  std::string section = "int f(void)";
  std::uint32_t line = 10;
  std::vector<std::string> lines = {" {",
                                    " \tint tired = 1;",
                                    "+",
                                    "+\tif (tired)",
                                    "+\t\tgo_to_sleep();",
                                    "+\twake_up_again();",
                                    " \treturn 0;",
                                    " }"};
  std::vector<std::string> quoted = {"\t\tgo_to_sleep();"};
  std::string category = "claim";
  std::string before;  // Another file's diff in front.

  std::string Print() const {
    SeriesFixture fixture;
    std::string text;
    for (const std::string& each : lines) text += each + "\n";
    fixture.Patch({"x", "", before + EditFile(path, line, section, text)});
    fixture.Build();
    const SeriesUnderReview under = fixture.Under();
    Finding finding;
    finding.category = category;
    finding.title = "t";
    Anchor anchor;
    anchor.kind = AnchorKind::kLines;
    anchor.patch = 1;
    anchor.path = path;
    anchor.quoted = quoted;
    PlacedAnchor placed = PlaceAnchor(under, anchor);
    EXPECT_NE(placed.fate, AnchorFate::kAbsent);
    finding.anchors = {placed.anchor};
    return FingerprintOf(under, finding);
  }
};

class FingerprintTest : public testing::Test {
 protected:
  void SetUp() override { mime::InitMime(); }
  const Shape shape_;
};

TEST_F(FingerprintTest, ChangesWithWhatItIsMadeOf) {
  const std::string print = shape_.Print();
  EXPECT_EQ(print.size(), 16U);
  Shape other = shape_;
  other.path = "b.c";
  EXPECT_NE(other.Print(), print);
  other = shape_;
  other.section = "int g(void)";
  EXPECT_NE(other.Print(), print);
  other = shape_;
  other.category = "leak";
  EXPECT_NE(other.Print(), print);
  other = shape_;
  other.lines[4] = "+\t\tgo_to_bed();";
  other.quoted = {"\t\tgo_to_bed();"};
  EXPECT_NE(other.Print(), print);
  other = shape_;
  other.lines[3] = "+\tif (bored)";
  EXPECT_NE(other.Print(), print) << "the neighbour above";
  other = shape_;
  other.lines[5] = "+\tstay_asleep();";
  EXPECT_NE(other.Print(), print) << "the neighbour below";
}

TEST_F(FingerprintTest, HowMuchIsQuotedMakesNoDifference) {
  Shape other = shape_;
  other.quoted = {"+\tif (tired)", "+\t\tgo_to_sleep();"};
  EXPECT_EQ(other.Print(), shape_.Print());
}

// Whatever leaves the line and its neighbours alone leaves the print alone.
TEST_F(FingerprintTest, SurvivesChangesElsewhere) {
  const std::string print = shape_.Print();
  std::mt19937 random(20261121);
  const auto pick = [&](std::uint32_t most) {
    return std::uniform_int_distribution<std::uint32_t>(0, most)(random);
  };
  for (int round = 0; round < 300; ++round) {
    Shape other = shape_;
    std::string told;
    const auto tell = [&](const std::string& what) { told += what + "; "; };
    other.line = 1 + pick(5000);
    if (pick(1) == 1) {
      tell("another file in front");
      other.before = EditFile("0.c", 1 + pick(100), "int h(void)",
                              " {\n+\tgo_to_sleep();\n }\n");
    }
    // From the end, so that indices in front stay right.
    for (std::uint32_t i = pick(3); i > 0; --i) {
      tell("lines added below");
      other.lines.insert(other.lines.begin() + 6,
                         "+\tmore(" + std::to_string(pick(99)) + ");");
    }
    if (pick(1) == 1) {
      tell("blank line and removed line between");
      other.lines.insert(other.lines.begin() + 5, "-\told_times();");
      other.lines.insert(other.lines.begin() + 5, "+");
    }
    if (pick(1) == 1) {
      tell("indented anew");
      other.lines[4] = "+\t\t\t  go_to_sleep( );";
      other.quoted = {"\t\t\t  go_to_sleep( );"};
    }
    for (std::uint32_t i = pick(3); i > 0; --i) {
      tell("lines added above");
      other.lines.insert(other.lines.begin() + 2,
                         "+\tless(" + std::to_string(pick(99)) + ");");
    }
    EXPECT_EQ(other.Print(), print) << told;
  }
}

TEST(WordSetTest, Overlaps) {
  EXPECT_DOUBLE_EQ(WordOverlap("lamp level", "lamp level"), 1);
  EXPECT_DOUBLE_EQ(WordOverlap("lamp level", "Lamp speed"), 0.5);
  EXPECT_DOUBLE_EQ(WordOverlap("the and", "the and"), 0) << "stop words";
  EXPECT_DOUBLE_EQ(WordOverlap("lamp lamp lamp", "lamp"), 1) << "a set";
  EXPECT_DOUBLE_EQ(WordOverlap("", "lamp"), 0);
}

}  // namespace
}  // namespace patchmilter::review
