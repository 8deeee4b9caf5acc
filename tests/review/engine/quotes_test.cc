// What a model quotes of a message is what it was shown; what is told of it is
// what the mail has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "review/engine/briefing.h"
#include "review/engine/conversation_tools.h"
#include "review/engine/patch_view.h"
#include "review/engine/report_tools.h"
#include "tests/review/fixture.h"

namespace patchmilter::review {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kSignedOff = "Signed-off-by: Jane Roe <jane@example.org>";

class QuotesTest : public ::testing::Test {
 protected:
  QuotesTest() {
    fixture_.Patch(
        {.title = "lamp: Add a level",
         .message = "As asked for, and as\n\n"
                    "On Mon, 2 Mar 2026 at 10:00, Jane Roe\n"
                    "<jane@example.org> wrote:\n"
                    "> a level\n\n"
                    "Jane Roe saw the lamp, and the lamp saw her.\n\n" +
                    std::string(kSignedOff) + "\n",
         .diff = EditFile("lamp.c", 10, "int lamp_on(void)",
                          " {\n-\treturn 0;\n+\treturn level;\n }")});
    fixture_.Build();
    series_ = fixture_.Under();
    People::Known known;
    known.authors = {series_.series->author};
    People people(known);
    views_ = ViewsOf(series_, &people);
  }

  Finding Quoting(std::vector<std::string> lines) const {
    Finding finding;
    Anchor anchor;
    anchor.patch = 1;
    anchor.quoted = std::move(lines);
    finding.anchors.push_back(anchor);
    return finding;
  }

  SeriesFixture fixture_;
  SeriesUnderReview series_;
  std::map<std::int64_t, PatchView> views_;
};

TEST_F(QuotesTest, LinesWithNamesAreFoundInTheMail) {
  const std::string& shown = views_.at(1).text;
  EXPECT_THAT(shown, HasSubstr("\nSigned-off-by: author\n"));
  EXPECT_THAT(shown, HasSubstr("\nauthor saw the lamp, and the lamp saw her."));
  EXPECT_THAT(shown, HasSubstr("author wrote:\n> a level\n"));
  const Finding quoting =
      Quoting({"author saw the lamp, and the lamp saw her.",
               "  Signed-off-by: author ", "+\treturn level;"});
  const Finding sent = AsSent(quoting, views_);
  EXPECT_THAT(sent.anchors[0].quoted,
              ElementsAre("Jane Roe saw the lamp, and the lamp saw her.",
                          kSignedOff, "+\treturn level;"));
  EXPECT_THAT(AsShown(sent, views_).anchors[0].quoted,
              ElementsAre("author saw the lamp, and the lamp saw her.",
                          "Signed-off-by: author", "+\treturn level;"));
}

TEST_F(QuotesTest, AFindingOnSuchALineIsTaken) {
  tree::CodeScope scope;
  scope.patches[1] = views_.at(1).text;
  ReviewDesk desk(tree::Code::Make(nullptr, nullptr, scope),
                  tree::Code::Make(nullptr, nullptr, scope), false,
                  ToolLimits{}, Fence("seed"));
  ConversationTools tools(&series_, &desk, &views_, {.patch = 1});
  // As a schema that is kept to the letter gives it: with what is empty.
  const auto answer = tools.Run(
      {"1", std::string(kReportFinding),
       R"({"patch":1,"file":"","lines":["Signed-off-by: author"],"places":[],)"
       R"("suggestion":"","category":"message","title":"Says nothing",)"
       R"("explanation":"The message does not say why.",)"
       R"("reachability":"always","consequence":"minor","confidence":0.9})"},
      false);
  EXPECT_FALSE(answer.error) << answer.text;
  ASSERT_THAT(tools.findings(), SizeIs(1));
  const Finding& taken = tools.findings()[0];
  EXPECT_THAT(taken.anchors[0].quoted, ElementsAre(kSignedOff));
  // Who verifies it sees no name either.
  const std::string task =
      VerifyTask("role", Fence("seed"), AsShown(taken, views_));
  EXPECT_THAT(task, HasSubstr("> Signed-off-by: author"));
  EXPECT_THAT(task, Not(HasSubstr("Jane")));
}

TEST_F(QuotesTest, WhereNothingIsHiddenNothingChanges) {
  const auto views = ViewsOf(series_, nullptr);
  EXPECT_THAT(views.at(1).hidden, SizeIs(0));
  EXPECT_THAT(
      AsSent(Quoting({"Signed-off-by: author"}), views).anchors[0].quoted,
      ElementsAre("Signed-off-by: author"));
}

}  // namespace
}  // namespace patchmilter::review
