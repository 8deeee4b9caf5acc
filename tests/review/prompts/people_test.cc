#include "review/prompts/people.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace patchmilter::review {
namespace {

People::Known KnownPeople() {
  People::Known known;
  known.authors = {{"Jane Roe", "jane@example.org"},
                   {"Jane Q. Roe", "jroe@corp.example"}};
  known.maintainers = {"max@kernel.example"};
  known.bots = {"ci@example.net"};
  return known;
}

TEST(People, NumbersThemAsTheyAreMet) {
  People people(KnownPeople());
  EXPECT_EQ(people.RoleOf({"Ann Lee", "ann@example.com"}), "reviewer 1");
  EXPECT_EQ(people.RoleOf({"Max Power", "MAX@kernel.example"}), "maintainer 1");
  EXPECT_EQ(people.RoleOf({"Bob", "bob@example.com"}), "reviewer 2");
  EXPECT_EQ(people.RoleOf({"", "Ann@Example.com"}), "reviewer 1");
  EXPECT_EQ(people.RoleOf({"CI", "ci@example.net"}), "bot 1");
  EXPECT_EQ(people.RoleOf({"kernel test robot", "lkp@intel.com"}), "bot 2");
  EXPECT_EQ(people.RoleOf({"J", "jroe@corp.example"}), "author");
  EXPECT_EQ(people.RoleOf({"Jane Roe", "jane@example.org"}), "author");
}

TEST(People, ANameMakesAnAuthorAndNoMaintainer) {
  People people(KnownPeople());
  EXPECT_EQ(people.RoleOf({"Roe, Jane", "other@example.com"}), "author");
  EXPECT_EQ(people.RoleOf({"Max Power", "max@kernel.example"}), "maintainer 1");
  EXPECT_EQ(people.RoleOf({"Max Power", "max@evil.example"}), "reviewer 1");
  // No name at all is nobody's.
  EXPECT_EQ(people.RoleOf({"", "x@example.com"}), "reviewer 2");
  EXPECT_EQ(people.RoleOf({"", "y@example.com"}), "reviewer 3");
}

TEST(People, AreBounded) {
  People people(KnownPeople());
  for (std::size_t i = 0; i < kMaxPeople + 10; ++i) {
    people.RoleOf({"N", "n" + std::to_string(i) + "@example.com"});
  }
  EXPECT_EQ(people.RoleOf({"Z", "z@example.com"}), "reviewer");
  EXPECT_EQ(people.RoleOf({"N", "n0@example.com"}), "reviewer 1");
}

struct Case {
  const char* text;
  const char* hidden;
};

class Hiding : public ::testing::TestWithParam<Case> {};

TEST_P(Hiding, ReplacesNames) {
  People people(KnownPeople());
  people.RoleOf({"Ann Lee", "ann@example.com"});       // reviewer 1
  people.RoleOf({"Max Power", "max@kernel.example"});  // maintainer 1
  EXPECT_EQ(people.Hidden(GetParam().text), GetParam().hidden);
}

constexpr Case kTrailers[] = {
    {"Signed-off-by: Jane Roe <jane@example.org>\n", "Signed-off-by: author\n"},
    {"Reviewed-by: Ann Lee <ann@example.com>", "Reviewed-by: reviewer 1"},
    {"> Acked-by: Max Power <max@kernel.example> # clk\n",
     "> Acked-by: maintainer 1 # clk\n"},
    {"Reported-by: Eve Foo <eve@example.com>\nThanks to Eve Foo.\n",
     "Reported-by: reviewer 2\nThanks to reviewer 2.\n"},
    {"Cc: stable@vger.kernel.org # 5.10+\n", "Cc: stable # 5.10+\n"},
    {"Cc: Ann Lee <ann@example.com>, \"Power, Max\" <max@kernel.example>, "
     "linux-foo@vger.kernel.org\n",
     "Cc: reviewer 1, maintainer 1, a list\n"},
    {"Suggested-by: Ann Lee\n", "Suggested-by: reviewer 1\n"},
    {"Suggested-by: Zed Zulu\n", "Suggested-by: somebody\n"},
    {"From: Jane Roe <jane@example.org>\n", "From: author\n"},
    {"Fixes: 123456789abc (\"net: by Ann Lee\")\n",
     "Fixes: 123456789abc (\"net: by reviewer 1\")\n"},
    {"Note: this is prose\n", "Note: this is prose\n"},
};
INSTANTIATE_TEST_SUITE_P(Trailers, Hiding, ::testing::ValuesIn(kTrailers));

constexpr Case kAttributions[] = {
    {"On Fri, Nov 20, 2026 at 9:01 PM Ann Lee <ann@example.com> wrote:\n> x\n",
     "reviewer 1 wrote:\n> x\n"},
    {"On Fri, 20 Nov 2026 21:01:47 +0100\nJane Roe <jane@example.org> wrote:\n",
     "author wrote:\n"},
    {"On 20/11/2026 21:01, Ann Lee wrote:\n", "reviewer 1 wrote:\n"},
    {"> On 20.11.26 21:01, Ann Lee wrote:\n> > x\n",
     "> reviewer 1 wrote:\n> > x\n"},
    {"Am 20.11.26 um 21:01 schrieb Ann Lee:\n", "reviewer 1 wrote:\n"},
    {"Le 20/11/2026 \xC3\xA0 21:01, Ann Lee a \xC3\xA9"
     "crit :\n",
     "reviewer 1 wrote:\n"},
    {"Ann Lee <ann@example.com> writes:\n", "reviewer 1 wrote:\n"},
    {"On Fri, 20 Nov 2026, Zed Zulu wrote:\n", "somebody wrote:\n"},
    {"As the manual said:\n", "As the manual said:\n"},
    {"On each of 3 CPUs this loops\n\nuntil somebody wrote:\n",
     "On each of 3 CPUs this loops\n\nuntil somebody wrote:\n"},
};
INSTANTIATE_TEST_SUITE_P(Attributions, Hiding,
                         ::testing::ValuesIn(kAttributions));

constexpr Case kProse[] = {
    {"As Ann Lee said, Jane Roe's patch breaks.\n",
     "As reviewer 1 said, author's patch breaks.\n"},
    {"ANN  LEE and ann lee.\n", "reviewer 1 and reviewer 1.\n"},
    {"Annabel Lee and Ann Leeds stay.\n", "Annabel Lee and Ann Leeds stay.\n"},
    {"Mail ann@example.com or who@example.edu.\n",
     "Mail reviewer 1 or <address>.\n"},
    {"See https://lore.example/r/2026.1-jane@example.org/ and @x.\n",
     "See https://lore.example/r/<address>/ and @x.\n"},
    {"Talk to Foo van Bar <foo@example.com> first.\n",
     "Talk to reviewer 2 first.\n"},
    {"Ask Ann Lee <ann@example.com> first.\n", "Ask reviewer 1 first.\n"},
    {"\treturn a@b;\n", "\treturn a@b;\n"},
    {"Hi Ann,\n\nthe lock ann is not ours.\n",
     "Hi reviewer 1,\n\nthe lock ann is not ours.\n"},
    {"Thanks, Jane\n", "Thanks, author\n"},
    {"-- \nMax\n", "-- \nmaintainer 1\n"},
    {"Right.\n-Ann\n", "Right.\n-reviewer 1\n"},
    {"See https://x.example/commits/Ann-Lee/fix and ann.lee here\n",
     "See https://x.example/commits/reviewer 1/fix and reviewer 1 here\n"},
    {"https://x.example/r/2026.1-who%40example.edu/\n",
     "https://x.example/r/<address>/\n"},
    {"@Ann: could you look?\n", "@reviewer 1: could you look?\n"},
    {"Max frequency is 5\n", "Max frequency is 5\n"},
    {"no end of line by Ann Lee", "no end of line by reviewer 1"},
    {"", ""},
    {"\n\n", "\n\n"},
};
INSTANTIATE_TEST_SUITE_P(Prose, Hiding, ::testing::ValuesIn(kProse));

TEST(Hidden, IsDeterministic) {
  const std::string text =
      "Zed Zulu was there.\nReported-by: Zed Zulu <zed@example.com>\n"
      "Tested-by: Yan Yo <yan@example.com>\n";
  People one(KnownPeople());
  People two(KnownPeople());
  EXPECT_EQ(one.Hidden(text), two.Hidden(text));
  EXPECT_EQ(one.Hidden(text), one.Hidden(text));
  EXPECT_EQ(one.Hidden(text).substr(0, 10), "reviewer 1");
}

// No name or address of a known person is left, wherever it stood.
TEST(Hidden, LeavesNoneOfTheKnown) {
  People people(KnownPeople());
  people.RoleOf({"Ann Lee", "ann@example.com"});
  const std::vector<std::string> kFrames = {"%\n",
                                            "(%)",
                                            "\"%\"\n",
                                            "> > %: x\n",
                                            "*%*",
                                            "%,%\n",
                                            "x % y % z\n",
                                            "Cc: %\n",
                                            "To: %, %\n",
                                            "%\n%\n",
                                            "On 1/2/26, % wrote:\n> a\n",
                                            "Link: https://x/%/\n",
                                            "by %.\n",
                                            "\t%\t%\n"};
  for (const char* name :
       {"Ann Lee", "Ann Lee <ann@example.com>", "<ann@example.com>",
        "ann@example.com", "ANN@EXAMPLE.COM", "\"Lee, Ann\" <ann@example.com>",
        "Jane Roe", "jane@example.org"}) {
    for (const std::string& frame : kFrames) {
      std::string text;
      for (char c : frame) {
        if (c == '%') {
          text += name;
        } else {
          text += c;
        }
      }
      const std::string hidden = people.Hidden(text);
      for (const char* secret :
           {"Ann Lee", "ann@", "ANN@", "Lee, Ann", "Jane Roe", "jane@"}) {
        EXPECT_EQ(hidden.find(secret), std::string::npos)
            << text << " became " << hidden;
      }
    }
  }
}

TEST(Hidden, TakesTimeInProportion) {
  People people(KnownPeople());
  std::string text(1'000'000, '@');
  text += std::string(1'000'000, 'a') + "\n";
  for (int i = 0; i < 50'000; ++i) text += "Jane Jane <Jane On 1 ";
  EXPECT_FALSE(people.Hidden(text).empty());
  std::string at;
  for (int i = 0; i < 200'000; ++i) at += "a@";
  EXPECT_FALSE(people.Hidden(at).empty());
}

}  // namespace
}  // namespace patchmilter::review
