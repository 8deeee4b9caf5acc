// What git apply reads out of a file's header.
#include "tree/apply/patch_header.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace patchmilter::tree {
namespace {

using Name = std::optional<std::string>;

PatchHeader Read(std::string_view header) {
  return HeaderReader().Read(header);
}

TEST(PatchHeaderTest, TheFirstDirectoryIsStrippedWhateverItsName) {
  for (const std::string_view prefixes : {"a/ b/", "old/ new/", "i/ w/"}) {
    SCOPED_TRACE(prefixes);
    const std::string old_prefix(prefixes.substr(0, prefixes.find(' ')));
    const std::string new_prefix(prefixes.substr(prefixes.find(' ') + 1));
    const std::string first =
        "diff --git " + old_prefix + "d/x " + new_prefix + "d/x\n";
    PatchHeader header = Read(first + "index 12..34 100644\n--- " + old_prefix +
                              "d/x\n+++ " + new_prefix + "d/x\n");
    EXPECT_EQ(header.refusal, std::nullopt);
    EXPECT_EQ(header.old_name, Name("d/x"));
    EXPECT_EQ(header.new_name, Name("d/x"));
    EXPECT_EQ(header.old_mode, 0100644U);
    EXPECT_EQ(header.new_mode, 0U);
    EXPECT_FALSE(header.unprefixed);
    header = Read(first + "new file mode 100755\nindex 0..34\n--- /dev/null\n" +
                  "+++ " + new_prefix + "d/x\n");
    EXPECT_EQ(header.refusal, std::nullopt);
    EXPECT_TRUE(header.creates);
    EXPECT_EQ(header.old_name, std::nullopt);
    EXPECT_EQ(header.new_name, Name("d/x"));
    EXPECT_EQ(header.new_mode, 0100755U);
    header = Read(first + "deleted file mode 100644\nindex 12..0\n--- " +
                  old_prefix + "d/x\n+++ /dev/null\n");
    EXPECT_TRUE(header.deletes);
    EXPECT_EQ(header.old_name, Name("d/x"));
    EXPECT_EQ(header.new_name, std::nullopt);
  }
}

TEST(PatchHeaderTest, WithoutPrefixesADirectoryIsLost) {
  PatchHeader header = Read(
      "diff --git lib/d/x lib/d/x\nindex 12..34 100644\n--- lib/d/x\n"
      "+++ lib/d/x\n");
  EXPECT_EQ(header.refusal, std::nullopt);
  EXPECT_EQ(header.old_name, Name("d/x"));
  EXPECT_TRUE(header.unprefixed);
  header = Read("diff --git x x\nindex 12..34 100644\n--- x\n+++ x\n");
  EXPECT_TRUE(header.refusal.has_value());
}

TEST(PatchHeaderTest, NamesOfRenamesStandWhole) {
  PatchHeader header = Read(
      "diff --git a/x b/d/y\nsimilarity index 90%\nrename from x\n"
      "rename to d/y\nindex 12..34 100644\n--- a/x\n+++ b/d/y\n");
  EXPECT_EQ(header.refusal, std::nullopt);
  EXPECT_TRUE(header.renames);
  EXPECT_EQ(header.old_name, Name("x"));
  EXPECT_EQ(header.new_name, Name("d/y"));
  header = Read("diff --git a/x b/y\ncopy from x\ncopy to y\n");
  EXPECT_TRUE(header.copies);
  // The second name is missing; the two do not agree; new and renamed.
  EXPECT_TRUE(Read("diff --git a/x b/y\nrename from x\n").refusal.has_value());
  EXPECT_TRUE(Read("diff --git a/x b/y\nrename from x\nrename to y\n"
                   "--- a/z\n+++ b/y\n")
                  .refusal.has_value());
  EXPECT_TRUE(Read("diff --git a/x b/x\nnew file mode 100644\nrename from x\n")
                  .refusal.has_value());
}

TEST(PatchHeaderTest, TheFirstLineNamesWhatNoOtherLineDoes) {
  for (const auto& [line, name] :
       {std::pair("a/x b/x", "x"), std::pair("a/d x/y z b/d x/y z", "d x/y z"),
        std::pair(R"("a/t\tb" "b/t\tb")", "t\tb"),
        std::pair(R"("a/\303\244" b/)"
                  "\303\244",
                  "\303\244"),
        std::pair("a/\303\244"
                  R"( "b/\303\244")",
                  "\303\244")}) {
    SCOPED_TRACE(line);
    const PatchHeader header = Read("diff --git " + std::string(line) +
                                    "\nold mode 100644\nnew mode 100755\n");
    EXPECT_EQ(header.refusal, std::nullopt);
    EXPECT_EQ(header.old_name, Name(name));
    EXPECT_EQ(header.new_name, Name(name));
  }
  for (const std::string_view line :
       {"a/x b/y", "/x /x", "x", "", R"("a/x)", R"("a/x" )", R"("a/x" "b/y")",
        R"("a/x" b/y)", R"(a/x "b/y")", "x x"}) {
    SCOPED_TRACE(line);
    EXPECT_TRUE(Read("diff --git " + std::string(line) +
                     "\nold mode 100644\nnew mode 100755\n")
                    .refusal.has_value());
  }
}

TEST(PatchHeaderTest, ALineOfOtherWordsEndsIt) {
  const std::string_view lines =
      "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n";
  const PatchHeader header =
      Read(std::string(lines) + "other words\n--- a/y\n+++ b/y\n");
  EXPECT_EQ(header.refusal, std::nullopt);
  EXPECT_EQ(header.size, lines.size());
  EXPECT_EQ(header.old_name, Name("x"));
  EXPECT_TRUE(Read("diff --git a/x b/x\nold mode 10064a\n").refusal);
  EXPECT_TRUE(Read("diff --git a/x b/x\nindex 1..2 abc\n").refusal);
  EXPECT_TRUE(Read("diff --git a/x b/x\nnew file mode 040000\n").refusal);
  EXPECT_TRUE(Read("diff --git a/x b/x\nnew file mode 241510\n").refusal);
  EXPECT_FALSE(Read("diff --git a/x b/x\nindex 1.2 abc\n").refusal);
}

TEST(PatchHeaderTest, PlainNames) {
  const auto name_of = [](std::string_view old_line,
                          std::string_view new_line) {
    const PatchHeader header = Read("--- " + std::string(old_line) + "\n+++ " +
                                    std::string(new_line) + "\n");
    EXPECT_TRUE(header.plain);
    return header.refusal ? Name("refused") : header.new_name;
  };
  EXPECT_EQ(name_of("a/d/x", "b/d/x"), Name("d/x"));
  EXPECT_EQ(name_of("a/d/x.orig", "b/d/x"), Name("d/x"));
  EXPECT_EQ(name_of("a/d/x", "b/d/x.new"), Name("d/x"));
  EXPECT_EQ(name_of("x", "x"), Name("x"));
  EXPECT_EQ(name_of("a/d//x", "b/d//x"), Name("d/x"));
  EXPECT_EQ(name_of("a/x y\t2026-11-20 10:00:00.000000000 +0000",
                    "b/x y\t2026-11-20 10:00:01.000000000 +0000"),
            Name("x y"));
  // A mailer has made blanks of the tab.
  EXPECT_EQ(name_of("a/x y      2026-11-20 10:00:00.5 +0000",
                    "b/x y      2026-11-20 10:00:01 +0000"),
            Name("x y"));
  EXPECT_EQ(name_of("a/x", "b/"), Name("x"));
  EXPECT_EQ(name_of("a/", "b/"), Name("refused"));
}

TEST(PatchHeaderTest, PlainCreationsAndDeletions) {
  PatchHeader header = Read("--- /dev/null\n+++ b/d/x\n");
  EXPECT_TRUE(header.creates);
  EXPECT_EQ(header.new_name, Name("d/x"));
  EXPECT_EQ(header.old_name, std::nullopt);
  header = Read(
      "--- a/d/x\t1970-01-01 01:00:00.000000000 +0100\n"
      "+++ b/d/x\t2026-11-20 10:00:01 +0000\n");
  EXPECT_TRUE(header.creates);
  header = Read(
      "--- a/d/x\t2026-11-20 10:00:01 +0000\n"
      "+++ b/d/x\t1969-12-31 19:00:00.0 -0500\n");
  EXPECT_TRUE(header.deletes);
  EXPECT_EQ(header.new_name, std::nullopt);
  header = Read(
      "--- a/d/x\t1970-01-01 01:00:00.1 +0100\n"
      "+++ b/d/x\t2026-11-20 10:00:01 +0000\n");
  EXPECT_FALSE(header.creates);
}

// git guesses once for a patch.
TEST(PatchHeaderTest, ABareNameIsAnAnswerForTheRestOfThePatch) {
  HeaderReader reader;
  EXPECT_EQ(reader.Read("--- x\n+++ x\n").new_name, Name("x"));
  EXPECT_EQ(reader.Read("--- a/x\n+++ a/x\n").new_name, Name("a/x"));
  EXPECT_EQ(reader
                .Read("diff --git a/x a/x\nold mode 100644\n"
                      "new mode 100755\n")
                .new_name,
            Name("a/x"));
}

}  // namespace
}  // namespace patchmilter::tree
