#include "review/checks/fixes_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace patchmilter::review {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<FixesLine> LinesOfMessage(const std::string& message) {
  return FixesLinesOf(mime::ParsePatchMail(
      "From: Jane Roe <jane@example.org>\nSubject: [PATCH] lamp: fix\n\n" +
      message +
      "---\n lamp.c | 2 +-\n\n"
      "diff --git a/lamp.c b/lamp.c\n--- a/lamp.c\n+++ b/lamp.c\n"
      "@@ -1 +1 @@\n-1\n+2\n"));
}

TEST(FixesLines, StandAnywhereInTheMessage) {
  const std::string message =
      "From: John Doe <john@example.org>\n\n"
      "Fixes: what was bad before.\n"
      "fixes : 0123456789ab (\"one\")\n"
      "Text.\n\n"
      "Fixes: 1123456 (\"two\")\n\n"
      "  Fixes: 2123456 (\"quoted\")\n"
      "Signed-off-by: Jane Roe <jane@example.org>\n"
      "Fixes: commit 3123456 (\"three\")\n";
  const auto lines = LinesOfMessage(message);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].value, "0123456789ab (\"one\")");
  EXPECT_EQ(lines[0].text_line, 3U);
  EXPECT_EQ(lines[1].value, "1123456 (\"two\")");
  EXPECT_EQ(lines[1].text_line, 6U);
  EXPECT_EQ(lines[2].value, "commit 3123456 (\"three\")");
  EXPECT_EQ(lines[2].text_line, 10U);
}

TEST(FixesLines, AreReadWithWhatIsWrapped) {
  struct Case {
    std::string message;
    std::string value;
    std::string whole;
  };
  const std::string begin = "Fixes: 0123456789ab (\"a long";
  for (const Case& c : std::vector<Case>{
           {begin + "\n  subject\")\n", "0123456789ab (\"a long subject\")",
            "0123456789ab (\"a long subject\")"},
           {begin + "\nsubject\")\nSigned-off-by: J <j@example.org>\n",
            "0123456789ab (\"a long", "0123456789ab (\"a long subject\")"},
           {"Fixes: 0123456789ab\n(\"a\nlong subject\")\n", "0123456789ab",
            "0123456789ab (\"a long subject\")"},
           {begin + "\n\nsubject\")\n", "0123456789ab (\"a long",
            "0123456789ab (\"a long"},
           {begin + "\nSigned-off-by: J (\"j\") <j@example.org>\n",
            "0123456789ab (\"a long", "0123456789ab (\"a long"},
           {"Fixes: 0123456789ab\nText (\"or more\")\n", "0123456789ab",
            "0123456789ab"}}) {
    const auto lines = LinesOfMessage(c.message);
    ASSERT_EQ(lines.size(), 1U) << c.message;
    EXPECT_EQ(lines[0].value, c.value) << c.message;
    EXPECT_EQ(lines[0].whole, c.whole) << c.message;
  }
}

TEST(FixesLines, NameOneCommitOrMore) {
  auto targets = FixesTargets("0123456789AB (\"Revert \"a (\"b\")\"\") # 6.1");
  ASSERT_EQ(targets.size(), 1U);
  EXPECT_EQ(targets[0].id, "0123456789ab");
  EXPECT_TRUE(targets[0].quoted);
  EXPECT_THAT(targets[0].subjects,
              ElementsAre("Revert \"a (\"b", "Revert \"a (\"b\")\""));
  for (const std::string between : {", ", " and ", "; ", " "}) {
    targets =
        FixesTargets("0123456a (\"one\")" + between + "1123456b (\"two\")");
    ASSERT_EQ(targets.size(), 2U) << between;
    EXPECT_THAT(targets[0].subjects, ElementsAre("one"));
    EXPECT_EQ(targets[1].id, "1123456b");
    EXPECT_THAT(targets[1].subjects, ElementsAre("two"));
  }
  targets = FixesTargets("commit 0123456789ab ('x')");
  ASSERT_EQ(targets.size(), 1U);
  EXPECT_FALSE(targets[0].quoted);
  EXPECT_THAT(targets[0].subjects, IsEmpty());
}

TEST(FixesLines, WhatIsNoIdNamesNothing) {
  for (const std::string text :
       {"202406150012 (\"ticket\")", "deadbeefcafe/foo", "0123456789ab12.dtsi",
        "0123456789ab-dirty", "feedfacecafe: a crash", "abc123 (\"short\")",
        "0123456789abcdef0123456789abcdef0123456789 (\"long\")", ""}) {
    EXPECT_THAT(FixesTargets(text), IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace patchmilter::review
