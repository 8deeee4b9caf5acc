#include "tree/apply/rename_detection.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text.h"
#include "tests/git/scratch_git.h"

namespace patchmilter::tree {
namespace {

using patchmilter::testing::ScratchGit;
using Texts = std::map<std::string, std::string>;

std::string Lines(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

class RenameDetectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    git_.Write("x", "x\n");
    git_.Commit("One");
    auto opened = git::Repository::Open(git_.work());
    ASSERT_TRUE(opened.ok());
    repository_ = std::move(opened).value();
  }

  std::vector<NamedFile> Files(const Texts& texts) {
    std::vector<NamedFile> files;
    for (const auto& [path, bytes] : texts) {
      files.push_back(
          {path, {git::kModeFile, repository_->WriteBlob(bytes).value()}});
    }
    return files;
  }

  std::map<std::string, std::string> Detect(const Texts& gone,
                                            const Texts& come) {
    Work work;
    auto renames =
        DetectRenames(repository_.get(), Files(gone), Files(come), &work);
    EXPECT_TRUE(renames.ok()) << renames.error().message;
    return renames.ok() ? *renames : std::map<std::string, std::string>();
  }

  // The renames that git's diff finds between two trees of these files, with
  // the limits that a merge has.
  std::map<std::string, std::string> AskGit(const Texts& gone,
                                            const Texts& come) {
    const auto tree = [this](const Texts& texts) {
      git_.Git({"read-tree", "--empty"});
      for (const auto& [path, bytes] : texts) {
        const std::string blob =
            git_.Git({"hash-object", "-w", "--stdin"}, bytes);
        git_.Git(
            {"update-index", "--add", "--cacheinfo", "100644", blob, path});
      }
      return git_.Git({"write-tree"});
    };
    const std::string old_tree = tree(gone);
    const std::string out =
        git_.Git({"diff-tree", "-r", "-M50%", "-l7000", "--no-rename-empty",
                  "--diff-filter=R", "--name-status", old_tree, tree(come)});
    std::map<std::string, std::string> renames;
    LineReader lines(out);
    for (std::string_view line; lines.Next(&line);) {
      const auto fields = Split(line, '\t');
      if (fields.size() == 3) {
        renames[std::string(fields[1])] = std::string(fields[2]);
      }
    }
    return renames;
  }

  ScratchGit git_;
  std::unique_ptr<git::Repository> repository_;
};

TEST_F(RenameDetectionTest, FindsWhatGitFinds) {
  const struct {
    const char* name;
    Texts gone;
    Texts come;
    std::map<std::string, std::string> want;
  } kCases[] = {
      {"equal", {{"a", Lines(0, 9)}}, {{"b", Lines(0, 9)}}, {{"a", "b"}}},
      {"empty", {{"a", ""}}, {{"b", ""}}, {}},
      {"half", {{"a", Lines(0, 9)}}, {{"b", Lines(0, 5)}}, {{"a", "b"}}},
      {"less than half", {{"a", Lines(0, 9)}}, {{"b", Lines(0, 4)}}, {}},
      {"equal names first",
       {{"d/x", Lines(0, 20)}},
       {{"e/x", Lines(2, 20)}, {"e/y", Lines(1, 20)}},
       {{"d/x", "e/x"}}},
      {"equal names, too different",
       {{"d/x", Lines(0, 20)}},
       {{"e/x", Lines(8, 20)}, {"e/y", Lines(1, 20)}},
       {{"d/x", "e/y"}}},
      {"of equals the one with the name",
       {{"d/x", Lines(0, 20)}},
       {{"e/w", Lines(0, 20)}, {"e/x", Lines(0, 20)}},
       {{"d/x", "e/w"}}},
      {"no copies",
       {{"a", Lines(0, 20)}},
       {{"b", Lines(0, 20)}, {"c", Lines(0, 20)}},
       {{"a", "b"}}},
      {"two sources",
       {{"a", Lines(0, 20)}, {"b", Lines(0, 19)}},
       {{"c", Lines(0, 18)}},
       {{"b", "c"}}},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(AskGit(test.gone, test.come), test.want) << test.name;
    EXPECT_EQ(Detect(test.gone, test.come), test.want) << test.name;
  }
}

TEST_F(RenameDetectionTest, FindsWhatGitFindsAmongRandomFiles) {
  std::mt19937_64 random(1);
  const auto below = [&random](std::size_t n) { return random() % n; };
  for (int round = 0; round < 25; ++round) {
    Texts gone;
    Texts come;
    const auto text = [&below] {
      std::string bytes;
      for (std::size_t i = below(12); i > 0; --i) {
        bytes += Lines(static_cast<int>(below(9)), 10);
        if (below(9) == 0) bytes += std::string(below(200), 'x');
        if (below(9) == 0) bytes += "cr\r\n";
      }
      if (below(20) == 0) bytes += '\0';
      return bytes;
    };
    for (std::size_t i = 1 + below(4); i > 0; --i) {
      const std::string bytes = text();
      gone["a/" + std::to_string(below(5))] = bytes;
      std::string changed = bytes;
      if (!changed.empty()) changed.erase(below(changed.size()), below(60));
      come["b/" + std::to_string(below(5))] = changed;
      if (below(3) == 0) come["c/" + std::to_string(below(5))] = bytes + "x";
      if (below(3) == 0) come["d/" + std::to_string(below(9))] = text();
    }
    EXPECT_EQ(Detect(gone, come), AskGit(gone, come)) << round;
  }
}

TEST_F(RenameDetectionTest, EndsWhereThereIsNoWorkLeft) {
  Work work(300);
  const auto renames =
      DetectRenames(repository_.get(), Files({{"a", Lines(0, 90)}}),
                    Files({{"b", Lines(0, 91)}}), &work);
  ASSERT_TRUE(renames.ok());
  EXPECT_TRUE(renames->empty());
  EXPECT_TRUE(work.exhausted());
}

}  // namespace
}  // namespace patchmilter::tree
