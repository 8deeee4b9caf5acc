// Commits as text and links, trees and texts compared.

#include "git/history.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <random>
#include <string>
#include <vector>

#include "git/commit_text.h"
#include "git/line_diff.h"
#include "git/tree_diff.h"
#include "tests/git/scratch_git.h"

namespace patchmilter::git {
namespace {

constexpr std::string_view kTree =
    "tree 1111111111111111111111111111111111111111\n";

TEST(CommitText, ReadsWhatGitWrites) {
  const std::string bytes = std::string(kTree) +
                            "parent 2222222222222222222222222222222222222222\n"
                            "parent 3333333333333333333333333333333333333333\n"
                            "author A \"B\" <C> <a@b> 1700000000 -0330\n"
                            "committer D <d@e> 1700000099 +0100\n"
                            "gpgsig -----BEGIN\n tree 4\n parent 5\n\n"
                            "Subject  line\ngoes on\n\nBody\n";
  const auto commit = ParseCommitText(bytes);
  ASSERT_TRUE(commit.has_value());
  EXPECT_EQ(commit->links.tree.Hex(), std::string(40, '1'));
  ASSERT_EQ(commit->links.parents.size(), 2U);
  EXPECT_EQ(commit->links.parents[1].Hex(), std::string(40, '3'));
  EXPECT_EQ(commit->links.committed, 1'700'000'099);
  EXPECT_EQ(commit->author.time, 1'700'000'000);
  EXPECT_EQ(commit->author.offset, -(3 * 60 + 30));
  EXPECT_EQ(commit->author.name, "A \"B\"");
  EXPECT_EQ(commit->Subject(), "Subject  line goes on");
  EXPECT_EQ(commit->message, "Subject  line\ngoes on\n\nBody\n");
  EXPECT_EQ(FormatGitDate(commit->author.time, commit->author.offset),
            "Tue Nov 14 18:43:20 2023 -0330");
}

TEST(CommitText, TakesAnyBytes) {
  EXPECT_FALSE(ParseCommitText("").has_value());
  EXPECT_FALSE(ParseCommitText("\n").has_value());
  EXPECT_FALSE(ParseCommitText("tree 12\n").has_value());
  EXPECT_FALSE(ParseCommitText("parent 1\n" + std::string(kTree)).has_value());
  for (const std::string author :
       {"author", "author ", "author >", "author ><", "author < > x y z",
        "author a <b> 99999999999999999999999 +9999", "author a <b> -5 -",
        "author a <b> 12 +12345678901234567890", "author a <b> 12 0"}) {
    const auto commit = ParseCommitText(std::string(kTree) + author + "\n\nx");
    ASSERT_TRUE(commit.has_value()) << author;
    EXPECT_EQ(commit->message, "x");
    EXPECT_FALSE(
        FormatGitDate(commit->author.time, commit->author.offset).empty());
  }
  // A parent that stands after the author is none.
  EXPECT_TRUE(ParseCommitLinks(std::string(kTree) +
                               "author a <b> 1 +0000\nparent " +
                               std::string(40, '2') + "\n")
                  ->parents.empty());
}

TEST(History, ReadsCommitsAndKnowsWhereAShallowOneEnds) {
  testing::ScratchGit git;
  git.Write("a", "1\n");
  const auto first = *ObjectId::FromHex(git.Commit("first"));
  git.Write("a", "2\n");
  const auto second = *ObjectId::FromHex(git.Commit("second"));
  git.Write("a", "3\n");
  const auto third = *ObjectId::FromHex(git.Commit("third"));
  const std::string shallow = git.directory() + "/shallow";
  git.Git(
      {"clone", "-q", "--bare", "--depth=2", "file://" + git.work(), shallow});
  auto whole_repository = Repository::Open(git.work());
  auto shallow_repository = Repository::Open(shallow);
  ASSERT_TRUE(whole_repository.ok() && shallow_repository.ok());
  History whole(whole_repository->get());
  History ended(shallow_repository->get());
  EXPECT_EQ(whole.Read(second)->links.parents, std::vector<ObjectId>{first});
  EXPECT_FALSE(whole.Read(second)->shallow);
  EXPECT_FALSE(whole.Read(first)->shallow);
  EXPECT_EQ(ended.Read(third)->links.parents, std::vector<ObjectId>{second});
  EXPECT_TRUE(ended.Read(second)->links.parents.empty());
  EXPECT_TRUE(ended.Read(second)->shallow);
  EXPECT_FALSE(ended.Read(first).ok());
  EXPECT_EQ(whole.ReadText(third)->Subject(), "third");
  const auto tree = whole.Read(third)->links.tree;
  EXPECT_FALSE(whole.Read(tree).ok()) << "no commit";
  // More of it is fetched meanwhile.
  git.Git({"fetch", "-q", "--unshallow"}, "", shallow);
  EXPECT_TRUE(ended.Read(second)->shallow);
  ASSERT_TRUE(ended.Refresh().ok());
  EXPECT_FALSE(ended.Read(second)->shallow);
  EXPECT_TRUE(ended.Read(first).ok());
}

TEST(PathHistory, FindsWhatStandsAtAPath) {
  testing::ScratchGit git;
  git.Write("a/b/c", "1\n");
  git.Commit("first");
  auto repository = Repository::Open(git.work());
  ASSERT_TRUE(repository.ok());
  const auto root = *ObjectId::FromHex(git.Git({"rev-parse", "HEAD^{tree}"}));
  const auto at = [&](const char* path) {
    PathHistory history(repository->get(), path);
    EXPECT_EQ(*history.At(root), *history.At(root));
    return history.At(root)->mode;
  };
  EXPECT_EQ(at("a/b/c"), kModeFile);
  EXPECT_EQ(at("a/b"), kModeDirectory);
  EXPECT_EQ(at(""), kModeDirectory);
  for (const char* none :
       {"a/b/c/d", "b", "a//b", "/a", "a/", "..", "a/../a", "."}) {
    EXPECT_EQ(at(none), 0U) << none;
  }
}

// Applies changes to the old text: the new one comes out.
TEST(DiffLines, ChangesMakeOneTextOfTheOther) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    const auto text = [&random] {
      std::vector<std::string> lines;
      for (std::size_t i = random() % 40; i > 0; --i) {
        lines.push_back(std::string(1, static_cast<char>('a' + random() % 5)) +
                        "\n");
      }
      if (!lines.empty() && random() % 3 == 0) lines.back().pop_back();
      return lines;
    };
    const auto join = [](const std::vector<std::string>& lines) {
      std::string joined;
      for (const std::string& line : lines) joined += line;
      return joined;
    };
    std::vector<std::string> old_lines = text();
    std::vector<std::string> new_lines = text();
    // A long common end is cut off in two of the styles.
    std::vector<std::string> tail(round % 2 == 0 ? 0 : 900, "same\n");
    if (!tail.empty()) {
      for (auto* lines : {&old_lines, &new_lines}) {
        if (!lines->empty() && lines->back().back() != '\n') {
          lines->back() += '\n';
        }
        lines->insert(lines->end(), tail.begin(), tail.end());
      }
    }
    for (const DiffStyle style :
         {DiffStyle::kShown, DiffStyle::kFollowed, DiffStyle::kBlamed}) {
      const auto changes = DiffLines(join(old_lines), join(new_lines), style);
      ASSERT_TRUE(changes.ok()) << changes.error().message;
      std::vector<std::string> made;
      std::size_t at = 0;
      for (const LineChange& change : *changes) {
        ASSERT_GE(change.old_first, at + 1);
        while (at + 1 < change.old_first) made.push_back(old_lines[at++]);
        ASSERT_EQ(change.new_first, made.size() + 1);
        at += change.old_count;
        for (std::uint32_t i = 0; i < change.new_count; ++i) {
          made.push_back(new_lines[change.new_first - 1 + i]);
        }
      }
      while (at < old_lines.size()) made.push_back(old_lines[at++]);
      EXPECT_EQ(join(made), join(new_lines));
    }
  }
}

TEST(DiffLines, RefusesWhatWouldTakeTooLong) {
  std::string odd;
  std::string even;
  for (std::size_t i = 0; i < kMaxDiffLines / 2 + 2; ++i) {
    odd += std::to_string(2 * i + 1) + "\n";
    even += std::to_string(2 * i) + "\n";
  }
  const auto changes = DiffLines(odd, even);
  ASSERT_FALSE(changes.ok());
  EXPECT_EQ(changes.error().kind, ErrorKind::kInvalidInput);
  // What is the same at both ends costs nothing.
  EXPECT_TRUE(DiffLines(odd + "a\n" + odd, odd + "b\n" + odd).ok());
  EXPECT_TRUE(DiffLines(odd, odd).ok());
  const std::string long_text(kMaxDiffBytes, 'x');
  EXPECT_FALSE(DiffLines(long_text, "y").ok());
}

TEST(DiffTrees, IsGitsRawDiff) {
  testing::ScratchGit git;
  git.Write("a", "1\n");
  git.Write("a.b", "1\n");
  git.Write("d/x", "1\n");
  git.Write("d/y/z", "1\n");
  git.Write("same/file", "1\n");
  git.Commit("first");
  git.Remove("a");
  git.Write("a/inside", "2\n");
  git.Write("a.b", "2\n");
  git.Write("d/y/z", "2\n");
  git.Remove("d/x");
  git.Write("new", "2\n");
  git.Commit("second");
  auto repository = Repository::Open(git.work());
  ASSERT_TRUE(repository.ok());
  const auto tree = [&git](const char* revision) {
    return *ObjectId::FromHex(
        git.Git({"rev-parse", std::string(revision) + "^{tree}"}));
  };
  for (const std::string path : {"", "a", "d", "d/y", "same", "none"}) {
    for (const bool from_nothing : {false, true}) {
      std::vector<std::string> command = {"diff-tree", "-r", "--no-commit-id"};
      if (from_nothing) {
        command.push_back("4b825dc642cb6eb9a060e54bf8d69288fbee4904");
      } else {
        command.push_back("HEAD~1");
      }
      command.push_back("HEAD");
      if (!path.empty()) command.insert(command.end(), {"--", path});
      std::string got;
      const auto changes = DiffTrees(repository->get(),
                                     from_nothing ? ObjectId() : tree("HEAD~1"),
                                     tree("HEAD"), path);
      ASSERT_TRUE(changes.ok()) << changes.error().message;
      for (const TreeChange& c : *changes) {
        char modes[40];
        std::snprintf(modes, sizeof(modes), ":%06o %06o", c.old_mode,
                      c.new_mode);
        if (!got.empty()) got += '\n';
        got += std::string(modes) + " " + c.old_id.Hex() + " " +
               c.new_id.Hex() + " " +
               (c.old_mode == 0   ? "A"
                : c.new_mode == 0 ? "D"
                                  : "M") +
               "\t" + c.path;
      }
      EXPECT_EQ(got, git.Git(command)) << path;
    }
  }
}

// One path at a time, however deep: no sum of the paths of all depths.
TEST(DiffTrees, ADeepTreeTakesLittleMemory) {
  testing::ScratchGit git;
  git.Write("a", "a\n");
  git.Commit("first");
  auto repository = Repository::Open(git.work());
  ASSERT_TRUE(repository.ok());
  constexpr int kDepth = 20'000;
  ObjectId tree;
  const ObjectId blob = (*repository)->WriteBlob("deep").value();
  tree = (*repository)->WriteTree({{"f", kModeFile, blob}}).value();
  for (int i = 0; i < kDepth; ++i) {
    tree = (*repository)->WriteTree({{"d", kModeDirectory, tree}}).value();
  }
  const auto peak = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;  // KiB.
  };
  const auto before = peak();
  const auto changes = DiffTrees(repository->get(), ObjectId(), tree);
  ASSERT_TRUE(changes.ok()) << changes.error().message;
  ASSERT_EQ(changes->size(), 1U);
  EXPECT_EQ(changes->front().path.size(), 2U * kDepth + 1);
  EXPECT_LT(peak() - before, 150 << 10);  // The sum is 400 MB.
}

}  // namespace
}  // namespace patchmilter::git
