#include "tree/apply/nearest_match.h"

#include <gtest/gtest.h>

namespace patchmilter::tree {
namespace {

std::string Lines(int count) {
  std::string text;
  for (int i = 1; i <= count; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

std::string Header(const std::string& hunk) {
  return "diff --git a/f b/f\n--- a/f\n+++ b/f\n" + hunk;
}

std::vector<HunkFailure> Explain(const std::string& bytes,
                                 const std::string& patch) {
  const diff::Diff diff = diff::Diff::Parse(patch);
  const PatchText text(diff);
  EXPECT_EQ(text.files().size(), 1U);
  Work work;
  return ExplainHunks(bytes, diff, *text.files().front().file, &work);
}

TEST(NearestMatchTest, SaysWhereMostLinesStand) {
  std::string bytes = "new\nnew\n" + Lines(40);
  bytes.replace(bytes.find("line 21\n"), 8, "other\n");
  const auto failures = Explain(
      bytes,
      Header("@@ -19,4 +19,4 @@\n line 19\n line 20\n-line 21\n+x\n line "
             "22\n"));
  ASSERT_EQ(failures.size(), 1U);
  const HunkFailure& failure = failures.front();
  EXPECT_EQ(failure.path, "f");
  EXPECT_EQ(failure.hunk, 0U);
  EXPECT_EQ(failure.lines, 4U);
  EXPECT_EQ(failure.matched, 3U);
  EXPECT_EQ(failure.first_line, 21U);
  EXPECT_EQ(failure.last_line, 24U);
  EXPECT_EQ(failure.differs_at, 23U);
  EXPECT_EQ(failure.wanted, "line 21");
  EXPECT_EQ(failure.found, "other");
}

TEST(NearestMatchTest, TellsEachHunkWithThoseBeforeItApplied) {
  const auto failures = Explain(
      Lines(60), Header("@@ -5,3 +5,4 @@\n line 5\n+x\n line 6\n line 7\n"
                        "@@ -20,3 +21,3 @@\n line 20\n-no\n+x\n line 22\n"
                        "@@ -40,3 +41,3 @@\n line 40\n-line 41\n+y\n line 42\n"
                        "@@ -50,3 +51,3 @@\n nothing\n-of\n+this\n stands\n"));
  ASSERT_EQ(failures.size(), 2U);
  EXPECT_EQ(failures[0].hunk, 1U);
  EXPECT_EQ(failures[0].first_line, 20U);
  EXPECT_EQ(failures[0].matched, 2U);
  EXPECT_EQ(failures[1].hunk, 3U);
  EXPECT_EQ(failures[1].matched, 0U);
  EXPECT_EQ(failures[1].first_line, 0U);
}

TEST(NearestMatchTest, TakesTheNearestOfEqualPlaces) {
  std::string bytes;
  for (int i = 0; i < 5; ++i) bytes += "a\nb\nc\nd\n";
  const auto failures =
      Explain(bytes, Header("@@ -13,3 +13,3 @@\n a\n-x\n+y\n c\n"));
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].first_line, 13U);
  EXPECT_EQ(failures[0].differs_at, 14U);
}

TEST(NearestMatchTest, TellsTheEndOfTheFileAndCutsLongLines) {
  const auto failures =
      Explain(Lines(10), Header("@@ -9,3 +9,4 @@\n line 9\n line 10\n " +
                                std::string(5000, 'x') + "\n+more\n"));
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].differs_at, 11U);
  EXPECT_EQ(failures[0].found, "");
  EXPECT_EQ(failures[0].wanted, std::string(kMaxShownLine, 'x'));
  EXPECT_EQ(failures[0].last_line, 10U);
}

TEST(NearestMatchTest, HasBounds) {
  std::string hunks;
  for (int i = 0; i < 200; ++i) {
    hunks += "@@ -" + std::to_string(2 + i) + " +" + std::to_string(2 + i) +
             " @@\n-no " + std::to_string(i) + "\n+x\n";
  }
  EXPECT_EQ(Explain(Lines(10), Header(hunks)).size(), kMaxHunkFailures);
}

}  // namespace
}  // namespace patchmilter::tree
