#include "tree/apply/path_rules.h"

#include <gtest/gtest.h>

#include "git/repository.h"

namespace patchmilter::tree {
namespace {

TEST(PathRulesTest, RefusesHostilePaths) {
  const std::string kCases[] = {
      "",
      "/etc/passwd",
      "..",
      "../x",
      "a/../b",
      "a/..",
      ".",
      "./a",
      "a/./b",
      "a//b",
      "a/",
      std::string("a\0b", 3),
      ".git",
      ".git/config",
      "a/.git/config",
      ".GIT/config",
      ".gIt",
      ".git./x",
      ".git ",
      ".git . ./x",
      ".git::$INDEX_ALLOCATION/x",
      "git~1",
      "GIT~1/config",
      "a\\.git\\config",
      "a\\..git~1\\git~1",
      ".g\xe2\x80\x8cit/config",
      "\xef\xbb\xbf.git",
      ".git\xe2\x81\xaa",
      std::string(kMaxPathBytes + 1, 'a'),
  };
  for (const std::string& path : kCases) {
    EXPECT_TRUE(PathRefusal(path, git::kModeFile)) << path;
  }
}

TEST(PathRulesTest, TakesWhatIsOnlyLike) {
  const std::string kCases[] = {
      "a",
      ".gitignore",
      ".github/workflows/ci.yml",
      ".gitmodules",
      "git",
      "git~2",
      "...",
      "a/..b",
      "a/b..",
      ".gi",
      "x.git/config",
      "with space/and\ttab",
      "\xc3\xa9",
      "\xe2\x80\x8b",
      "back\\slash",
      std::string(kMaxPathBytes, 'a'),
  };
  for (const std::string& path : kCases) {
    EXPECT_EQ(PathRefusal(path, git::kModeFile), std::nullopt) << path;
  }
}

TEST(PathRulesTest, NoLinkIsNamedGitmodules) {
  for (const char* path : {".gitmodules", "a/.GITMODULES", ".gitmodules ",
                           "gitmod~1", "GI7EBA~1", ".gitmod\xe2\x80\x8cules"}) {
    EXPECT_TRUE(PathRefusal(path, git::kModeSymlink)) << path;
    EXPECT_FALSE(PathRefusal(path, git::kModeFile)) << path;
  }
  EXPECT_FALSE(PathRefusal("gitmodules", git::kModeSymlink));
}

}  // namespace
}  // namespace patchmilter::tree
