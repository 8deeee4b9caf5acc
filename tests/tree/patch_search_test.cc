#include "tree/base/patch_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "diff/diff.h"
#include "tests/git/scratch_git.h"

namespace patchmilter::tree {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

git::ObjectId Id(const std::string& hex) {
  return *git::ObjectId::FromHex(hex);
}

std::string Numbered(int first, int last) {
  std::string text;
  for (int i = first; i <= last; ++i) {
    text += "line " + std::to_string(i) + "\n";
  }
  return text;
}

class PatchSearchTest : public ::testing::Test {
 protected:
  // What git makes of a commit.
  WantedPatch Wanted(const std::string& commit, bool with_paths) {
    WantedPatch wanted;
    const std::string diff =
        scratch_.Git({"diff-tree", "-p", "-M", "-r", "--full-index", commit});
    wanted.patch_id =
        scratch_.Git({"patch-id", "--stable"}, diff + "\n").substr(0, 40);
    if (!with_paths) return wanted;
    const diff::Diff parsed = diff::Diff::Parse(diff + "\n");
    for (const diff::File& file : parsed.files()) {
      if (!file.old_path.empty()) wanted.paths.insert(file.old_path);
      if (!file.new_path.empty()) wanted.paths.insert(file.new_path);
    }
    return wanted;
  }

  std::map<std::string, git::ObjectId> Find(
      const std::vector<WantedPatch>& wanted,
      const PatchSearchBounds& bounds = {}) {
    auto repository = git::Repository::Open(scratch_.work());
    EXPECT_TRUE(repository.ok());
    auto found =
        FindPatches(repository->get(),
                    {Id(scratch_.Git({"rev-parse", "HEAD"}))}, wanted, bounds);
    EXPECT_TRUE(found.ok()) << found.error().message;
    return *found;
  }

  testing::ScratchGit scratch_;
};

// Every kind of change, each found by the id that git gives it.
TEST_F(PatchSearchTest, FindsACommitByThePatchIdThatGitMakes) {
  scratch_.Write("a.c", Numbered(1, 60));
  scratch_.Write("sub/b.c", Numbered(1, 40));
  scratch_.Commit("base");
  std::vector<std::string> commits;
  scratch_.Write("a.c", Numbered(1, 20) + "changed\n" + Numbered(22, 60));
  commits.push_back(scratch_.Commit("one file"));
  scratch_.Write("a.c", "first\n" + Numbered(1, 60));
  scratch_.Write("sub/b.c", Numbered(1, 39));
  commits.push_back(scratch_.Commit("two files"));
  scratch_.Write("new.c", Numbered(1, 3));
  commits.push_back(scratch_.Commit("a new file"));
  scratch_.Git({"mv", "sub/b.c", "sub/c.c"});
  scratch_.Write("sub/c.c", "top\n" + Numbered(1, 39));
  commits.push_back(scratch_.Commit("a renamed file"));
  scratch_.Remove("new.c");
  commits.push_back(scratch_.Commit("a file gone"));
  for (const bool with_paths : {true, false}) {
    std::vector<WantedPatch> wanted;
    for (const std::string& commit : commits) {
      wanted.push_back(Wanted(commit, with_paths));
    }
    const auto found = Find(wanted);
    for (std::size_t i = 0; i < commits.size(); ++i) {
      SCOPED_TRACE(i);
      EXPECT_THAT(found, Contains(Pair(wanted[i].patch_id, Id(commits[i]))));
    }
  }
}

TEST_F(PatchSearchTest, FindsWhatCameByAMerge) {
  scratch_.Write("a.c", Numbered(1, 9));
  scratch_.Commit("base");
  scratch_.Git({"checkout", "-q", "-b", "side"});
  scratch_.Write("b.c", Numbered(1, 9));
  const std::string side = scratch_.Commit("on the side");
  scratch_.Git({"checkout", "-q", "main"});
  scratch_.Write("a.c", Numbered(1, 8));
  scratch_.Commit("on main");
  scratch_.Git({"merge", "-q", "--no-ff", "-m", "merge", "side"});
  const WantedPatch wanted = Wanted(side, true);
  EXPECT_THAT(Find({wanted}), Contains(Pair(wanted.patch_id, Id(side))));
}

TEST_F(PatchSearchTest, AnotherChangeOfTheSameFilesIsNotTaken) {
  scratch_.Write("a.c", Numbered(1, 9));
  scratch_.Commit("base");
  scratch_.Write("a.c", Numbered(1, 8));
  WantedPatch wanted = Wanted(scratch_.Commit("one"), true);
  wanted.patch_id = std::string(40, '1');
  EXPECT_THAT(Find({wanted}), IsEmpty());
}

TEST_F(PatchSearchTest, LooksNoFurtherThanItMay) {
  scratch_.Write("a.c", Numbered(1, 9));
  scratch_.Commit("base", 1'700'000'000);
  scratch_.Write("a.c", Numbered(1, 8));
  const WantedPatch wanted =
      Wanted(scratch_.Commit("early", 1'700'000'100), true);
  scratch_.Write("b.c", "b\n");
  scratch_.Commit("late", 1'700'000'200);
  EXPECT_EQ(Find({wanted}).size(), 1u);
  PatchSearchBounds bounds;
  bounds.commits = 1;
  EXPECT_THAT(Find({wanted}, bounds), IsEmpty());
  bounds = {};
  bounds.not_before = 1'700'000'150;
  EXPECT_THAT(Find({wanted}, bounds), IsEmpty());
  bounds = {};
  bounds.not_after = 1'700'000'050;
  EXPECT_THAT(Find({wanted}, bounds), IsEmpty());
  // What was made later does not count, up to another bound.
  bounds.not_after = 1'700'000'100;
  bounds.commits = 1;
  EXPECT_EQ(Find({wanted}, bounds).size(), 1u);
  bounds.later = 0;
  EXPECT_THAT(Find({wanted}, bounds), IsEmpty());
}

// An older commit counts where a later one with the same change does not.
TEST_F(PatchSearchTest, AsksWhetherACommitIsWanted) {
  scratch_.Write("a.c", Numbered(1, 9));
  scratch_.Commit("base", 1'700'000'000);
  scratch_.Write("a.c", Numbered(1, 8));
  const std::string early = scratch_.Commit("early", 1'700'000'100);
  WantedPatch wanted = Wanted(early, true);
  scratch_.Write("a.c", Numbered(1, 9));
  scratch_.Commit("taken back", 1'700'000'200);
  scratch_.Write("a.c", Numbered(1, 8));
  const std::string late = scratch_.Commit("again", 1'700'000'300);
  EXPECT_THAT(Find({wanted}), Contains(Pair(wanted.patch_id, Id(late))));
  std::vector<std::string> asked;
  wanted.accept = [&asked](const git::ObjectId& commit) {
    asked.push_back(commit.Hex());
    return Result<bool>(asked.size() > 1);
  };
  EXPECT_THAT(Find({wanted}), Contains(Pair(wanted.patch_id, Id(early))));
  EXPECT_THAT(asked, ElementsAre(late, early));
}

// Files in many directories, one a file where another patch has a directory.
TEST_F(PatchSearchTest, EachOfManyPatchesIsFound) {
  std::vector<std::string> commits;
  scratch_.Write("start", "1\n");
  scratch_.Commit("base");
  const auto change = [&](const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      scratch_.Write(path, std::to_string(commits.size()) + "\n");
    }
    commits.push_back(scratch_.Commit("change"));
  };
  change({"a/b/c.c", "a/d.c"});
  change({"a/b/c.c"});
  change({"a/d.c", "z.c"});
  change({"x/y"});
  change({"a/b/c.c", "a/d.c", "z.c"});
  scratch_.Remove("x/y");
  commits.push_back(scratch_.Commit("gone"));
  change({"x/y/z"});
  std::vector<WantedPatch> wanted;
  for (const std::string& commit : commits) {
    wanted.push_back(Wanted(commit, true));
  }
  const auto found = Find(wanted);
  for (std::size_t i = 0; i < commits.size(); ++i) {
    EXPECT_THAT(found, Contains(Pair(wanted[i].patch_id, Id(commits[i]))));
  }
}

TEST_F(PatchSearchTest, AShallowHistoryEndsWhereItEnds) {
  scratch_.Write("a.c", Numbered(1, 9));
  scratch_.Commit("base");
  scratch_.Write("a.c", Numbered(1, 8));
  const WantedPatch early = Wanted(scratch_.Commit("early"), true);
  scratch_.Write("a.c", Numbered(1, 7));
  const std::string last = scratch_.Commit("late");
  const WantedPatch late = Wanted(last, true);
  const std::string copy = scratch_.directory() + "/shallow";
  scratch_.Git(
      {"clone", "-q", "--depth", "2", "file://" + scratch_.work(), copy});
  auto repository = git::Repository::Open(copy);
  ASSERT_TRUE(repository.ok());
  const auto found =
      FindPatches(repository->get(), {Id(last)}, {early, late}, {});
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->size(), 1u);
  EXPECT_EQ(found->count(late.patch_id), 1u);
}

}  // namespace
}  // namespace patchmilter::tree
