#include "git/merge.h"

#include <gtest/gtest.h>

#include "tests/git/scratch_git.h"

namespace patchmilter::git {
namespace {

using patchmilter::testing::ScratchGit;

struct Case {
  const char* name;
  std::string base;
  std::string ours;
  std::string theirs;
};

// What `git merge-file` makes of it; nothing for a conflict.
std::optional<std::string> AskGit(ScratchGit* git, const Case& test) {
  git->Write("base", test.base);
  git->Write("ours", test.ours);
  git->Write("theirs", test.theirs);
  const auto outcome =
      git->TryGit({"merge-file", "-p", "ours", "base", "theirs"});
  if (outcome.status != 0) return std::nullopt;
  return outcome.out;
}

TEST(MergeTest, MergesAsGit) {
  ScratchGit git;
  const Case kCases[] = {
      {"apart", "a\nb\nc\nd\ne\n", "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n"},
      {"the same line", "a\nb\nc\n", "a\nx\nc\n", "a\ny\nc\n"},
      {"neighbours", "a\nb\nc\n", "A\nb\nc\n", "a\nB\nc\n"},
      {"alike", "a\nb\nc\n", "a\nx\nc\n", "a\nx\nc\n"},
      {"partly alike", "a\nb\nc\nd\n", "a\nx\ny\nc\nd\n", "a\nx\ny\nc\nD\n"},
      {"no end of line", "a\nb\nc", "A\nb\nc", "a\nb\nC"},
      {"both new", "", "a\n", "b\n"},
      {"one new", "", "", "b\n"},
      {"both gone", "a\n", "", ""},
      {"one gone", "a\nb\n", "", "a\nb\n"},
      {"CR", "a\r\nb\r\nc\r\nd\r\n", "a\r\nb\r\nc\r\nD\r\n",
       "A\r\nb\r\nc\r\nd\r\n"},
  };
  for (const Case& test : kCases) {
    const auto got = MergeText(test.base, test.ours, test.theirs);
    ASSERT_TRUE(got.ok()) << got.error().message;
    EXPECT_EQ(*got, AskGit(&git, test)) << test.name;
  }
}

TEST(MergeTest, TakesAnyBytes) {
  std::string bytes;
  for (int i = 0; i < 4096; ++i) bytes += static_cast<char>(1 + i * 7 % 251);
  const auto got = MergeText(bytes, bytes + "x", "y" + bytes);
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(*got, "y" + bytes + "x");
}

}  // namespace
}  // namespace patchmilter::git
