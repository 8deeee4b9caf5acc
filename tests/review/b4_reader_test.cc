// The reader by itself, on replies as people write them; then all golden
// reviews, read back.
#include "tests/review/b4_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mime/mail.h"
#include "review/anchor.h"
#include "tests/review/fixture.h"
#include "tests/review/golden_cases.h"
#include "tests/review/hostile_review.h"
#include "tests/review/read_back.h"

namespace patchmilter::review {
namespace {

constexpr char kPatch[] =
    "Why it is good.\n\nSigned-off-by: A <a@b.example>\n---\n"
    "diff --git a/x/lamp.c b/x/lamp.c\n--- a/x/lamp.c\n+++ b/x/lamp.c\n"
    "@@ -10,4 +10,5 @@ int f(void)\n \tone();\n-\ttwo();\n+\tthree();\n"
    "+\tfour();\n }\n \n"
    "@@ -40,3 +41,4 @@ int g(void)\n \tone();\n \tsix();\n+\tfour();\n }\n"
    "-- \n2.39.5\n";

TEST(B4ReaderTest, PlacesAreCountedAndPutRight) {
  const std::string body =
      "Hello,\n\n> Why it is good.\n\nIs it?\n\n"
      "> diff --git a/x/lamp.c b/x/lamp.c\n> @@ -10,4 +10,5 @@ int f(void)\n"
      ">  \tone();\n> -\ttwo();\n\nWhy?\n\n> +\tthree();\n> +\tfour();\n\n"
      "First.\n[ ... ]\nstill first\n\n> @@ -40,3 +41,4 @@ int g(void)\n"
      "[ ... ]\n> +\tfour();\n\nSecond.\n-- \n> +\tno\nnot read\n";
  std::vector<InlineComment> got =
      ReadInlineComments(body, kPatch, Resolve::kNearest);
  ASSERT_EQ(got.size(), 5U);
  EXPECT_EQ(got[0].at, InlineComment::At::kNowhere);
  EXPECT_EQ(got[1].at, InlineComment::At::kMessage);
  EXPECT_EQ(got[1].quoted, "Why it is good.");
  EXPECT_EQ(got[2].path, "x/lamp.c");
  EXPECT_EQ(got[2].line, 11);
  EXPECT_EQ(got[2].quoted, "-\ttwo();");
  EXPECT_EQ(got[3].line, 12);
  EXPECT_EQ(got[3].text, "First.\nstill first");
  // Counted at 41 behind the gap; the nearest "four();" stands at 43.
  EXPECT_EQ(got[4].line, 43);
  EXPECT_EQ(got[4].text, "Second.");
}

TEST(B4ReaderTest, ARunTellsEqualLinesApart) {
  std::string patch =
      "---\ndiff --git a/a.c b/a.c\n--- /dev/null\n+++ b/a.c\n@@ -0,0 +1,40 "
      "@@\n";
  for (int i = 1; i <= 40; ++i) {
    patch += i % 4 == 0 ? "+}\n" : "+l" + std::to_string(i) + "\n";
  }
  const std::string body =
      "> diff --git a/a.c b/a.c\n> @@ -0,0 +1,40 @@\n[ ... ]\n> +l30\n> "
      "+l31\n> +}\n\nHere.\n";
  EXPECT_EQ(ReadInlineComments(body, patch, Resolve::kRun).at(0).line, 32);
  EXPECT_EQ(ReadInlineComments(body, patch, Resolve::kForward).at(0).line, 32);
  EXPECT_EQ(ReadInlineComments(body, patch, Resolve::kNearest).at(0).line, 4);
}

TEST(B4ReaderTest, BlankQuotesNextToACommentAreDropped) {
  const std::string body =
      "> diff --git a/x/lamp.c b/x/lamp.c\n> @@ -10,4 +10,5 @@\n>  }\n>  "
      "\n\nHere.\n";
  EXPECT_EQ(ReadInlineComments(body, kPatch, Resolve::kNearest).at(0).quoted,
            " }");
}

// The same few lines again and again: the context begins where a reader that
// searches forward, and b4 where that can be, come to the line that is meant.
TEST(B4ReaderTest, ContextBeginsWhereReadersFindIt) {
  std::string text;
  for (int i = 0; i < 30; ++i) {
    text += "+\tret = step();\n+\tif (ret)\n+\t\treturn ret;\n";
    // Three lines that stand once, in reach of what comes next.
    if (i == 20) text += "+\tlamp_on();\n+\tlamp_dim();\n+\tlamp_off();\n";
  }
  for (const std::uint32_t meant : {0U, 8U, 11U, 65U, 68U, 89U}) {
    SeriesFixture fixture;
    fixture.Patch({.title = "lamp: steps",
                   .diff = "diff --git a/l.c b/l.c\nindex 1..2 100644\n--- "
                           "a/l.c\n+++ b/l.c\n@@ -1,0 +1,93 @@\n" +
                           text});
    fixture.Build();
    const SeriesUnderReview under = fixture.Under();
    GatedReview review;
    Finding finding;
    finding.category = "issue";
    finding.title = "Title";
    finding.explanation = "Here?";
    finding.anchors = {AnchorLines(1, under.patches.at(1)->diff, 0, 0, meant)};
    review.kept = {finding};
    const std::vector<ReviewMail> mails =
        Render(under, EngineResult(), review, TestContext());
    const ReadBack back =
        ReadBackReview(under, review, mails, Resolve::kForward);
    const bool once_near = meant == 0 || meant == 65 || meant == 68;
    EXPECT_EQ(back.at_place, once_near ? 1U : 0U)
        << meant << testing::PrintToString(back.wrong);
  }
}

// Hostile text in the patch, in the findings and in the paths moves no comment,
// but for a few behind lines that look like a line of a diff's own.
TEST(B4ReaderTest, HostileReviewsAreReadBack) {
  mime::InitMime();
  std::size_t comments = 0;
  std::size_t at_place = 0;
  std::string wrong;
  for (unsigned seed = 1; seed <= 150; ++seed) {
    const HostileReview hostile = MakeHostileReview(seed);
    const ReadBack back = ReadBackReview(hostile.under, hostile.review,
                                         hostile.mails, Resolve::kForward);
    comments += back.comments;
    at_place += back.at_place;
    if (back.wrong.empty()) continue;
    wrong += "seed " + std::to_string(seed) + ": " +
             testing::PrintToString(back.wrong) + "\n";
  }
  EXPECT_GT(comments, 1000U);
  EXPECT_LE((comments - at_place) * 100, comments)
      << at_place << " of " << comments << "\n"
      << wrong;
}

class ReadBackTest : public testing::TestWithParam<GoldenCase> {
 protected:
  static void SetUpTestSuite() { mime::InitMime(); }
};

TEST_P(ReadBackTest, EachFindingIsReadAtItsPlace) {
  const GoldenReview golden = GetParam().render();
  for (Resolve resolve :
       {Resolve::kRun, Resolve::kForward, Resolve::kNearest}) {
    const ReadBack back =
        ReadBackReview(golden.under, golden.review, golden.mails, resolve);
    EXPECT_EQ(back.at_place, back.comments)
        << testing::PrintToString(back.wrong);
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, ReadBackTest, testing::ValuesIn(GoldenCases()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace patchmilter::review
