#include "tree/base/already_there.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/git/scratch_git.h"
#include "tree/tree.h"

namespace patchmilter::tree {
namespace {

using patchmilter::testing::ScratchGit;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr UnixSeconds kStart = 1'700'000'000;
constexpr UnixSeconds kDay = 86'400;

std::string Lines(const std::string& twenty, const std::string& thirty) {
  std::string text;
  for (int i = 1; i <= 40; ++i) {
    text += i == 20 ? twenty : i == 30 ? thirty : "line " + std::to_string(i);
    text += '\n';
  }
  return text;
}

// "main" and "linux-6.12.y" begin with the same commit.
class AlreadyThereTest : public ::testing::Test {
 protected:
  AlreadyThereTest() {
    git_.Write("lamp.c", Lines("20", "30"));
    first_ = git_.Commit("lamp: add", kStart);
    git_.Git({"branch", "linux-6.12.y"});
  }

  // On the branch that stands; the patch is kept as mails of `series_`.
  std::string Fix(const std::string& twenty, const std::string& thirty,
                  UnixSeconds date) {
    git_.Write("lamp.c", Lines(twenty, thirty));
    const std::string commit = git_.Commit("lamp: fix", date);
    diffs_.push_back(std::make_unique<diff::Diff>(
        diff::Diff::Parse(git_.FormatPatches("HEAD~1").front())));
    SentPatch patch;
    patch.number = static_cast<std::int64_t>(diffs_.size());
    patch.diff = diffs_.back().get();
    patch.people = {"jane@example.org", "Jane Roe"};
    series_.patches.push_back(patch);
    return commit;
  }
  void Other(const std::string& text, UnixSeconds date) {
    git_.Write("other.c", text);
    git_.Commit("other", date);
  }

  std::map<std::int64_t, std::string> Find(
      const std::vector<std::string>& branches, const std::string& base = "") {
    TreeConfig config;
    config.name = "tested";
    config.path = git_.work();
    config.branches = branches;
    auto tree = Tree::Open(config);
    EXPECT_TRUE(tree.ok());
    SeriesInput input;
    for (const SentPatch& patch : series_.patches) {
      input.patches.push_back({patch.number, patch.diff});
    }
    input.date = series_.date;
    input.base_commit = base;
    input.tree_hints = series_.tree_hints;
    auto report = (*tree)->Apply(input);
    EXPECT_TRUE(report.ok());
    report_ = *report;
    auto found = (*tree)->FindInHistory(series_);
    EXPECT_TRUE(found.ok());
    return *found;
  }

  ScratchGit git_;
  std::string first_;
  std::vector<std::unique_ptr<diff::Diff>> diffs_;
  SentSeries series_;
  ApplyReport report_;
};

TEST_F(AlreadyThereTest, WhatAnotherPersonHasCommittedBeforeIsTold) {
  const std::string commit = Fix("twenty", "30", kStart + kDay);
  series_.date = kStart + 5 * kDay;
  EXPECT_THAT(Find({"main"}), ElementsAre(Pair(1, commit)));
  // Also where the series names an older base, to which it applies.
  EXPECT_THAT(Find({"main"}, first_), ElementsAre(Pair(1, commit)));
  EXPECT_EQ(report_.status, ApplyStatus::kApplied);
  // The branch that has not got it does not hide it.
  EXPECT_THAT(Find({"main", "linux-6.12.y"}, first_),
              ElementsAre(Pair(1, commit)));
}

TEST_F(AlreadyThereTest, WhatWasCommittedAfterwardsIsNot) {
  Fix("twenty", "30", kStart + kDay);
  series_.date = kStart + kDay - 1;
  EXPECT_THAT(Find({"main"}), IsEmpty());
}

TEST_F(AlreadyThereTest, TheSendersOwnCommitsAreNot) {
  Fix("twenty", "30", kStart + kDay);
  series_.date = kStart + 5 * kDay;
  SentPatch& patch = series_.patches[0];
  patch.people = {"COMMITTER@example.org"};
  EXPECT_THAT(Find({"main"}), IsEmpty());
  patch.people = {"a committer"};
  EXPECT_THAT(Find({"main"}), IsEmpty());
  patch.people = {};
  patch.dates = {1, kStart + kDay};
  EXPECT_THAT(Find({"main"}), IsEmpty());
  patch.dates = {kStart + kDay + 1};
  EXPECT_EQ(Find({"main"}).size(), 1U);
}

TEST_F(AlreadyThereTest, WhatTheMailNamesIsNot) {
  const std::string commit = Fix("twenty", "30", kStart + kDay);
  series_.date = kStart + 5 * kDay;
  series_.patches[0].named = {commit.substr(0, 12)};
  EXPECT_THAT(Find({"main"}), IsEmpty());
}

TEST_F(AlreadyThereTest, ABackportIsLookedForInTheBranchesItNames) {
  Fix("twenty", "30", kStart + kDay);
  series_.date = kStart + 5 * kDay;
  series_.patches[0].backport = true;
  for (const std::string hint : {"6.12.y", "6.12", "stable"}) {
    series_.tree_hints = {hint};
    EXPECT_THAT(Find({"main", "linux-6.12.y"}), IsEmpty()) << hint;
    EXPECT_THAT(Find({"main"}), IsEmpty()) << hint;
  }
  git_.Git({"checkout", "-q", "linux-6.12.y"});
  git_.Write("lamp.c", Lines("twenty", "30"));
  const std::string there = git_.Commit("lamp: fix", kStart + 2 * kDay);
  for (const std::string hint : {"6.12.y", "6.12", "v6.12-stable"}) {
    series_.tree_hints = {hint};
    EXPECT_THAT(Find({"main", "linux-6.12.y"}), ElementsAre(Pair(1, there)))
        << hint;
  }
}

// The second patch does not apply by itself; the commits are on main alone.
TEST_F(AlreadyThereTest, WhatAppliesToAnotherBranchIsNot) {
  Fix("twenty", "30", kStart + kDay);
  Fix("twenty-one", "30", kStart + 2 * kDay);
  git_.Git({"checkout", "-q", "linux-6.12.y"});
  Other("stable\n", kStart + 3 * kDay);
  series_.date = kStart + 5 * kDay;
  const std::string stable = git_.Git({"rev-parse", "linux-6.12.y"});
  EXPECT_THAT(Find({"main", "linux-6.12.y"}, stable), IsEmpty());
  EXPECT_EQ(report_.status, ApplyStatus::kApplied);
}

TEST_F(AlreadyThereTest, WhatWasTakenBackIsNot) {
  Fix("twenty", "30", kStart + kDay);
  Fix("twenty-one", "30", kStart + 2 * kDay);
  git_.Write("lamp.c", Lines("20", "30"));
  git_.Commit("Revert both", kStart + 3 * kDay);
  series_.date = kStart + 5 * kDay;
  EXPECT_THAT(Find({"main"}), IsEmpty());
  // On the base that it was made for, too.
  EXPECT_THAT(Find({"main"}, first_), IsEmpty());
  EXPECT_EQ(report_.status, ApplyStatus::kApplied);
}

TEST_F(AlreadyThereTest, ALaterCopyDoesNotHideTheCommit) {
  const std::string commit = Fix("twenty", "30", kStart + kDay);
  git_.Git({"checkout", "-q", "linux-6.12.y"});
  git_.Write("lamp.c", Lines("twenty", "30"));
  git_.Commit("lamp: fix, picked", kStart + 9 * kDay);
  series_.date = kStart + 5 * kDay;
  EXPECT_THAT(Find({"main", "linux-6.12.y"}), ElementsAre(Pair(1, commit)));
}

TEST_F(AlreadyThereTest, OfASeriesThePatchesThatAreThere) {
  const std::string commit = Fix("twenty", "30", kStart + kDay);
  Fix("twenty", "thirty", kStart + 2 * kDay);
  git_.Git({"reset", "-q", "--hard", "HEAD~1"});
  Other("more\n", kStart + 3 * kDay);
  series_.date = kStart + 5 * kDay;
  EXPECT_THAT(Find({"main"}), ElementsAre(Pair(1, commit)));
}

}  // namespace
}  // namespace patchmilter::tree
