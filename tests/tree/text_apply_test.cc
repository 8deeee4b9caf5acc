#include "tree/apply/text_apply.h"

#include <gtest/gtest.h>

#include "tree/apply/patch_text.h"

namespace patchmilter::tree {
namespace {

diff::Diff OneFile(const std::string& hunks) {
  return diff::Diff::Parse(
      "diff --git a/f b/f\nindex 1..2 100644\n--- a/f\n+++ b/f\n" + hunks);
}

TextResult Apply(const std::string& bytes, const std::string& hunks) {
  const diff::Diff diff = OneFile(hunks);
  const PatchText text(diff);
  EXPECT_FALSE(text.refusal()) << text.refusal()->reason;
  EXPECT_EQ(text.files().size(), 1U);
  Work work;
  return ApplyHunks(bytes, diff, *text.files()[0].file, &work);
}

TEST(TextApplyTest, Applies) {
  const struct {
    const char* name;
    const char* before;
    const char* hunks;
    const char* after;
    bool with_offset;
  } kCases[] = {
      {"in place", "a\nb\nc\nd\n", "@@ -2,3 +2,3 @@\n b\n-c\n+C\n d\n",
       "a\nb\nC\nd\n", false},
      {"two hunks", "a\nb\nc\nd\ne\nf\n",
       "@@ -1,2 +1,3 @@\n a\n+A\n b\n@@ -5,2 +6,2 @@\n e\n-f\n+F\n",
       "a\nA\nb\nc\nd\ne\nF\n", false},
      {"further down", "x\ny\nz\na\nb\nc\n",
       "@@ -2,3 +2,3 @@\n a\n-b\n+B\n c\n", "x\ny\nz\na\nB\nc\n", true},
      {"further up", "a\nb\nc\nd\n", "@@ -9,3 +9,3 @@\n a\n-b\n+B\n c\n",
       "a\nB\nc\nd\n", true},
      // At distance one on both sides: the one below is taken.
      {"nearest, down first", "s\na\nb\na\nb\na\nb\n",
       "@@ -3,2 +3,3 @@\n a\n+X\n b\n", "s\na\nb\na\nX\nb\na\nb\n", true},
      // Three lines up is nearer than four down.
      {"nearest, up", "h\na\nb\n1\n2\n3\n4\n5\na\nb\n",
       "@@ -5,2 +5,3 @@\n a\n+X\n b\n", "h\na\nX\nb\n1\n2\n3\n4\n5\na\nb\n",
       true},
      {"no newline before", "a\nb",
       "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n", "a\nb\n",
       false},
      {"no newline after", "a\nb\n",
       "@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file\n", "a\nb",
       false},
      {"new", "", "@@ -0,0 +1,2 @@\n+a\n+b\n", "a\nb\n", false},
      {"emptied", "a\nb\n", "@@ -1,2 +0,0 @@\n-a\n-b\n", "", false},
      {"blank context eaten", "a\n\nb\n", "@@ -1,3 +1,3 @@\n a\n\n-b\n+B\n",
       "a\n\nB\n", false},
      {"carriage returns are content", "a\r\nb\r\n",
       "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n", "a\r\nc\r\n", false},
      // git's own: a cut last line of context matches one with blanks behind.
      {"cut line of context", "h\na\nb \nc\n",
       "@@ -2,2 +2,2 @@\n-a\n+A\n b\n\\ No newline at end of file\n",
       "h\nA\nbc\n", false},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const TextResult got = Apply(test.before, test.hunks);
    EXPECT_FALSE(got.failed_hunk) << got.reason;
    EXPECT_EQ(got.bytes, test.after);
    EXPECT_EQ(got.with_offset, test.with_offset);
  }
}

TEST(TextApplyTest, Refuses) {
  const struct {
    const char* name;
    const char* before;
    const char* hunks;
    std::uint32_t hunk;
    const char* reason;
  } kCases[] = {
      {"other context", "a\nb\nX\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n", 0,
       "beginning"},
      {"no fuzz", "h\na\nb\nc\nX\n", "@@ -2,4 +2,4 @@\n a\n-b\n+B\n c\n d\n", 0,
       "nowhere"},
      {"blanks matter", "h\na\nb\t\nc\n", "@@ -2,3 +2,3 @@\n a\n-b\n+B\n c\n",
       0, "nowhere"},
      {"first line must be first", "x\na\nb\n", "@@ -1,2 +1,2 @@\n-a\n+A\n b\n",
       0, "beginning"},
      {"last line must be last", "x\na\nb\nc\n",
       "@@ -2,2 +2,2 @@\n a\n-b\n+B\n", 0, "end"},
      {"newline at the end", "x\na\nb\n",
       "@@ -2,2 +2,2 @@\n a\n-b\n\\ No newline at end of file\n+B\n", 0, "end"},
      {"the second hunk", "a\nb\nc\nd\ne\n",
       "@@ -1,2 +1,2 @@\n-a\n+A\n b\n@@ -4,2 +4,2 @@\n X\n-e\n+E\n", 1, "end"},
      {"lines that a hunk has matched", "a\nb\nc\nd\n",
       "@@ -1,3 +1,3 @@\n-a\n+A\n b\n c\n@@ -2,3 +2,3 @@\n b\n-c\n+C\n d\n", 1,
       "nowhere"},
      {"longer than the file", "h\n", "@@ -3,3 +3,3 @@\n a\n-b\n+B\n c\n", 0,
       "nowhere"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const TextResult got = Apply(test.before, test.hunks);
    ASSERT_TRUE(got.failed_hunk) << got.bytes;
    EXPECT_EQ(*got.failed_hunk, test.hunk);
    EXPECT_NE(got.reason.find(test.reason), std::string::npos) << got.reason;
  }
}

TEST(TextApplyTest, CorruptHunks) {
  const struct {
    const char* hunk;
    const char* reason;
  } kCases[] = {
      {"@@ -1,3 +1,3 @@\n a\n-b\n+B\n", "add up"},
      {"@@ -1,1 +1,1 @@\n a\n", "changes nothing"},
      {"@@ -1,3 +1,3 @@\n a\n-bb\n+a long line that was\nwrapped\n c\n",
       "without a mark"},
      {"@@ -1,2 +1,2 @@\n a\n-b\n+B", "ends inside"},
      {"@@ -999999,999999 +999999,999999 @@\n a\n", "add up"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.hunk);
    const diff::Diff diff = OneFile(test.hunk);
    const PatchText text(diff);
    ASSERT_TRUE(text.refusal());
    EXPECT_EQ(text.refusal()->path, "f");
    EXPECT_EQ(text.refusal()->hunk, 0U);
    EXPECT_NE(text.refusal()->reason.find(test.reason), std::string::npos)
        << text.refusal()->reason;
  }
}

TEST(TextApplyTest, LinesBehindTheCountAreNoPartOfTheHunk) {
  // A name signed with two hyphens in front, right behind the last hunk.
  const TextResult got =
      Apply("a\nb\n", "@@ -1,2 +1,2 @@\n a\n-b\n+B\n-Jane\n");
  EXPECT_FALSE(got.failed_hunk) << got.reason;
  EXPECT_EQ(got.bytes, "a\nB\n");
}

TEST(TextApplyTest, WorkIsBounded) {
  // Each hunk is looked for in all of a file where almost everything matches
  // almost: quadratic without a bound.
  std::string bytes;
  for (int i = 0; i < 20000; ++i) bytes += "same\n";
  std::string hunks;
  std::string context;
  for (int i = 0; i < 500; ++i) context += " same\n";
  hunks = "@@ -9000,501 +9000,501 @@\n" + context + "-no\n+yes\n same\n";
  hunks.replace(0, hunks.find('\n'), "@@ -9000,502 +9000,502 @@");
  const diff::Diff diff = OneFile(hunks);
  const PatchText text(diff);
  ASSERT_EQ(text.files().size(), 1U);
  Work small(1'000'000);
  const TextResult got = ApplyHunks(bytes, diff, *text.files()[0].file, &small);
  ASSERT_TRUE(got.failed_hunk);
  EXPECT_EQ(got.reason, kTooMuchWork);
  EXPECT_TRUE(small.exhausted());
  Work large;
  const TextResult whole =
      ApplyHunks(bytes, diff, *text.files()[0].file, &large);
  EXPECT_NE(whole.reason.find("nowhere"), std::string::npos) << whole.reason;
}

TEST(TextApplyTest, ManyHunksInAnyOrderOfGrowth) {
  // The gap buffer against plain text: every hunk grows or shrinks the file.
  std::string before;
  std::string after;
  std::string hunks;
  int new_line = 1;
  for (int i = 0; i < 300; ++i) {
    const std::string n = std::to_string(i);
    before += "k" + n + "\nold" + n + "\nl" + n + "\n";
    std::string lines;
    const int added = i % 7;
    for (int j = 0; j < added; ++j) lines += "+n" + n + "\n";
    hunks += "@@ -" + std::to_string(3 * i + 1) + ",3 +" +
             std::to_string(new_line) + "," + std::to_string(2 + added) +
             " @@\n k" + n + "\n-old" + n + "\n" + lines + " l" + n + "\n";
    after += "k" + n + "\n";
    for (int j = 0; j < added; ++j) after += "n" + n + "\n";
    after += "l" + n + "\n";
    new_line += 2 + added;
  }
  const TextResult got = Apply(before, hunks);
  EXPECT_FALSE(got.failed_hunk) << *got.failed_hunk << got.reason;
  EXPECT_EQ(got.bytes, after);
  EXPECT_FALSE(got.with_offset);
}

}  // namespace
}  // namespace patchmilter::tree
