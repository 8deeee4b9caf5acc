// The reader by itself, on replies as people write them; then all golden
// reviews, read back.
#include "tests/review/b4_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mime/mail.h"
#include "tests/review/golden_cases.h"
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
  EXPECT_EQ(ReadInlineComments(body, patch, Resolve::kNearest).at(0).line, 4);
}

TEST(B4ReaderTest, BlankQuotesNextToACommentAreDropped) {
  const std::string body =
      "> diff --git a/x/lamp.c b/x/lamp.c\n> @@ -10,4 +10,5 @@\n>  }\n>  "
      "\n\nHere.\n";
  EXPECT_EQ(ReadInlineComments(body, kPatch, Resolve::kNearest).at(0).quoted,
            " }");
}

class ReadBackTest : public testing::TestWithParam<GoldenCase> {
 protected:
  static void SetUpTestSuite() { mime::InitMime(); }
};

TEST_P(ReadBackTest, EachFindingIsReadAtItsPlace) {
  const GoldenReview golden = GetParam().render();
  for (Resolve resolve : {Resolve::kRun, Resolve::kNearest}) {
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
