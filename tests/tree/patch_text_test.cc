// A patch read as git apply reads it.
#include "tree/apply/patch_text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace patchmilter::tree {
namespace {

constexpr std::string_view kFile =
    "diff --git a/f b/f\nindex 1..2 100644\n--- a/f\n+++ b/f\n"
    "@@ -1,2 +1,2 @@ f()\n a\n-b\n+B\n";

// The names of its files and how many lines their hunks have, or why none.
std::string Read(const std::string& text) {
  const diff::Diff diff = diff::Diff::Parse(text);
  const PatchText patch(diff);
  if (patch.refusal()) {
    return patch.refusal()->path + ": " + patch.refusal()->reason;
  }
  std::string all;
  for (const FilePatch& file : patch.files()) {
    all += file.name();
    for (const diff::Hunk& hunk : file.file->hunks) {
      all += " " + std::to_string(hunk.lines.size());
    }
    all += file.file->binary ? " binary\n" : "\n";
  }
  return all;
}

std::string Doubled(std::string_view text) {
  return std::string(text) + std::string(text);
}

TEST(PatchTextTest, ReadsFilesWithWordsAround) {
  EXPECT_EQ(Read("Why.\n\nSigned-off-by: A <a@b.c>\n---\n f | 2 +-\n\n" +
                 Doubled(kFile) + "-- \n2.39.5\n\n_____\nlist\n"),
            "f 3\nf 3\n");
  EXPECT_EQ(Read(std::string(kFile) + "\\ No newline at end of file\n-Me\n"),
            "f 4\n");
  EXPECT_EQ(Read("Index: f\n===\n--- f\n+++ f\n@@ -1 +1 @@\n-a\n+b\n"),
            "f 2\n");
}

TEST(PatchTextTest, LinesStandWhereTheTextHasThem) {
  const diff::Diff diff =
      diff::Diff::Parse("Why.\n---\n" + std::string(kFile) + "-- \n");
  const PatchText patch(diff);
  ASSERT_EQ(patch.files().size(), 1U);
  const diff::Hunk& hunk = patch.files()[0].file->hunks.at(0);
  EXPECT_EQ(hunk.text_line, 6U);
  ASSERT_EQ(hunk.lines.size(), 3U);
  EXPECT_EQ(patch.lines(), 3U);
  EXPECT_EQ(diff.View(hunk.lines[1].span), "b");
  EXPECT_EQ(hunk.lines[1].text_line, 8U);
  EXPECT_EQ(hunk.lines[1].old_line, 2U);
  EXPECT_EQ(hunk.lines[1].new_line, 0U);
  EXPECT_EQ(hunk.lines[2].new_line, 2U);
}

TEST(PatchTextTest, WhatGitCallsCorruptIsRefused) {
  const std::string file(kFile);
  const struct {
    std::string text;
    std::string_view reason;
  } kCases[] = {
      {"---\nAs in\n@@ -1,2 +1,2 @@\n\n" + file, "no file's header"},
      {"---\nAs in\ndiff --git this way\n\n" + file, "names no file"},
      {file + "@@ -9 +9 @\n-a\n+b\n", "cannot be read"},
      {file + "other words\n@@ -9 +9 @@\n-a\n+b\n", "no file's header"},
      {file + "@@ -9,2 +9,2 @@\n-a\n+b\n", "add up"},
      {file + "@@ -9,2 +9,2 @@\n-a\n+b\n-- \n2.39\n", "without a mark"},
      {file + "@@ -9 +9,2 @@\n-a\n+b\n c\n", "add up"},
      {file + "@@ -9 +9 @@\n a\n", "changes nothing"},
      {file + "@@ -9 +9 @@\n-a\nwords\n+b\n", "without a mark"},
      {file + "@@ -9 +9 @@\n-a\n\\ No\n+b\n", "without a mark"},
      {file + "@@ -9 +9 @@\n-a\n+b", "ends inside"},
      {"diff --git a/f b/f\nindex 1..2 100644\n--- a/f\n+++ b/f\nwords\n" +
           file,
       "followed by no change"},
      {"diff --git a/f b/f\nold mode 100644\nnew mode 100644\n" + file,
       "followed by no change"},
      {"diff --git a/f b/f\nnew file mode 100644\n--- /dev/null\n+++ b/f\n"
       "@@ -1 +1 @@\n-a\n+b\n",
       "depends on old content"},
      {"diff --git a/f b/f\ndeleted file mode 100644\n--- a/f\n+++ /dev/null\n"
       "@@ -1 +1 @@\n-a\n+b\n",
       "still has content"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.text);
    const std::string got = Read(test.text);
    EXPECT_NE(got.find(test.reason), std::string::npos) << got;
  }
  EXPECT_EQ(Read("Only words.\n"), ": the mail carries no diff");
}

// The commit message is nobody's diff: git cuts it off.
TEST(PatchTextTest, TheMessageIsNotRead) {
  EXPECT_EQ(Read("As in\n@@ -1,2 +1,2 @@\n\n---\n" + std::string(kFile)),
            "f 3\n");
}

TEST(PatchTextTest, BinaryFiles) {
  EXPECT_EQ(Read("diff --git a/f b/f\nindex 1..2 100644\n"
                 "Binary files a/f and b/f differ\n" +
                 std::string(kFile)),
            "f binary\nf 3\n");
  EXPECT_EQ(Read("diff --git a/f b/f\nindex 1..2 100644\nGIT binary patch\n"
                 "literal 1\nIcmZPo0RRFF\n\nliteral 0\nHcmV?d00001\n\n" +
                 std::string(kFile)),
            "f binary\nf 3\n");
}

}  // namespace
}  // namespace patchmilter::tree
