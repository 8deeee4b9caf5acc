#include <gtest/gtest.h>

#include <string>

#include "diff/diff.h"

namespace patchmilter::diff {
namespace {

// A mail's text: message, notes, diff, signature, list footer.
constexpr std::string_view kMail =
    "Say hello.\n"
    "\n"
    "Signed-off-by: A <a@example.org>\n"
    "---\n"
    " hello.c | 3 ++-\n"
    "\n"
    "diff --git a/hello.c b/hello.c\n"
    "index 1111111..2222222 100644\n"
    "--- a/hello.c\n"
    "+++ b/hello.c\n"
    "@@ -1,3 +1,4 @@ int main(void)\n"
    " {\n"
    "-  return 1;\n"
    "+  puts(\"hello\");\n"
    "+  return 0;\n"
    " }\n"
    "-- \n"
    "2.39.5\n"
    "\n"
    "_______________________________________________\n"
    "list mailing list\n";

std::vector<std::string> Lines(const Diff& diff, const Hunk& hunk) {
  std::vector<std::string> lines;
  for (const Line& line : hunk.lines) {
    const char mark = line.kind == LineKind::kContext   ? ' '
                      : line.kind == LineKind::kAdded   ? '+'
                      : line.kind == LineKind::kRemoved ? '-'
                                                        : '\\';
    lines.push_back(mark + std::string(diff.View(line.span)));
  }
  return lines;
}

bool HasProblem(const Diff& diff, ProblemKind kind) {
  for (const Problem& problem : diff.problems()) {
    if (problem.kind == kind) return true;
  }
  return false;
}

TEST(DiffParse, ReadsAPatchMail) {
  const Diff diff = Diff::Parse(std::string(kMail));
  ASSERT_EQ(diff.files().size(), 1u);
  EXPECT_TRUE(diff.problems().empty());
  const File& file = diff.files()[0];
  EXPECT_EQ(file.old_path, "hello.c");
  EXPECT_EQ(file.new_path, "hello.c");
  EXPECT_EQ(file.change, FileChange::kModified);
  EXPECT_EQ(file.old_blob, "1111111");
  EXPECT_EQ(file.new_blob, "2222222");
  EXPECT_EQ(file.new_mode, 0100644u);
  EXPECT_EQ(file.text_line, 6u);
  EXPECT_EQ(diff.View(file.header).substr(0, 11), "diff --git ");
  EXPECT_TRUE(diff.View(file.header).ends_with("+++ b/hello.c\n"));
  ASSERT_EQ(file.hunks.size(), 1u);
  const Hunk& hunk = file.hunks[0];
  EXPECT_EQ(hunk.old_start, 1u);
  EXPECT_EQ(hunk.old_count, 3u);
  EXPECT_EQ(hunk.new_count, 4u);
  EXPECT_EQ(diff.View(hunk.header), "@@ -1,3 +1,4 @@ int main(void)");
  EXPECT_EQ(diff.View(hunk.section), "int main(void)");
  EXPECT_EQ(hunk.text_line, 10u);
  EXPECT_FALSE(hunk.lines.empty());
  EXPECT_EQ(diff.added_lines(), 2u);
  EXPECT_EQ(diff.removed_lines(), 1u);
}

TEST(DiffParse, SaysWhereEachLineStands) {
  std::string text(kMail);
  text.replace(text.find("-1,3 +1,4"), 9, "-7,3 +9,4");
  const Diff diff = Diff::Parse(text);
  const std::vector<Line>& lines = diff.files()[0].hunks[0].lines;
  ASSERT_GE(lines.size(), 5u);
  EXPECT_EQ(lines[0].old_line, 7u);
  EXPECT_EQ(lines[0].new_line, 9u);
  EXPECT_EQ(lines[0].text_line, 11u);
  EXPECT_EQ(lines[1].old_line, 8u);
  EXPECT_EQ(lines[1].new_line, 0u);
  EXPECT_EQ(lines[2].old_line, 0u);
  EXPECT_EQ(lines[2].new_line, 10u);
  EXPECT_EQ(lines[4].old_line, 9u);
  EXPECT_EQ(lines[4].new_line, 12u);
}

TEST(DiffParse, EndsBeforeSignatureAndFooter) {
  const Diff diff = Diff::Parse(std::string(kMail));
  EXPECT_EQ(diff.text().substr(diff.begin(), 4), "diff");
  EXPECT_EQ(diff.text().substr(diff.end(), 4), "-- \n");
}

TEST(DiffParse, FooterRightBehindTheLastHunkIsNotPartOfIt) {
  std::string text(kMail);
  text.erase(text.find("-- \n2.39.5\n\n"), 12);
  const Diff diff = Diff::Parse(text);
  ASSERT_EQ(diff.files().size(), 1u);
  EXPECT_TRUE(diff.problems().empty());
  EXPECT_EQ(diff.text().substr(diff.end(), 5), "_____");
}

TEST(DiffParse, SignatureIsNoRemovedLineWhereTheCountsPromiseMore) {
  std::string text(kMail);
  text.replace(text.find("-1,3 +1,4"), 9, "-1,9 +1,9");
  const Diff diff = Diff::Parse(text);
  const Hunk& hunk = diff.files()[0].hunks[0];
  EXPECT_FALSE(hunk.counts_match);
  EXPECT_EQ(hunk.lines.size(), 5u);
  EXPECT_EQ(diff.removed_lines(), 1u);
  EXPECT_TRUE(HasProblem(diff, ProblemKind::kHunkCounts));
  EXPECT_EQ(diff.text().substr(diff.end(), 4), "-- \n");
}

TEST(DiffParse, ARemovedDashLineIsKeptWhereTheCountsAskForIt) {
  const Diff diff = Diff::Parse(
      "diff --git a/x.md b/x.md\n--- a/x.md\n+++ b/x.md\n"
      "@@ -1,2 +1,1 @@\n a\n-- \n-- \n2.39\n");
  ASSERT_EQ(diff.files().size(), 1u);
  EXPECT_EQ(Lines(diff, diff.files()[0].hunks[0]),
            (std::vector<std::string>{" a", "-- "}));
  EXPECT_TRUE(diff.problems().empty());
}

TEST(DiffParse, EmptyLinesAreBlankContext) {
  const Diff diff =
      Diff::Parse("--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n\ntail\n");
  ASSERT_EQ(diff.files().size(), 1u);
  EXPECT_EQ(Lines(diff, diff.files()[0].hunks[0]),
            (std::vector<std::string>{" a", " ", "-b", "+c"}));
  EXPECT_TRUE(diff.problems().empty());
}

TEST(DiffParse, MarksMissingNewlines) {
  const Diff diff = Diff::Parse(
      "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n"
      "+b\n\\ No newline at end of file\n");
  EXPECT_EQ(Lines(diff, diff.files()[0].hunks[0]),
            (std::vector<std::string>{"-a", "\\ No newline at end of file",
                                      "+b", "\\ No newline at end of file"}));
  EXPECT_EQ(diff.end(), diff.text().size());
  EXPECT_TRUE(diff.problems().empty());
}

struct ChangeCase {
  std::string_view name;
  std::string text;
  FileChange change;
  std::string_view old_path;
  std::string_view new_path;
  std::uint32_t old_mode;
  std::uint32_t new_mode;
  int similarity;
};

TEST(DiffParse, KnowsTheKindsOfChange) {
  const ChangeCase cases[] = {
      {"added",
       "diff --git a/n b/n\nnew file mode 100755\nindex 0000000..1234567\n"
       "--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n",
       FileChange::kAdded, "", "n", 0, 0100755, -1},
      {"added, empty",
       "diff --git a/n b/n\nnew file mode 100644\nindex 0000000..e69de29\n",
       FileChange::kAdded, "", "n", 0, 0100644, -1},
      {"deleted",
       "diff --git a/o b/o\ndeleted file mode 100644\nindex 1234567..0000000\n"
       "--- a/o\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
       FileChange::kDeleted, "o", "", 0100644, 0, -1},
      {"renamed",
       "diff --git a/o b/n\nsimilarity index 100%\nrename from o\n"
       "rename to n\n",
       FileChange::kRenamed, "o", "n", 0, 0, 100},
      {"renamed with blanks and changes",
       "diff --git a/o x b/n x\nsimilarity index 95%\nrename from o x\n"
       "rename to n x\nindex 1234567..89abcde 100644\n--- a/o x\n+++ b/n x\n"
       "@@ -1 +1 @@\n-a\n+b\n",
       FileChange::kRenamed, "o x", "n x", 0100644, 0100644, 95},
      {"copied",
       "diff --git a/o b/n\nsimilarity index 80%\ncopy from o\ncopy to n\n",
       FileChange::kCopied, "o", "n", 0, 0, 80},
      {"mode only", "diff --git a/s b/s\nold mode 100644\nnew mode 100755\n",
       FileChange::kModeOnly, "s", "s", 0100644, 0100755, -1},
      {"quoted",
       "diff --git \"a/\\303\\244\" \"b/\\303\\244\"\nold mode 100644\n"
       "new mode 100755\n",
       FileChange::kModeOnly, "\xc3\xa4", "\xc3\xa4", 0100644, 0100755, -1},
      {"plain, added",
       "--- /dev/null\t2024-01-01\n+++ b/n\t2024-01-01\n@@ -0,0 +1 @@\n+x\n",
       FileChange::kAdded, "", "n", 0, 0, -1},
      {"plain, with a diff line",
       "diff -urN linux.orig/a.c linux/a.c\n--- linux.orig/a.c\t2024-01-01\n"
       "+++ linux/a.c\t2024-01-02\n@@ -1 +1 @@\n-a\n+b\n",
       FileChange::kModified, "a.c", "a.c", 0, 0, -1},
  };
  for (const ChangeCase& test : cases) {
    const Diff diff = Diff::Parse("Message.\n\n" + test.text + "-- \n2.39\n");
    ASSERT_EQ(diff.files().size(), 1u) << test.name;
    const File& file = diff.files()[0];
    EXPECT_EQ(file.change, test.change) << test.name;
    EXPECT_EQ(file.old_path, test.old_path) << test.name;
    EXPECT_EQ(file.new_path, test.new_path) << test.name;
    EXPECT_EQ(file.old_mode, test.old_mode) << test.name;
    EXPECT_EQ(file.new_mode, test.new_mode) << test.name;
    EXPECT_EQ(file.similarity, test.similarity) << test.name;
    EXPECT_TRUE(diff.problems().empty()) << test.name;
    EXPECT_EQ(diff.text().substr(diff.end()), "-- \n2.39\n") << test.name;
  }
}

TEST(DiffParse, TakesTheBodyOfABinaryPatch) {
  const std::string body = "literal 5\nMcmZQz\n\nliteral 0\nHcmV?d00001\n\n";
  const Diff diff = Diff::Parse(
      "diff --git a/i.png b/i.png\nindex 1111111..2222222 100644\n"
      "GIT binary patch\n" +
      body + "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n");
  ASSERT_EQ(diff.files().size(), 2u);
  EXPECT_TRUE(diff.files()[0].binary);
  EXPECT_EQ(std::string(diff.View(diff.files()[0].binary_patch)) + "\n", body);
  EXPECT_EQ(diff.files()[0].path(), "i.png");
  EXPECT_EQ(diff.files()[1].path(), "x");
}

TEST(DiffParse, BinaryWithoutBody) {
  const Diff diff = Diff::Parse(
      "diff --git a/i.png b/i.png\nindex 1111111..2222222 100644\n"
      "Binary files a/i.png and b/i.png differ\n");
  ASSERT_EQ(diff.files().size(), 1u);
  EXPECT_TRUE(diff.files()[0].binary);
  EXPECT_EQ(diff.files()[0].binary_patch.size, 0u);
}

TEST(DiffParse, CutInsideAHunk) {
  std::string text(kMail);
  text.resize(text.find("+  return 0"));
  const Diff diff = Diff::Parse(text);
  ASSERT_EQ(diff.files().size(), 1u);
  EXPECT_TRUE(HasProblem(diff, ProblemKind::kTruncated));
  EXPECT_FALSE(diff.files()[0].hunks[0].counts_match);
  EXPECT_EQ(diff.files()[0].hunks[0].lines.size(), 3u);
}

TEST(DiffParse, WrappedLinesAreSaid) {
  const Diff diff = Diff::Parse(
      "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n-a long\nline\n+b\n c\n"
      "--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n");
  ASSERT_EQ(diff.files().size(), 2u);
  ASSERT_TRUE(HasProblem(diff, ProblemKind::kWrappedLine));
  EXPECT_EQ(diff.problems()[0].text_line, 5u);
  EXPECT_EQ(diff.problems()[0].file, 0u);
  EXPECT_EQ(diff.files()[0].hunks[0].lines.size(), 4u);
  EXPECT_TRUE(diff.files()[1].hunks[0].counts_match);
}

TEST(DiffParse, MoreLinesThanPromised) {
  const Diff diff =
      Diff::Parse("--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n a\n+b\n c\n-- \n2.39\n");
  const Hunk& hunk = diff.files()[0].hunks[0];
  EXPECT_FALSE(hunk.counts_match);
  EXPECT_TRUE(HasProblem(diff, ProblemKind::kHunkCounts));
  EXPECT_EQ(Lines(diff, hunk), (std::vector<std::string>{" a", "+b", " c"}));
}

TEST(DiffParse, BadHunkHeaders) {
  for (const std::string_view header :
       {"@@ -1 @@", "@@ -x +1 @@", "@@ -1,1 +1,1",
        "@@ -99999999999,1 +1,1 @@"}) {
    const Diff diff =
        Diff::Parse("--- a/x\n+++ b/x\n" + std::string(header) + "\n-a\n+b\n");
    EXPECT_TRUE(HasProblem(diff, ProblemKind::kBadHunkHeader)) << header;
  }
}

TEST(DiffParse, WhatIsNoDiffIsLeftAlone) {
  for (const std::string_view text :
       {"", "\n", "Just words.\n", "diff --git a/x b/x\nwords only\n",
        "--- \n+++ \n", "@@ -1 +1 @@\n-a\n+b\n", "> diff --git a/x b/x\n",
        "--- a/x\n+++ b/x\nno hunk\n", "---\n x | 2 +-\n"}) {
    const Diff diff = Diff::Parse(std::string(text));
    EXPECT_TRUE(diff.empty()) << text;
    EXPECT_EQ(diff.begin(), text.size()) << text;
    EXPECT_EQ(diff.StablePatchId(), "") << text;
  }
}

TEST(DiffParse, CrlfLineEndsAreNoPartOfTheLines) {
  std::string text;
  for (const char c : kMail) {
    if (c == '\n') text += '\r';
    text += c;
  }
  const Diff diff = Diff::Parse(text);
  ASSERT_EQ(diff.files().size(), 1u);
  EXPECT_TRUE(diff.problems().empty());
  EXPECT_EQ(diff.files()[0].path(), "hello.c");
  EXPECT_EQ(diff.View(diff.files()[0].hunks[0].section), "int main(void)");
  EXPECT_EQ(Lines(diff, diff.files()[0].hunks[0])[1], "-  return 1;");
}

TEST(DiffParse, CrOfAFileIsPartOfItsLines) {
  const Diff diff =
      Diff::Parse("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n");
  EXPECT_EQ(Lines(diff, diff.files()[0].hunks[0]),
            (std::vector<std::string>{" a\r", "-b\r", "+c\r"}));
}

TEST(DiffParse, ManyHunksTakeLinearTime) {
  // Hostile: as many hunks as fit, headers that promise what never comes.
  std::string text = "--- a/x\n+++ b/x\n";
  for (int i = 0; i < 200'000; ++i) text += "@@ -1,999999999 +1,1 @@\n+\n";
  const Diff diff = Diff::Parse(text);
  ASSERT_EQ(diff.files().size(), 1u);
  EXPECT_EQ(diff.files()[0].hunks.size(), 200'000u);
  EXPECT_EQ(diff.problems().size(), kMaxProblems);
}

TEST(DiffParse, MoreFilesThanTheLimitAreSaid) {
  std::string text;
  for (size_t i = 0; i < kMaxFiles + 10; ++i) {
    text += "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n";
  }
  const Diff diff = Diff::Parse(text);
  EXPECT_EQ(diff.files().size(), kMaxFiles);
  EXPECT_TRUE(HasProblem(diff, ProblemKind::kTooLarge));
}

TEST(DiffParse, AMillionHunks) {
  std::string text = "--- a/x\n+++ b/x\n";
  for (size_t i = 0; i < kMaxHunks + 10; ++i) text += "@@ -1 +1 @@\n-a\n+b\n";
  const Diff diff = Diff::Parse(text);
  ASSERT_EQ(diff.files().size(), 1U);
  EXPECT_EQ(diff.files()[0].hunks.size(), kMaxHunks);
  EXPECT_EQ(diff.added_lines(), kMaxHunks);
  EXPECT_TRUE(HasProblem(diff, ProblemKind::kTooLarge));
}

// Git takes what stands behind a hunk whose lines are all there for no part of
// the patch; we look twice, for hunks that were edited by hand.
TEST(DiffParse, BehindAWholeHunk) {
  struct Case {
    std::string_view behind;
    size_t removed;
  };
  const Case cases[] = {
      {"-----------------------------------\nlist footer\n", 1},
      {"--\nsignature\n", 1},
      {"---\nnotes\n", 1},
      {"-- \n2.39.5\n", 1},
      {"______\n", 1},
      {"-c\n", 2},
      {"---- c\n", 2},
  };
  for (const Case& test : cases) {
    const Diff diff = Diff::Parse("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n" +
                                  std::string(test.behind));
    EXPECT_EQ(diff.removed_lines(), test.removed) << test.behind;
    EXPECT_EQ(diff.problems().empty(), test.removed == 1) << test.behind;
  }
}

}  // namespace
}  // namespace patchmilter::diff
