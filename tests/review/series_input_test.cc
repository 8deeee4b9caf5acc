#include "review/series_input.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/review/fixture.h"

namespace patchmilter::review {
namespace {

// A tree's files have the bytes that were sent; a reader is shown UTF-8.
TEST(InputOf, IsTheDiffAsItWasSent) {
  SeriesFixture fixture;
  PatchText latin1;
  latin1.title = "doc: more of it";
  latin1.diff = NewFile("a.txt", "caf\xe9\n");
  fixture.Patch(latin1);
  PatchText ascii = latin1;
  ascii.diff = NewFile("b.txt", "cafe\n");
  fixture.Patch(ascii);
  fixture.Build();
  const SeriesUnderReview under = fixture.Under();
  const tree::SeriesInput input = InputOf(under);
  ASSERT_EQ(input.patches.size(), 2U);
  EXPECT_NE(input.patches[0].diff->text().find("+caf\xe9\n"),
            std::string::npos);
  EXPECT_EQ(input.patches[1].diff, &under.patches.at(2)->diff);
  EXPECT_NE(PatchTextsOf(under).at(1).find("+caf\xef\xbf\xbd\n"),
            std::string::npos);
}

}  // namespace
}  // namespace patchmilter::review
