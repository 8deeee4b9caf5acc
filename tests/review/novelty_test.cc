#include "review/novelty.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mime/mail.h"
#include "review/anchor_gate.h"
#include "tests/review/fixture.h"

namespace patchmilter::review {
namespace {

class NoveltyTest : public testing::Test {
 protected:
  void SetUp() override {
    mime::InitMime();
    fixture_.Patch({"lamp: count", "",
                    EditFile("lamp.c", 10, "static int lamp_on(void)",
                             " {\n+\tlamp_count(1);\n \treturn 0;\n }\n \n"
                             " static int lamp_off(void)\n {\n"
                             " \tlamp_cut();\n")});
    fixture_.Build();
    under_ = fixture_.Under();
  }

  Novelty Weigh(const std::string& quoted, const std::string& text,
                bool marked = false) {
    Anchor anchor;
    anchor.kind = AnchorKind::kLines;
    anchor.patch = 1;
    anchor.path = "lamp.c";
    anchor.quoted = {quoted};
    finding_.anchors = {PlaceAnchor(under_, anchor).anchor};
    finding_.title = "A claim";
    finding_.explanation = text;
    finding_.pre_existing = marked;
    return WeighNovelty(under_, finding_);
  }

  SeriesFixture fixture_;
  SeriesUnderReview under_;
  Finding finding_;
};

constexpr char kAdded[] = "+\tlamp_count(1);";
constexpr char kFar[] = " \tlamp_cut();";
constexpr char kClose[] = " \treturn 0;";

TEST_F(NoveltyTest, TheEnginesWordDecides) {
  EXPECT_TRUE(Weigh(kAdded, "Why?", true).pre_existing());
  EXPECT_TRUE(
      Weigh(kAdded, "This is a pre-existing issue: why?").pre_existing());
  EXPECT_FALSE(Weigh(kAdded, "Why?").pre_existing());
}

TEST_F(NoveltyTest, ThePlaceAloneDoesNot) {
  EXPECT_FALSE(Weigh(kFar, "Is this right?").pre_existing())
      << "no function is named";
  EXPECT_FALSE(Weigh(kFar, "Does lamp_count() miss this one?").pre_existing())
      << "the patch changes the function that is named";
}

TEST_F(NoveltyTest, TheFunctionsAloneDoNot) {
  EXPECT_FALSE(Weigh(kAdded, "Does lamp_cut() sleep?").pre_existing());
  EXPECT_FALSE(Weigh(kClose, "Does lamp_cut() sleep?").pre_existing())
      << "one line below the change is not apart from it";
}

TEST_F(NoveltyTest, TheTwoTogetherDo) {
  const Novelty novelty = Weigh(kFar, "Does lamp_cut() sleep in lamp_off()?");
  EXPECT_TRUE(novelty.pre_existing());
  EXPECT_EQ(novelty.signs.size(), 2U);
  EXPECT_FALSE(
      Weigh(kFar, "Does this patch let lamp_cut() sleep?").pre_existing())
      << "it speaks of the patch";
}

TEST_F(NoveltyTest, AFunctionIsAWholeWord) {
  // lamp_count() is changed, lamp_co() is not there at all.
  EXPECT_TRUE(Weigh(kFar, "Does lamp_co() sleep?").pre_existing());
  EXPECT_TRUE(Weigh(kFar, "Does lamp_cut() sleep if (it) must?").pre_existing())
      << "\"if\" is no function";
}

TEST_F(NoveltyTest, ChecksAndTheSeriesKnowForThemselves) {
  Weigh(kFar, "Does lamp_cut() sleep?");
  finding_.exact = true;
  EXPECT_FALSE(WeighNovelty(under_, finding_).pre_existing());
  finding_.exact = false;
  finding_.anchors = {Anchor()};
  EXPECT_FALSE(WeighNovelty(under_, finding_).pre_existing());
  finding_.anchors.clear();
  EXPECT_FALSE(WeighNovelty(under_, finding_).pre_existing());
}

}  // namespace
}  // namespace patchmilter::review
