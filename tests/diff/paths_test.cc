#include "diff/paths.h"

#include <gtest/gtest.h>

namespace patchmilter::diff {
namespace {

TEST(UnquotePath, UndoesGitsEscapes) {
  std::string_view rest;
  EXPECT_EQ(UnquotePath(R"("a/b \"c\"\t\\\303\244" tail)", &rest),
            "a/b \"c\"\t\\\xc3\xa4");
  EXPECT_EQ(rest, " tail");
}

TEST(UnquotePath, RefusesWhatGitNeverWrites) {
  std::string_view rest;
  for (const std::string_view text :
       {"", "plain", "\"open", "\"bad\\", "\"bad\\x41\"", "\"bad\\777\"",
        "\"bad\\12\""}) {
    EXPECT_EQ(UnquotePath(text, &rest), std::nullopt) << text;
  }
}

TEST(DatedPath, EndsAtTheTab) {
  EXPECT_EQ(DatedPath("a/file.c\t2024-01-01 00:00:00"), "a/file.c");
  EXPECT_EQ(DatedPath("a/with blank.c"), "a/with blank.c");
  EXPECT_EQ(DatedPath("\"a/\\303\\244.c\"\tx"), "a/\xc3\xa4.c");
}

struct HeaderCase {
  std::string_view line;
  std::string_view old_path;
  std::string_view new_path;
};

TEST(GitHeaderPaths, TellsTheTwoNamesApart) {
  const HeaderCase cases[] = {
      {"a/x.c b/x.c", "a/x.c", "b/x.c"},
      {"a/one b/one b/one b/one", "a/one b/one", "b/one b/one"},
      {"a/with blank b/with blank", "a/with blank", "b/with blank"},
      {"x.c x.c", "x.c", "x.c"},
      {"a/old.c b/newer.c", "a/old.c", "b/newer.c"},
      {"\"a/\\303\\244\" \"b/\\303\\244\"", "a/\xc3\xa4", "b/\xc3\xa4"},
      {"a/plain \"b/\\303\\244\"", "a/plain", "b/\xc3\xa4"},
      {"\"a/\\303\\244\" b/plain", "a/\xc3\xa4", "b/plain"},
  };
  for (const HeaderCase& test : cases) {
    const auto got = GitHeaderPaths(test.line);
    ASSERT_TRUE(got.has_value()) << test.line;
    EXPECT_EQ(got->first, test.old_path) << test.line;
    EXPECT_EQ(got->second, test.new_path) << test.line;
  }
  for (const std::string_view line : {"", " ", "one", "a/x ", "\"a/x b/x"}) {
    EXPECT_EQ(GitHeaderPaths(line), std::nullopt) << line;
  }
}

TEST(StripPrefixes, KnowsPrefixesFromFolders) {
  struct Case {
    std::string old_path;
    std::string new_path;
    std::string_view want_old;
    std::string_view want_new;
  };
  const Case cases[] = {
      {"a/x.c", "b/x.c", "x.c", "x.c"},
      {"a/old.c", "b/new.c", "old.c", "new.c"},
      {"linux.orig/mm/x.c", "linux/mm/x.c", "mm/x.c", "mm/x.c"},
      {"drivers/x.c", "drivers/x.c", "drivers/x.c", "drivers/x.c"},
      {"i/x.c", "w/x.c", "x.c", "x.c"},
      {"/dev/null", "b/x.c", "", "x.c"},
      {"a/x.c", "/dev/null", "x.c", ""},
      {"/dev/null", "drivers/x.c", "", "drivers/x.c"},
      {"x.c.orig", "x.c", "x.c.orig", "x.c"},
  };
  for (const Case& test : cases) {
    std::string old_path = test.old_path;
    std::string new_path = test.new_path;
    StripPrefixes(&old_path, &new_path);
    EXPECT_EQ(old_path, test.want_old) << test.old_path;
    EXPECT_EQ(new_path, test.want_new) << test.new_path;
  }
}

}  // namespace
}  // namespace patchmilter::diff
